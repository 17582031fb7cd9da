// The customer's record as stored bytes. Version 3:
//
//   byte     3
//   varint   flags: 1 anonymous
//   zigzag   first_seen (ms since 1970) | time last_seen | varint events
//   sections, each: byte tag, contents; tag 0 ends. Empty sections are left out; a time is the
//   zigzag of its distance from first_seen.
//      1 time zone: text          2 locale: text           3 traits: text
//      4 metrics: count, (fixed32 definition, text state)*, the state as MetricState::encode has it
//      5 seen: as SeenMessages::encode has it
//   lists, each a text of: count, item*
//      6 sent: fixed32 campaign, byte channel, time
//      7 suppressed: fixed32 campaign, byte reason, time
//      8 patterns: fixed32 campaign, varint steps, time started, zigzag deadline - started,
//        text message id, count, text*
//      9 silences: fixed32 campaign, time since, byte fired
//     10 segments: fixed32 segment, time since
//   and again
//     11 stage: fixed32, time since
//     12 reached, a list: fixed32 campaign, time
//     13 reevaluate_at: time
//     14 evaluated_at: time, only if it is later than last_seen
//
// Metrics, seen messages and lists, most of a record, stay bytes until they are looked at, and what
// an event does not change is copied as it is. State is found again by definition: what the present
// workspace doesn't define is left behind when read.
#pragma once

#include <string>
#include <string_view>

#include "engine/customer/customer.h"

namespace sapa {

/// What the record's metrics look like under the present workspace; the order is that of
/// Customer::metrics.
struct RecordLayout {
  struct Slot {
    DefinitionId definition;
    MetricShape shape;
    bool operator==(const Slot&) const = default;
  };
  std::vector<Slot> metrics;
  bool keeps(DefinitionId definition) const;
  std::vector<DefinitionId> kept;  ///< sorted: campaigns, segments and stages that may keep state
  bool operator==(const RecordLayout&) const = default;
};

void encode_customer(const Customer& customer, const RecordLayout& layout, std::string& out);

/// Under which workspace a record was encoded: what this one does not define is only looked for in
/// records of others.
enum class WrittenBy : uint8_t { kAnyWorkspace, kThisWorkspace };

/// `bytes` must stay as they are for as long as the customer's metrics and lists are used.
/// Overwrites `customer`, whose memory is used again, all but the id, which is not part of the
/// bytes. False for bytes that are no record of a known version; `customer` is then undefined.
bool decode_customer(std::string_view bytes, const RecordLayout& layout, Customer& customer,
                     WrittenBy by = WrittenBy::kAnyWorkspace);

}  // namespace sapa
