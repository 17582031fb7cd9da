#include "engine/cli/demo_screen.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/workspace/describe.h"

namespace sapa {
namespace {

constexpr double kLinesPerSecond = 8;
constexpr double kMostAtOnce = 6;
constexpr double kSecondsPerSuppression = 0.8;
constexpr double kSecondsPerRest = 5;
constexpr size_t kIndent = 16;  ///< of a trigger's second line: under the customer

std::string_view colour_of(Channel channel) {
  switch (channel) {
    case Channel::kPopup:
      return "1;36";
    case Channel::kPush:
      return "1;32";
    case Channel::kInbox:
      return "1;34";
    case Channel::kEmail:
      return "1;35";
    case Channel::kVoucher:
      return "1;33";
    case Channel::kTask:
      return "1;37";
  }
  return "0";
}

/// Takes the entry whose campaign has been shown least, the earliest of these; there is at least
/// one.
template <typename Entry>
Entry take_rarest(std::vector<Entry>& entries, const std::vector<uint64_t>& shown) {
  auto rarest = std::min_element(
      entries.begin(), entries.end(),
      [&](const Entry& a, const Entry& b) { return shown[a.campaign] < shown[b.campaign]; });
  Entry taken = std::move(*rarest);
  entries.erase(rarest);
  return taken;
}

}  // namespace

ScreenStyle style_of_terminal() {
  ScreenStyle style;
  if (isatty(STDOUT_FILENO) != 1) return style;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  style.colours = !dumb && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) style.width = size.ws_col;
  return style;
}

std::string cut(std::string_view text, size_t columns) {
  size_t count = 0, end_of_short = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++count == columns) end_of_short = i;
    if (count > columns) return std::string(text.substr(0, end_of_short)) + "…";
  }
  return std::string(text);
}

DemoScreen::DemoScreen(ScreenStyle style, std::shared_ptr<const Workspace> workspace,
                       std::function<std::string_view(std::string_view)> first_name,
                       std::ostream& out)
    : style_(style),
      workspace_(std::move(workspace)),
      first_name_(std::move(first_name)),
      out_(out),
      shown_(workspace_->campaigns.size()),
      shown_suppressed_(workspace_->campaigns.size()) {
  for (const Campaign& campaign : workspace_->campaigns) {
    reasons_.push_back(describe_when(campaign, *workspace_));
  }
}

void DemoScreen::show(double elapsed_seconds) {
  credit_ = std::min(kMostAtOnce, credit_ + elapsed_seconds * kLinesPerSecond);
  since_suppression_ += elapsed_seconds;
  since_rest_ += elapsed_seconds;
  std::vector<Line> lines;
  choose_suppression(lines);
  choose_triggers(lines);
  std::stable_sort(lines.begin(), lines.end());
  for (const Line& line : lines) {
    print_date(line.time);
    out_ << line.text;
  }
  rest_triggers_ += triggers_.size();
  rest_suppressed_ += suppressions_.size();
  triggers_.clear();
  suppressions_.clear();
  if (since_rest_ >= kSecondsPerRest) show_rest();
  out_.flush();
}

void DemoScreen::choose_suppression(std::vector<Line>& lines) {
  if (suppressions_.empty() || since_suppression_ < kSecondsPerSuppression || credit_ < 1) return;
  since_suppression_ = 0;
  credit_ -= 1;
  ShownSuppression chosen = take_rarest(suppressions_, shown_suppressed_);
  ++shown_suppressed_[chosen.campaign];
  lines.push_back({chosen.time, text_of(chosen)});
}

void DemoScreen::choose_triggers(std::vector<Line>& lines) {
  while (!triggers_.empty() && credit_ >= 2) {
    credit_ -= 2;
    ShownTrigger chosen = take_rarest(triggers_, shown_);
    ++shown_[chosen.campaign];
    lines.push_back({chosen.time, text_of(chosen)});
  }
}

void DemoScreen::show_rest() {
  since_rest_ = 0;
  if (rest_triggers_ + rest_suppressed_ == 0) return;
  credit_ -= 1;
  std::string text = fmt::format("{:{}}… and ", "", kIndent);
  if (rest_triggers_ > 0) text += fmt::format("{} more triggers", rest_triggers_);
  if (rest_triggers_ > 0 && rest_suppressed_ > 0) text += ", ";
  if (rest_suppressed_ > 0) text += fmt::format("{} more held back", rest_suppressed_);
  out_ << dim(text) << '\n';
  rest_triggers_ = rest_suppressed_ = 0;
}

std::string DemoScreen::who(std::string_view customer_id) const {
  std::string_view name = first_name_(customer_id);
  return name.empty() ? std::string(customer_id) : fmt::format("{} ({})", name, customer_id);
}

std::string DemoScreen::text_of(const ShownTrigger& trigger) const {
  const Campaign& campaign = workspace_->campaigns[trigger.campaign];
  std::string customer = fmt::format("{:<17}", who(trigger.customer_id));
  size_t used = kIndent + customer.size() + 1 + campaign.name.size() + 2;
  std::string reason =
      cut(reasons_[trigger.campaign], style_.width > used + 10 ? style_.width - used : 10);
  std::string message = "\"" + trigger.title + "\"";
  if (!trigger.body.empty()) message += " — " + trigger.body;
  return fmt::format(
      "{}  {} {} {}: {}\n{:{}}{}\n", clock_text(trigger.time),
      paint(colour_of(campaign.channel), fmt::format("{:<8}", channel_name(campaign.channel))),
      customer, bold(campaign.name), reason, "", kIndent, cut(message, style_.width - kIndent));
}

std::string DemoScreen::text_of(const ShownSuppression& suppression) const {
  const Campaign& campaign = workspace_->campaigns[suppression.campaign];
  std::string text = fmt::format("{}  {:<8} {:<17} {}: {}", clock_text(suppression.time), "no",
                                 who(suppression.customer_id), campaign.name, suppression.reason);
  return dim(cut(text, style_.width)) + "\n";
}

void DemoScreen::print_date(Timestamp time) {
  std::string date = date_text(time);
  if (date <= date_) return;
  if (!date_.empty()) out_ << dim("-- " + date + " --") << '\n';
  date_ = date;
}

std::string DemoScreen::clock_text(Timestamp time) const {
  Timestamp midnight =
      calendar_window(workspace_->policy.time_zone, CalendarUnit::kDay, time).start;
  int64_t minute = (time - midnight).ms / 60'000;
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::string DemoScreen::date_text(Timestamp time) const {
  // Noon lies on the same date in UTC, for every zone within twelve hours of it.
  Timestamp midnight =
      calendar_window(workspace_->policy.time_zone, CalendarUnit::kDay, time).start;
  return format_rfc3339(midnight + hours(12)).substr(0, 10);
}

std::string DemoScreen::paint(std::string_view code, std::string_view text) const {
  if (!style_.colours) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace sapa
