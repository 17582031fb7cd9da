#include <gtest/gtest.h>

#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

// Received at 2026-03-01T02:13:20Z throughout.
Decoding decode_times(std::string_view fields, bool clamp = true, Timestamp received = kReceived) {
  return Decoding(R"({"type":"track","event":"E","userId":"u")" + std::string(fields) + "}", {}, {},
                  clamp, received);
}

std::string time_of(const Decoding& d) {
  return d.ok ? format_rfc3339(d.event.timestamp) : refusal_of(d);
}

TEST(EventTime, IsTheTimestampAsItStands) {
  EXPECT_EQ(time_of(decode_times(R"(,"timestamp":"2026-03-01T02:00:00.5Z")")),
            "2026-03-01T02:00:00.500Z");
  EXPECT_EQ(time_of(decode_times(R"(,"timestamp":"2026-03-01T09:00:00+07:00")")),
            "2026-03-01T02:00:00.000Z");
}

TEST(EventTime, IsTheReceiveTimeWithoutATimestamp) {
  EXPECT_EQ(time_of(decode_times("")), "2026-03-01T02:13:20.000Z");
  EXPECT_EQ(time_of(decode_times(R"(,"receivedAt":"2026-03-01T02:13:00Z")")),
            "2026-03-01T02:13:00.000Z");
}

TEST(EventTime, IsCorrectedByTheSendersClock) {
  // The sender's clock is an hour fast: it sent at 03:13:10 what came in at 02:13:20.
  auto d = decode_times(R"(,"timestamp":"2026-03-01T03:13:00Z","sentAt":"2026-03-01T03:13:10Z")");
  EXPECT_EQ(time_of(d), "2026-03-01T02:13:10.000Z");
  EXPECT_TRUE(d.notes.corrected_by_sent_at);
}

TEST(EventTime, IsCorrectedAgainstReceivedAtBeforeTheRecordsTime) {
  EXPECT_EQ(
      time_of(decode_times(R"(,"timestamp":"2026-03-01T03:13:00Z","sentAt":"2026-03-01T03:13:10Z",)"
                           R"("receivedAt":"2026-03-01T02:10:00Z")")),
      "2026-03-01T02:09:50.000Z");
}

TEST(EventTime, CorrectsTheOriginalTimestampToo) {
  EXPECT_EQ(time_of(decode_times(
                R"(,"originalTimestamp":"2026-03-01T03:13:00Z","sentAt":"2026-03-01T03:13:10Z")")),
            "2026-03-01T02:13:10.000Z");
}

TEST(EventTime, IsNotCorrectedTwice) {
  auto d = decode_times(
      R"(,"originalTimestamp":"2026-03-01T03:13:00Z","timestamp":"2026-03-01T02:13:01Z",)"
      R"("sentAt":"2026-03-01T03:13:10Z")");
  EXPECT_EQ(time_of(d), "2026-03-01T02:13:01.000Z");
  EXPECT_FALSE(d.notes.corrected_by_sent_at);
}

TEST(EventTime, InTheFutureIsClampedToTheReceiveTime) {
  auto d = decode_times(R"(,"timestamp":"2026-03-01T02:13:21Z")");
  EXPECT_EQ(time_of(d), "2026-03-01T02:13:20.000Z");
  EXPECT_TRUE(d.notes.clamped_to_receive_time);
  auto free = decode_times(R"(,"timestamp":"2026-03-01T02:13:21Z")", false);
  EXPECT_EQ(time_of(free), "2026-03-01T02:13:21.000Z");
  EXPECT_FALSE(free.notes.clamped_to_receive_time);
}

TEST(EventTime, StaysFreeWhereTheReceiveTimeIsNotKnown) {
  for (Timestamp unknown : {Timestamp{-1}, Timestamp::never(), Timestamp::beginning()}) {
    EXPECT_EQ(time_of(decode_times(R"(,"timestamp":"2030-01-01T00:00:00Z")", true, unknown)),
              "2030-01-01T00:00:00.000Z");
    EXPECT_EQ(time_of(decode_times("", true, unknown)),
              "missing_field: timestamp is missing and so is a receive time");
  }
}

TEST(EventTime, RefusesWhatIsNoTime) {
  for (const char* bad : {"\"yesterday\"", "1772331200000", "1772331200", "true", "{}",
                          "\"1969-12-31T23:59:59Z\"", "\"2026-02-30T00:00:00Z\"", "\"\""}) {
    for (const char* field : {"timestamp", "originalTimestamp", "sentAt", "receivedAt"}) {
      auto d = decode_times(",\"" + std::string(field) + "\":" + bad);
      EXPECT_EQ(d.refusal.code, "invalid_field") << field << " " << bad;
      EXPECT_TRUE(d.refusal.reason.starts_with(field)) << d.refusal.reason;
    }
  }
}

TEST(EventTime, RefusesATimeThatTheCorrectionMovesOutOfRange) {
  auto d = decode_times(R"(,"timestamp":"1970-01-02T00:00:00Z","sentAt":"9999-01-01T00:00:00Z")");
  EXPECT_EQ(refusal_of(d), "invalid_field: timestamp lies outside 1970 to 9999 once corrected");
}

TEST(EventTime, TakesNullAsAbsent) {
  EXPECT_EQ(time_of(decode_times(R"(,"timestamp":null,"sentAt":null)")),
            "2026-03-01T02:13:20.000Z");
}

}  // namespace
}  // namespace sapa
