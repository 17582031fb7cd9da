// Arbitrary bytes with an arbitrary content type, against the decoder's promises: it neither
// crashes nor hangs; what it refuses has a known code and a reason; what it accepts has ids, maps
// and a time in range, and reads back from its own Segment JSON as the same event. Input: one byte
// for the form, one for options, the rest is the record's value.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/decoder.h"

namespace {

using namespace sapa;

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

constexpr std::array<std::string_view, 7> kContentTypes{"",
                                                        "application/json",
                                                        "application/protobuf",
                                                        "application/cloudevents+json",
                                                        "application/cloudevents+protobuf",
                                                        "application/cloudevents-batch+json",
                                                        "text/plain"};

constexpr std::array<std::string_view, 8> kCodes{"too_large",
                                                 "invalid_json",
                                                 "invalid_protobuf",
                                                 "invalid_cloudevent",
                                                 "unknown_content_type",
                                                 "missing_field",
                                                 "invalid_field",
                                                 "too_deep"};

void check_accepted(const Event& event) {
  require(!event.customer_id().empty(), "an event has a customer");
  require(!event.message_id.empty(), "an event has a message id");
  require(!event.name.empty(), "an event has a name");
  require(event.timestamp.ms >= 0 && event.timestamp.ms <= 253402300799999, "times are in range");
  for (const Value& map : {event.message, event.properties, event.context, event.traits}) {
    require(map.is(Kind::kMap), "its parts are maps");
  }
  for (const char* name : {"properties", "context", "traits"}) {
    require(event.message.field(name).is(Kind::kMap), "the message holds its maps");
  }
}

void check_reads_back(const Event& event) {
  std::string json;
  append_segment_json(event, json);
  EventLimits limits;
  limits.max_record_bytes = 1 << 24;  // escaping may lengthen it
  Decoder decoder(limits);
  Arena arena;
  Event again;
  DecodeNotes notes;
  Refusal refusal;
  bool ok = decoder.decode({"", json, {}, Timestamp{-1}}, false, arena, again, notes, refusal);
  require(ok, ok ? "" : refusal.reason);
  require(again.timestamp == event.timestamp && again.message_id == event.message_id &&
              again.name == event.name && again.user_id == event.user_id,
          "an event reads back from its own JSON");
  std::string twice;
  append_segment_json(again, twice);
  require(twice == json, "its JSON is stable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string value(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::vector<Header> headers;
  headers.push_back({"content-type", kContentTypes[data[0] % kContentTypes.size()]});
  bool binary = data[1] & 1;
  std::string subject;
  if (binary) {
    size_t cut = std::min<size_t>(data[1] >> 3, value.size());
    subject = value.substr(0, cut);
    value.erase(0, cut);
    headers.insert(headers.end(), {{"ce_specversion", "1.0"},
                                   {"ce_id", "i"},
                                   {"ce_source", "/s"},
                                   {"ce_type", "t"},
                                   {"ce_subject", subject}});
  }
  static Decoder usual, small{EventLimits{4096, 6, 64, 16, 16}};
  Decoder& decoder = data[1] & 2 ? small : usual;
  Arena arena;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  if (decoder.decode({"k", value, headers, Timestamp{1772331200000}}, data[1] & 4, arena, event,
                     notes, refusal)) {
    check_accepted(event);
    check_reads_back(event);
  } else {
    bool known = std::find(kCodes.begin(), kCodes.end(), refusal.code) != kCodes.end();
    require(known && !refusal.reason.empty(), "a refusal has a known code and a reason");
  }
  return 0;
}
