// The customer's record: everything that the engine knows of one person, and the whole truth about
// them. Decoded while the customer is hot; its stored bytes are described in customer_codec.h. One
// shard's thread touches it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/time_zone.h"
#include "engine/customer/metric_state.h"
#include "engine/customer/seen_messages.h"
#include "engine/customer/stored_list.h"

namespace sapa {

/// Names a definition in the workspace whose state this is; see Fingerprint in
/// workspace/workspace.h.
using DefinitionId = uint32_t;

/// A trigger sent, remembered for caps and limits, or one that was suppressed, remembered to
/// explain it.
struct SentTrigger {
  int64_t time;
  DefinitionId campaign;
  uint8_t channel;
};

struct SuppressedTrigger {
  int64_t time;
  DefinitionId campaign;
  uint8_t reason;
};

/// A pattern under way: some of its steps have been done.
struct PatternInstance {
  DefinitionId campaign;
  uint32_t steps_done;
  int64_t started;   ///< the first step's event time
  int64_t deadline;  ///< steps or an absence are decided by then
  std::string start_message_id;
  std::vector<std::string>
      captures;  ///< per step done: an encoded map of what later conditions and texts read
};

/// "Nothing for a time": since when nothing has come.
struct SilenceWatch {
  DefinitionId campaign;
  int64_t since;
  bool fired;
};

struct Membership {
  DefinitionId segment;
  int64_t since;
};

/// The last window in which a metric reached a campaign's value.
struct ReachedMark {
  DefinitionId campaign;
  int64_t time;
};

// The items' bytes, see customer_codec.h.
bool read_item(ByteReader& in, int64_t base, SentTrigger& sent);
bool read_item(ByteReader& in, int64_t base, SuppressedTrigger& suppressed);
bool read_item(ByteReader& in, int64_t base, PatternInstance& pattern);
bool read_item(ByteReader& in, int64_t base, SilenceWatch& silence);
bool read_item(ByteReader& in, int64_t base, Membership& membership);
bool read_item(ByteReader& in, int64_t base, ReachedMark& mark);
void write_item(const SentTrigger& sent, int64_t base, ByteWriter& out);
void write_item(const SuppressedTrigger& suppressed, int64_t base, ByteWriter& out);
void write_item(const PatternInstance& pattern, int64_t base, ByteWriter& out);
void write_item(const SilenceWatch& silence, int64_t base, ByteWriter& out);
void write_item(const Membership& membership, int64_t base, ByteWriter& out);
void write_item(const ReachedMark& mark, int64_t base, ByteWriter& out);

class Customer {
 public:
  std::string id;
  bool anonymous = false;  ///< id is an anonymous id
  int64_t first_seen = 0;  ///< event time of the first event; 0 before it
  int64_t last_seen = 0;   ///< the latest event time
  uint64_t events = 0;
  std::string time_zone;             ///< empty: the workspace's
  std::string locale;                ///< empty: the workspace's
  TimeZone zone;                     ///< of time_zone, or the workspace's; derived
  std::string traits;                ///< an encoded map (value_codec.h), or empty
  std::vector<MetricState> metrics;  ///< by the workspace's index
  SeenMessages seen;
  StoredList<SentTrigger> sent;
  StoredList<SuppressedTrigger> suppressed;
  StoredList<PatternInstance> patterns;
  StoredList<SilenceWatch> silences;
  bool all_silences_watched = false;  ///< `silences` has all of the present workspace; derived
  StoredList<Membership> segments;
  DefinitionId stage = 0;  ///< 0: none
  int64_t stage_since = 0;
  StoredList<ReachedMark> reached;
  /// The latest time as of which segments and stage were evaluated. Stored only where it is later
  /// than last_seen; before that it means nothing.
  int64_t evaluated_at = 0;
  int64_t reevaluate_at =
      Timestamp::never().ms;  ///< when segments or the stage may change by time alone

  /// When the earliest timer was due, and reevaluate_at, when the record was opened; derived, so
  /// that nobody has to look for what has not changed since.
  struct Due {
    Timestamp earliest;
    int64_t reevaluate_at;
  };
  std::optional<Due> due_when_opened;

  bool is_new() const { return events == 0; }
  bool is_in(DefinitionId segment) const {
    for (const Membership& m : segments) {
      if (m.segment == segment) return true;
    }
    return false;
  }
  /// As new, all but the id; keeps its memory.
  void clear();
};

}  // namespace sapa
