#include "tests/simulation/workload.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "engine/workspace/loader.h"

namespace sapa::simulation {
namespace {

/// «m», «h» and «d» are minutes, hours and days for a run on the events' time, and seconds, minutes
/// and hours for one on the wall clock.
constexpr const char* kWorkspace = R"yaml(
policy: {timezone: Asia/Jakarta, locale: id-ID, caps: [9 per 6«h»], deduplicate: {within: 4«d», at_most: 300}}
metrics:
  views:    {count: View, by: event.properties.category, over: 30«m», keys: 3}
  interest: {sum: event.properties.price, of: [View, Add], by: event.properties.category, half_life: 1«d», keys: 4}
  orders:   {count: Order}
  spend:    {sum: event.properties.price, of: Order, over: calendar day}
  dearest:  {max: event.properties.price, of: Order, over: 12«h»}
  seen:     {latest: event.timestamp, of: any, over: 6«h»}
  brands:   {distinct: event.properties.category, of: View, over: 1«h», at_most: 4}
segments:
  browsing: {enter: metrics.brands >= 3, leave: metrics.brands == 0}
  spender:  metrics.spend >= 200
  gold:     has(customer.plan) && customer.plan == "gold"
lifecycle:
  gone: "!has(metrics.seen)"
  lead: metrics.orders == 0
  buyer: metrics.orders > 0
---
campaign: interest
channel: popup
limit: 2 per 1«h»
when: {event: View, if: "metrics.views[event.properties.category] >= 2"}
message: {title: "{{ metrics.interest.top().orValue('-') }} {{ metrics.views[event.properties.category] }}"}
---
campaign: cart
channel: push
when: {event: Add, without: Order, within: 30«m», restart: true}
message: {title: "{{ event.properties.price }}"}
---
campaign: unpaid
channel: push
when:
  event: Place
  as: placed
  without: {event: Order, if: event.properties.category == placed.properties.category}
  within: 50«m»
message: {title: "{{ placed.properties.category }}"}
---
campaign: chain
channel: inbox
when:
  sequence:
    - {event: View, as: view}
    - {event: Add, if: event.properties.category == view.properties.category}
    - Order
  within: 2«h»
message: {title: "{{ view.properties.price }}"}
---
campaign: silent
channel: email
when: {nothing: Order, for: 3«h»}
message: {title: "{{ metrics.orders }}"}
---
campaign: rich
channel: popup
expires: 10«m»
when: {reaches: spend, at: 150}
message: {title: "{{ metrics.spend }}"}
---
campaign: browsing-over
channel: inbox
when: {leaves: browsing}
message: {title: over}
---
campaign: spender
channel: inbox
audience: "!segments.gold"
when: {enters: spender}
message: {title: spender}
---
campaign: gone
channel: email
limit: 1 per 1«d»
when: {enters: gone}
message: {title: gone}
)yaml";

std::string with_units(std::string text, const char* minutes, const char* hours, const char* days) {
  auto replace = [&text](const std::string& from, const char* to) {
    for (size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), to);
  };
  replace("«m»", minutes);
  replace("«h»", hours);
  replace("«d»", days);
  return text;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) std::abort();
  text.replace(at, from.size(), to);
}

/// Texts, conditions, a metric's window, campaigns that come and go.
std::string edited(int variant) {
  std::string text = kWorkspace;
  if (variant == 1) {
    replace(text, "at_most: 300}", "at_most: 30}");
    replace(text, "by: event.properties.category, over: 30",
            "by: event.properties.category, over: 40");
    replace(text, "{title: \"{{ event.properties.price }}\"}",
            "{title: \"cart {{ event.properties.price }}\"}");
    text +=
        "---\ncampaign: placed\nchannel: popup\nwhen: {event: Place}\nmessage: {title: placed}\n";
  } else if (variant == 2) {
    replace(text, "[event.properties.category] >= 2", "[event.properties.category] >= 3");
    replace(text, "half_life: 1", "half_life: 2");
    const size_t rich = text.find("campaign: rich");
    text.erase(rich, text.find("campaign: ", rich + 1) - rich);
  }
  return text;
}

