#include "engine/customer/customer_codec.h"

#include <algorithm>

namespace sapa {
namespace {

constexpr uint8_t kVersion = 2;

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

void write_text(Section section, std::string_view text, ByteWriter& out) {
  if (text.empty()) return;
  out.byte(section);
  out.text(text);
}

/// A section that is a list: tag, count, then each item by `write`.
template <typename List, typename Write>
void write_list(Section section, const List& list, ByteWriter& out, Write write) {
  if (list.empty()) return;
  out.byte(section);
  out.varint(list.size());
  for (const auto& item : list) write(item);
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

/// Reads a list section and keeps what the present workspace defines.
template <typename Item, typename Read>
void read_kept(std::vector<Item>& list, ByteReader& in, size_t least_bytes, Read read) {
  uint32_t count = in.count(least_bytes);
  list.reserve(count);
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    Item item;
    if (read(item)) list.push_back(std::move(item));
  }
}

/// Into the places of the customer that was read before, whose strings have memory already.
void read_patterns(Customer& customer, const RecordLayout& layout, ByteReader& in) {
  size_t kept = 0;
  for (uint32_t count = in.count(8); count > 0 && in.ok(); --count) {
    if (kept == customer.patterns.size()) customer.patterns.emplace_back();
    PatternInstance& p = customer.patterns[kept];
    p.campaign = in.fixed32();
    p.steps_done = static_cast<uint32_t>(in.varint());
    p.started = wrapping_subtract(customer.last_seen, in.zigzag());
    p.deadline = wrapping_add(p.started, in.zigzag());
    p.start_message_id = in.text();
    p.captures.resize(in.count());
    for (std::string& capture : p.captures) capture = in.text();
    kept += layout.keeps(p.campaign);
  }
  customer.patterns.resize(kept);
}

bool read_section(uint8_t section, Customer& customer, const RecordLayout& layout, ByteReader& in) {
  auto age = [&] { return wrapping_subtract(customer.last_seen, in.zigzag()); };
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
      customer.seen.decode(in);
      break;
    case kSent:
      read_kept(customer.sent, in, 6, [&](SentTrigger& s) {
        s.campaign = in.fixed32();
        s.channel = in.byte();
        s.time = age();
        return true;
      });
      break;
    case kSuppressed:
      read_kept(customer.suppressed, in, 6, [&](SuppressedTrigger& s) {
        s.campaign = in.fixed32();
        s.reason = in.byte();
        s.time = age();
        return true;
      });
      break;
    case kPatterns:
      read_patterns(customer, layout, in);
      break;
    case kSilences:
      read_kept(customer.silences, in, 6, [&](SilenceWatch& s) {
        s.campaign = in.fixed32();
        s.since = age();
        s.fired = in.byte() != 0;
        return layout.keeps(s.campaign);
      });
      break;
    case kSegments:
      read_kept(customer.segments, in, 5, [&](Membership& m) {
        m.segment = in.fixed32();
        m.since = age();
        return layout.keeps(m.segment);
      });
      break;
    case kStage:
      customer.stage = in.fixed32();
      customer.stage_since = age();
      if (!layout.keeps(customer.stage)) customer.stage = 0;
      break;
    case kReached:
      read_kept(customer.reached, in, 5, [&](ReachedMark& r) {
        r.campaign = in.fixed32();
        r.time = age();
        return layout.keeps(r.campaign);
      });
      break;
    case kReevaluate:
      customer.reevaluate_at = age();
      break;
    case kEvaluated:
      customer.evaluated_at = age();
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

void encode_customer(const Customer& customer, const RecordLayout& layout, std::string& bytes) {
  ByteWriter out(bytes);
  int64_t base = customer.last_seen;
  out.byte(kVersion);
  out.varint(customer.anonymous ? 1 : 0);
  out.zigzag(customer.first_seen);
  out.zigzag(wrapping_subtract(base, customer.first_seen));
  out.varint(customer.events);
  write_text(kTimeZone, customer.time_zone, out);
  write_text(kLocale, customer.locale, out);
  write_text(kTraits, customer.traits, out);
  write_metrics(customer, layout, out);
  if (!customer.seen.empty()) {
    out.byte(kSeen);
    customer.seen.encode(out);
  }
  write_list(kSent, customer.sent, out, [&](const SentTrigger& s) {
    out.fixed32(s.campaign);
    out.byte(s.channel);
    out.zigzag(wrapping_subtract(base, s.time));
  });
  write_list(kSuppressed, customer.suppressed, out, [&](const SuppressedTrigger& s) {
    out.fixed32(s.campaign);
    out.byte(s.reason);
    out.zigzag(wrapping_subtract(base, s.time));
  });
  write_list(kPatterns, customer.patterns, out, [&](const PatternInstance& p) {
    out.fixed32(p.campaign);
    out.varint(p.steps_done);
    out.zigzag(wrapping_subtract(base, p.started));
    out.zigzag(wrapping_subtract(p.deadline, p.started));
    out.text(p.start_message_id);
    out.varint(p.captures.size());
    for (const std::string& capture : p.captures) out.text(capture);
  });
  write_list(kSilences, customer.silences, out, [&](const SilenceWatch& s) {
    out.fixed32(s.campaign);
    out.zigzag(wrapping_subtract(base, s.since));
    out.byte(s.fired);
  });
  write_list(kSegments, customer.segments, out, [&](const Membership& m) {
    out.fixed32(m.segment);
    out.zigzag(wrapping_subtract(base, m.since));
  });
  if (customer.stage != 0) {
    out.byte(kStage);
    out.fixed32(customer.stage);
    out.zigzag(wrapping_subtract(base, customer.stage_since));
  }
  write_list(kReached, customer.reached, out, [&](const ReachedMark& r) {
    out.fixed32(r.campaign);
    out.zigzag(wrapping_subtract(base, r.time));
  });
  if (customer.reevaluate_at != Timestamp::never().ms) {
    out.byte(kReevaluate);
    out.zigzag(wrapping_subtract(base, customer.reevaluate_at));
  }
  if (customer.evaluated_at > base) {
    out.byte(kEvaluated);
    out.zigzag(wrapping_subtract(base, customer.evaluated_at));
  }
  out.byte(kEnd);
}

bool decode_customer(std::string_view bytes, const RecordLayout& layout, Customer& customer) {
  ByteReader in(bytes);
  if (in.byte() != kVersion) return false;
  std::vector<PatternInstance> patterns = std::move(customer.patterns);
  customer.clear();
  customer.patterns = std::move(patterns);
  bool has_patterns = false;
  customer.anonymous = (in.varint() & 1) != 0;
  customer.first_seen = in.zigzag();
  customer.last_seen = wrapping_add(customer.first_seen, in.zigzag());
  customer.events = in.varint();
  customer.metrics.resize(layout.metrics.size());
  while (in.ok()) {
    uint8_t section = in.byte();
    if (section == kEnd) break;
    has_patterns |= section == kPatterns;
    if (!read_section(section, customer, layout, in)) return false;
  }
  if (!has_patterns) customer.patterns.clear();
  return in.ok() && in.done();
}

}  // namespace sapa
