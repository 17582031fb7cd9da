#include <map>

#include "tests/unit/event/data_files.h"
#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

TEST(SegmentSpecification, EveryFullMessageWithAnIdIsRead) {
  auto lines = read_lines(shared_data("segment/spec_examples.jsonl"));
  ASSERT_EQ(lines.size(), 75u);
  std::map<std::string, int> outcomes;
  for (const std::string& line : lines) {
    JsonReader reader;
    Arena arena;
    auto example = reader.read(line, arena);
    ASSERT_TRUE(example.ok()) << line;
    Value payload = example->field("payload");
    Decoding d(to_json(payload));
    ++outcomes[d.ok ? std::string(event_type_name(d.event.type)) : d.refusal.reason];
    if (!d.ok) continue;
    EXPECT_EQ(to_json(d.event.message.field("context").field("ip")),
              to_json(payload.field("context").field("ip")));
    EXPECT_EQ(to_json(d.event.properties.field("products")),
              to_json(payload.field("properties").field("products")));
  }
  // 36 have a type; of those a group, a page, a screen and a track are shown without anyone's id.
  std::map<std::string, int> expected{{"alias", 2},
                                      {"group", 1},
                                      {"identify", 2},
                                      {"page", 1},
                                      {"screen", 1},
                                      {"track", 25},
                                      {"userId and anonymousId are both missing", 4},
                                      {"type is missing", 39}};
  EXPECT_EQ(outcomes, expected);
}

TEST(SegmentSpecification, EveryItemOfTheBatchesIsRead) {
  int batches = 0, items = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared_data("segment"))) {
    std::string name = entry.path().filename().string();
    if (!name.starts_with("analytics-go-fixtures_")) continue;
    ++batches;
    JsonReader reader;
    Arena arena;
    auto batch = reader.read(read_file(entry.path()), arena);
    ASSERT_TRUE(batch.ok()) << name;
    Value list = batch->field("batch");
    for (uint32_t i = 0; i < list.size; ++i) {
      Decoder decoder;
      Event event;
      DecodeNotes notes;
      Refusal refusal;
      EXPECT_TRUE(
          decoder.decode_message(list.items[i], kReceived, true, arena, event, notes, refusal))
          << name << ": " << refusal.reason;
      EXPECT_EQ(event.message_id,
                name.find("messageid") != std::string::npos ? "abc" : "I'm unique");
      ++items;
    }
  }
  EXPECT_EQ(batches, 12);
  EXPECT_EQ(items, 14);
}

}  // namespace
}  // namespace sapa
