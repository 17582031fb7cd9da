// Reads what the engine put out (triggers and decisions in JSON) for the demo: hands on what
// happened since the shop opened, counts it by campaign, and prints the table at the end. One
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/cli/demo_screen.h"
#include "engine/decision/decision.h"
#include "engine/ports/trigger_feed.h"
#include "engine/workspace/workspace.h"

namespace sapa {

class DemoTally {
 public:
  /// Entries of before `opens` are counted apart and not shown.
  DemoTally(std::shared_ptr<const Workspace> workspace, Timestamp opens);

  /// Takes in everything new; shows it on `screen`.
  Status read(const TriggerFeed& feed, DemoScreen& screen);

  uint64_t sent() const;
  uint64_t suppressed() const;
  uint64_t sent_in_the_past() const { return sent_in_the_past_; }
  /// Campaigns that have become triggers since the opening.
  size_t campaigns_sent() const;
  void print_table(std::ostream& out) const;

 private:
  struct PerCampaign {
    std::array<uint64_t, kReasonCount> decisions{};
    std::unordered_set<std::string> customers;  ///< who were sent something
    uint64_t sent() const { return decisions[static_cast<size_t>(Reason::kSent)]; }
  };

  Status read_stream(const TriggerFeed& feed, Stream stream, uint64_t& after, DemoScreen& screen);
  void take_trigger(const Value& entry, DemoScreen& screen);
  void take_decision(const Value& entry, DemoScreen& screen);
  bool find(const Value& entry, uint32_t& campaign, Timestamp& time) const;

  std::shared_ptr<const Workspace> workspace_;
  Timestamp opens_;
  std::unordered_map<std::string, uint32_t> index_by_name_;
  std::vector<PerCampaign> campaigns_;
  uint64_t triggers_after_ = 0, decisions_after_ = 0;
  uint64_t sent_in_the_past_ = 0;
  JsonReader reader_;
  Arena arena_{16 << 10};
};

}  // namespace sapa
