// What the demo shows while it runs: a line or two for each trigger, with its reason; now and then
// a decision against one; never more lines a second than one can read, the rest counted. Where
// there is a choice, campaigns seen least so far come first. Knows nothing of logs and clocks:
// entries and elapsed time come in, text goes to a stream. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/workspace/workspace.h"

namespace sapa {

struct ScreenStyle {
  bool colours = false;
  size_t width = 160;  ///< longer lines are cut
};
/// Of standard output: colours only on a terminal, and not with NO_COLOR set.
ScreenStyle style_of_terminal();

struct ShownTrigger {
  uint32_t campaign = 0;  ///< index in the workspace
  Timestamp time;
  std::string customer_id;
  std::string title, body;
};

struct ShownSuppression {
  uint32_t campaign = 0;
  Timestamp time;
  std::string customer_id;
  std::string reason;  ///< "frequency_cap, 3 of 3 in 24h"
};

class DemoScreen {
 public:
  /// `first_name`: of a customer, empty if unknown.
  DemoScreen(ScreenStyle style, std::shared_ptr<const Workspace> workspace,
             std::function<std::string_view(std::string_view)> first_name, std::ostream& out);

  void add(ShownTrigger trigger) { triggers_.push_back(std::move(trigger)); }
  void add(ShownSuppression suppression) { suppressions_.push_back(std::move(suppression)); }

  /// Prints as much of what has been added as fits into the time since the last call; what does not
  /// fit is only counted.
  void show(double elapsed_seconds);
  /// The count of what was not shown since it was last printed, if there is any.
  void show_rest();

  /// Triggers shown, by campaign.
  const std::vector<uint64_t>& shown() const { return shown_; }

  /// "10:42" on the workspace's wall clock.
  std::string clock_text(Timestamp time) const;
  std::string date_text(Timestamp time) const;
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }

 private:
  struct Line {
    Timestamp time;
    std::string text;  ///< one or two lines, painted
    bool operator<(const Line& other) const { return time < other.time; }
  };
  void choose_triggers(std::vector<Line>& lines);
  void choose_suppression(std::vector<Line>& lines);
  std::string text_of(const ShownTrigger& trigger) const;
  std::string text_of(const ShownSuppression& suppression) const;
  std::string who(std::string_view customer_id) const;
  void print_date(Timestamp time);
  std::string paint(std::string_view code, std::string_view text) const;

  ScreenStyle style_;
  std::shared_ptr<const Workspace> workspace_;
  std::function<std::string_view(std::string_view)> first_name_;
  std::ostream& out_;
  std::vector<std::string> reasons_;  ///< by campaign: describe_when
  std::vector<ShownTrigger> triggers_;
  std::vector<ShownSuppression> suppressions_;
  std::vector<uint64_t> shown_;             ///< triggers, by campaign
  std::vector<uint64_t> shown_suppressed_;  ///< by campaign
  double credit_ = 0;                       ///< lines that may be printed now
  double since_suppression_ = 0;
  double since_rest_ = 0;
  uint64_t rest_triggers_ = 0, rest_suppressed_ = 0;
  std::string date_;
};

/// The first `columns` characters; cut text ends in "…".
std::string cut(std::string_view text, size_t columns);

}  // namespace sapa
