#include "tests/unit/event/data_files.h"
#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

struct Suite {
  std::vector<std::filesystem::path> accept, refuse, free;
};

Suite suite() {
  Suite found;
  for (const auto& entry :
       std::filesystem::directory_iterator(shared_data("json_suite/test_parsing"))) {
    char kind = entry.path().filename().string()[0];
    auto& list = kind == 'y' ? found.accept : kind == 'n' ? found.refuse : found.free;
    list.push_back(entry.path());
  }
  EXPECT_EQ(found.accept.size(), 95u);
  EXPECT_EQ(found.refuse.size(), 188u);
  EXPECT_EQ(found.free.size(), 35u);
  return found;
}

TEST(JsonSuite, TheReaderAcceptsAndRefusesAsItMust) {
  Suite files = suite();
  JsonReader reader;
  Arena arena;
  for (const auto& path : files.accept)
    EXPECT_TRUE(reader.read(read_file(path), arena).ok()) << path;
  for (const auto& path : files.refuse)
    EXPECT_FALSE(reader.read(read_file(path), arena).ok()) << path;
}

TEST(JsonSuite, AsAWholeRecordNothingIsAnEvent) {
  Suite files = suite();
  for (const auto* list : {&files.accept, &files.refuse, &files.free}) {
    for (const auto& path : *list) {
      Decoding d(read_file(path));
      EXPECT_FALSE(d.ok) << path;
      EXPECT_FALSE(d.refusal.reason.empty()) << path;
    }
  }
  for (const auto& path : files.refuse) {
    std::string_view code = Decoding(read_file(path)).refusal.code;
    EXPECT_TRUE(code == "invalid_json" || code == "too_deep") << path << " " << code;
  }
}

TEST(JsonSuite, AsAPropertyItDecidesWhetherTheEventIsRead) {
  Suite files = suite();
  auto event_with = [](const std::filesystem::path& path) {
    return R"({"type":"track","event":"E","userId":"u","properties":{"x":)" + read_file(path) +
           "}}";
  };
  for (const auto& path : files.accept) {
    std::string json = event_with(path);
    Decoding d(json);
    ASSERT_TRUE(d.ok) << path << " " << d.refusal.reason;
    JsonReader reader;
    Arena arena;
    auto plain = reader.read(read_file(path), arena);
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(to_json(d.event.properties.field("x")), to_json(*plain)) << path;
  }
  for (const auto& path : files.refuse) EXPECT_FALSE(Decoding(event_with(path)).ok) << path;
  // Where the standard leaves it open, the record is judged as the value alone would be.
  for (const auto& path : files.free) {
    JsonReader reader;
    Arena arena;
    Decoding d(event_with(path), {}, EventLimits{.max_depth = 1000});
    bool accepted = reader.read(read_file(path), arena).ok();
    // Integers beyond 64 bits, and nesting with an event around it, are where the two differ.
    std::string name = path.filename().string();
    if (name.starts_with("i_string") || name.starts_with("i_object")) {
      EXPECT_EQ(d.ok, accepted) << path;
    }
    if (d.ok) {
      EXPECT_FALSE(d.event.properties.field("x").is_absent()) << path;
    }
  }
}

}  // namespace
}  // namespace sapa