std::shared_ptr<const Workspace> load(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"simulation.yaml", text}});
  for (const Finding& finding : loaded.findings) {
    if (loaded.workspace == nullptr) std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  }
  if (loaded.workspace == nullptr) std::abort();
  return loaded.workspace;
}

constexpr const char* kNames[] = {"View", "View", "View", "Add", "Add", "Place", "Order", "Other"};
constexpr const char* kCategories[] = {"a", "b", "c", "d"};
constexpr const char* kZones[] = {"Asia/Makassar", "Europe/Berlin", "America/New_York"};
constexpr const char* kBroken[] = {"{broken", "", R"({"type":"track","event":"View"})",
                                   R"({"type":"dance","userId":"u1"})"};

}  // namespace

std::shared_ptr<const Workspace> workspace_for(ClockMode mode, int variant) {
  using Variants = std::array<std::shared_ptr<const Workspace>, kWorkspaceVariants>;
  auto load_all = [](const char* minutes, const char* hours, const char* days) {
    Variants all;
    for (int i = 0; i < kWorkspaceVariants; ++i) {
      all[static_cast<size_t>(i)] = load(with_units(edited(i), minutes, hours, days));
    }
    return all;
  };
  static const Variants on_events = load_all("m", "h", "d");
  static const Variants on_the_wall = load_all("s", "m", "h");
  return (mode == ClockMode::kEvent ? on_events : on_the_wall)[static_cast<size_t>(variant)];
}

Workload::Workload(Random& random, ClockMode mode, int partitions)
    : random_(random),
      mode_(mode),
      partitions_(partitions),
      customers_(static_cast<int>(random.between(2, 14))),
      event_time_{1'772'409'600'000} {}

std::string Workload::event_text(Made& made) {
  const char* category = kCategories[random_.below(4)];
  const bool anonymous = random_.one_in(12);
  std::string text = R"({"messageId":")" + made.message_id + R"(","timestamp":")" +
                     format_rfc3339(made.time) + R"(",")" + (anonymous ? "anonymousId" : "userId") +
                     R"(":")" + made.user + "\"";
  if (random_.one_in(15)) {
    text += R"(,"context":{"timezone":")" + std::string(kZones[random_.below(3)]) + R"("})";
  }
  if (random_.one_in(12)) {
    made.name = "Identified";
    return text + R"(,"type":"identify","traits":{"plan":")" +
           (random_.one_in(2) ? "gold" : "free") + R"(","n":)" + std::to_string(number_) + "}}";
  }
  made.name = kNames[random_.below(8)];
  return text + R"(,"type":"track","event":")" + made.name + R"(","properties":{"category":")" +
         category + R"(","price":)" + std::to_string(random_.below(100)) + "}}";
}

Workload::Made Workload::next(Timestamp now) {
  const bool events = mode_ == ClockMode::kEvent;
  if (events) {
    event_time_ = event_time_ +
                  seconds(random_.one_in(20) ? random_.between(0, 4'000) : random_.between(0, 60));
    now = event_time_;
  }
  if (!recent_.empty() && random_.one_in(12)) {
    Made again = recent_[recent_.size() - 1 - random_.below(std::min<size_t>(recent_.size(), 25))];
    again.entry.received = now;
    again.name.clear();
    return again;
  }
  Made made;
  const auto customer = static_cast<int>(random_.below(static_cast<uint64_t>(customers_)));
  made.partition = customer % partitions_;
  made.user = "u" + std::to_string(customer);
  made.entry.key = made.user;
  made.entry.received = now;
  if (random_.one_in(40)) {
    made.entry.marker = true;
    return made;
  }
  if (random_.one_in(40)) {
    made.entry.value = kBroken[random_.below(4)];
    return made;
  }
  made.message_id = "m" + std::to_string(++number_);
  made.time = now;
  if (random_.one_in(10)) {
    made.time =
        now - (events ? seconds(random_.between(0, 3'000)) : seconds(random_.between(0, 50)));
  }
  made.entry.value = event_text(made);
  recent_.push_back(made);
  return made;
}

}  // namespace sapa::simulation
