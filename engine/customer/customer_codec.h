// The customer's record as stored bytes. Version 2:
//
//   byte     2
//   varint   flags: 1 anonymous
//   zigzag   first_seen (ms since 1970) | zigzag last_seen - first_seen | varint events
//   sections, each: byte tag, contents; tag 0 ends. Empty sections are left out; an age is relative
//   to last_seen.
//      1 time zone: text          2 locale: text           3 traits: text
//      4 metrics: count, (fixed32 definition, text state)*, the state as MetricState::encode has it
//      5 seen: as SeenMessages::encode has it
//      6 sent: count, (fixed32 campaign, byte channel, zigzag age)*
//      7 suppressed: count, (fixed32 campaign, byte reason, zigzag age)*
//      8 patterns: count, (fixed32 campaign, varint steps, zigzag started,
//        zigzag deadline - started, text message id, count, text*)*
//      9 silences: count, (fixed32 campaign, zigzag since, byte fired)*
//     10 segments: count, (fixed32 segment, zigzag since)*
//     11 stage: fixed32, zigzag since
//     12 reached: count, (fixed32 campaign, zigzag time)*
//     13 reevaluate_at: zigzag
//     14 evaluated_at: zigzag, only if it is later than last_seen
//
// Metrics and seen messages, most of a record, do not depend on the rest, so that what an event
// does not touch is copied as it is. State is found again by definition: what the present workspace
// doesn't define is left behind when read.
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

/// `bytes` must stay as they are for as long as the customer's metrics are used.
/// Overwrites `customer`, whose memory is used again, all but the id, which is not part of the
/// bytes. False for bytes that are no record of a known version; `customer` is then undefined.
bool decode_customer(std::string_view bytes, const RecordLayout& layout, Customer& customer);

}  // namespace sapa
