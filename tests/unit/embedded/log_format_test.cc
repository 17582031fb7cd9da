#include "connectors/embedded/log_format.h"

#include <gtest/gtest.h>

namespace sapa::embedded {
namespace {

TEST(LogFormat, ReadsBackAnEvent) {
  std::string bytes;
  append_event({{-7}, "ani", std::string_view("\0{}", 3)}, bytes);
  StoredEvent event;
  ASSERT_TRUE(read_event(bytes, event));
  EXPECT_EQ(event.received.ms, -7);
  EXPECT_EQ(event.key, "ani");
  EXPECT_EQ(event.value, std::string_view("\0{}", 3));
}

TEST(LogFormat, ReadsBackAnOutputAndPassesItsHeaders) {
  std::string bytes;
  Header headers[] = {{"reason", "invalid_json"}, {"", ""}};
  append_output({Stream::kDeadLetters, "key", "value", headers, {5}}, {9}, bytes);
  StoredOutput output;
  ASSERT_TRUE(read_output(bytes, output));
  EXPECT_EQ(output.time.ms, 5);
  EXPECT_EQ(output.stored.ms, 9);
  EXPECT_EQ(output.key, "key");
  EXPECT_EQ(output.value, "value");
}

TEST(LogFormat, RefusesBytesThatAreCutShort) {
  Header headers[] = {{"reason", "invalid_json"}};
  std::string output_bytes, event_bytes;
  append_output({Stream::kDeadLetters, "key", "", headers, {5}}, {9}, output_bytes);
  append_event({{1}, "ani", ""}, event_bytes);
  StoredOutput output;
  StoredEvent event;
  for (size_t length = 0; length < output_bytes.size(); ++length) {
    EXPECT_FALSE(read_output(std::string_view(output_bytes).substr(0, length), output));
  }
  for (size_t length = 0; length < event_bytes.size(); ++length) {
    EXPECT_FALSE(read_event(std::string_view(event_bytes).substr(0, length), event));
  }
}

TEST(LogFormat, KeepsAHeaderCountBeyondTheBytesFromRunningAway) {
  std::string bytes;
  append_output({Stream::kDeadLetters, "", "", {}, {5}}, {9}, bytes);
  for (size_t i = bytes.size() - 4; i < bytes.size(); ++i) bytes[i] = '\xff';
  StoredOutput output;
  EXPECT_FALSE(read_output(bytes, output));
}

TEST(LogFormat, OrdersEventsByPartitionAndOffset) {
  EXPECT_LT(event_key(0, 255), event_key(0, 256));
  EXPECT_LT(event_key(0, int64_t{1} << 40), event_key(1, 0));
  EXPECT_LT(event_key(255, 7), event_key(256, 0));
  EXPECT_EQ(partition_end(255), event_key(256, 0).substr(0, 2));
}

}  // namespace
}  // namespace sapa::embedded
