#include "engine/customer/customer_codec.h"

#include <algorithm>

namespace sapa {
namespace {

constexpr uint8_t kVersion = 3;

enum Section : uint8_t {
  kEnd,
  kTimeZone,
  kLocale,
  kTraits,
  kMetrics,
  kSeen,
  kSent,
  kSuppressed,
  kPatterns,
  kSilences,
  kSegments,
  kStage,
  kReached,
  kReevaluate,
  kEvaluated,
};

void write_time(int64_t time, int64_t base, ByteWriter& out) {
  out.zigzag(wrapping_subtract(time, base));
}

int64_t read_time(ByteReader& in, int64_t base) { return wrapping_add(base, in.zigzag()); }

void write_text(Section section, std::string_view text, ByteWriter& out) {
  if (text.empty()) return;
  out.byte(section);
  out.text(text);
}

template <typename T>
void write_list(Section section, const StoredList<T>& list, int64_t base, ByteWriter& out) {
  if (list.empty()) return;
  out.byte(section);
  list.store(base, out);
}

void write_metrics(const Customer& customer, const RecordLayout& layout, ByteWriter& out) {
  size_t count = 0;
  for (const MetricState& state : customer.metrics) count += !state.empty();
  if (count == 0) return;
  out.byte(kMetrics);
  out.varint(count);
  for (size_t i = 0; i < customer.metrics.size(); ++i) {
    if (customer.metrics[i].empty()) continue;
    out.fixed32(layout.metrics[i].definition);
    customer.metrics[i].store(layout.metrics[i].shape, out);
  }
}

void read_metrics(Customer& customer, const RecordLayout& layout, ByteReader& in) {
  const size_t slots = layout.metrics.size();
  size_t next = 0;  // they come in the layout's order, unless the workspace has changed
  for (uint32_t count = in.count(5); count > 0; --count) {
    DefinitionId definition = in.fixed32();
    std::string_view state = in.text();
    for (size_t tried = 0; tried < slots; ++tried) {
      const size_t slot = next;
      next = next + 1 < slots ? next + 1 : 0;
      if (layout.metrics[slot].definition != definition) continue;
      customer.metrics[slot].restore(state);
      break;
    }
  }
}

/// Leaves behind what the present workspace does not define.
void keep_defined(const RecordLayout& layout, Customer& customer) {
  auto by_campaign = [&](const auto& item) { return !layout.keeps(item.campaign); };
  customer.patterns.erase_if(by_campaign);
  customer.silences.erase_if(by_campaign);
  customer.reached.erase_if(by_campaign);
  customer.segments.erase_if([&](const Membership& m) { return !layout.keeps(m.segment); });
  if (!layout.keeps(customer.stage)) customer.stage = 0;
}

bool read_section(uint8_t section, Customer& customer, const RecordLayout& layout, ByteReader& in) {
  const int64_t base = customer.first_seen;
  switch (section) {
    case kTimeZone:
      customer.time_zone = in.text();
      break;
    case kLocale:
      customer.locale = in.text();
      break;
    case kTraits:
      customer.traits = in.text();
      break;
    case kMetrics:
      read_metrics(customer, layout, in);
      break;
    case kSeen:
      if (!customer.seen.decode(in)) return false;
      break;
    case kSent:
      customer.sent.restore(in.text(), base);
      break;
    case kSuppressed:
      customer.suppressed.restore(in.text(), base);
      break;
    case kPatterns:
      customer.patterns.restore(in.text(), base);
      break;
    case kSilences:
      customer.silences.restore(in.text(), base);
      break;
    case kSegments:
      customer.segments.restore(in.text(), base);
      break;
    case kStage:
      customer.stage = in.fixed32();
      customer.stage_since = read_time(in, base);
      break;
    case kReached:
      customer.reached.restore(in.text(), base);
      break;
    case kReevaluate:
      customer.reevaluate_at = read_time(in, base);
      break;
    case kEvaluated:
      customer.evaluated_at = read_time(in, base);
      break;
    default:
      return false;
  }
  return in.ok();
}

}  // namespace

bool RecordLayout::keeps(DefinitionId definition) const {
  return std::binary_search(kept.begin(), kept.end(), definition);
}

bool read_item(ByteReader& in, int64_t base, SentTrigger& sent) {
  sent.campaign = in.fixed32();
  sent.channel = in.byte();
  sent.time = read_time(in, base);
  return in.ok();
}

void write_item(const SentTrigger& sent, int64_t base, ByteWriter& out) {
  out.fixed32(sent.campaign);
  out.byte(sent.channel);
  write_time(sent.time, base, out);
}

bool read_item(ByteReader& in, int64_t base, SuppressedTrigger& suppressed) {
  suppressed.campaign = in.fixed32();
  suppressed.reason = in.byte();
  suppressed.time = read_time(in, base);
  return in.ok();
}

void write_item(const SuppressedTrigger& suppressed, int64_t base, ByteWriter& out) {
  out.fixed32(suppressed.campaign);
  out.byte(suppressed.reason);
  write_time(suppressed.time, base, out);
}

bool read_item(ByteReader& in, int64_t base, PatternInstance& pattern) {
  pattern.campaign = in.fixed32();
  pattern.steps_done = static_cast<uint32_t>(in.varint());
  pattern.started = read_time(in, base);
  pattern.deadline = read_time(in, pattern.started);
  pattern.start_message_id = in.text();
  pattern.captures.resize(in.count());
  for (std::string& capture : pattern.captures) capture = in.text();
  return in.ok();
}

void write_item(const PatternInstance& pattern, int64_t base, ByteWriter& out) {
  out.fixed32(pattern.campaign);
  out.varint(pattern.steps_done);
  write_time(pattern.started, base, out);
  write_time(pattern.deadline, pattern.started, out);
  out.text(pattern.start_message_id);
  out.varint(pattern.captures.size());
  for (const std::string& capture : pattern.captures) out.text(capture);
}

bool read_item(ByteReader& in, int64_t base, SilenceWatch& silence) {
  silence.campaign = in.fixed32();
  silence.since = read_time(in, base);
  silence.fired = in.byte() != 0;
  return in.ok();
}

void write_item(const SilenceWatch& silence, int64_t base, ByteWriter& out) {
  out.fixed32(silence.campaign);
  write_time(silence.since, base, out);
  out.byte(silence.fired);
}

bool read_item(ByteReader& in, int64_t base, Membership& membership) {
  membership.segment = in.fixed32();
  membership.since = read_time(in, base);
  return in.ok();
}

void write_item(const Membership& membership, int64_t base, ByteWriter& out) {
  out.fixed32(membership.segment);
  write_time(membership.since, base, out);
}

bool read_item(ByteReader& in, int64_t base, ReachedMark& mark) {
  mark.campaign = in.fixed32();
  mark.time = read_time(in, base);
  return in.ok();
}

void write_item(const ReachedMark& mark, int64_t base, ByteWriter& out) {
  out.fixed32(mark.campaign);
  write_time(mark.time, base, out);
}

void encode_customer(const Customer& customer, const RecordLayout& layout, std::string& bytes) {
  ByteWriter out(bytes);
  const int64_t base = customer.first_seen;
  out.byte(kVersion);
  out.varint(customer.anonymous ? 1 : 0);
  out.zigzag(base);
  write_time(customer.last_seen, base, out);
  out.varint(customer.events);
  write_text(kTimeZone, customer.time_zone, out);
  write_text(kLocale, customer.locale, out);
  write_text(kTraits, customer.traits, out);
  write_metrics(customer, layout, out);
  if (!customer.seen.empty()) {
    out.byte(kSeen);
    customer.seen.encode(out);
  }
  write_list(kSent, customer.sent, base, out);
  write_list(kSuppressed, customer.suppressed, base, out);
  write_list(kPatterns, customer.patterns, base, out);
  write_list(kSilences, customer.silences, base, out);
  write_list(kSegments, customer.segments, base, out);
  if (customer.stage != 0) {
    out.byte(kStage);
    out.fixed32(customer.stage);
    write_time(customer.stage_since, base, out);
  }
  write_list(kReached, customer.reached, base, out);
  if (customer.reevaluate_at != Timestamp::never().ms) {
    out.byte(kReevaluate);
    write_time(customer.reevaluate_at, base, out);
  }
  if (customer.evaluated_at > customer.last_seen) {
    out.byte(kEvaluated);
    write_time(customer.evaluated_at, base, out);
  }
  out.byte(kEnd);
}

bool decode_customer(std::string_view bytes, const RecordLayout& layout, Customer& customer,
                     WrittenBy by) {
  ByteReader in(bytes);
  if (in.byte() != kVersion) return false;
  customer.clear();
  customer.anonymous = (in.varint() & 1) != 0;
  customer.first_seen = in.zigzag();
  customer.last_seen = read_time(in, customer.first_seen);
  customer.events = in.varint();
  customer.metrics.resize(layout.metrics.size());
  while (in.ok()) {
    uint8_t section = in.byte();
    if (section == kEnd) break;
    if (!read_section(section, customer, layout, in)) return false;
  }
  if (by == WrittenBy::kAnyWorkspace) keep_defined(layout, customer);
  return in.ok() && in.done();
}

}  // namespace sapa
