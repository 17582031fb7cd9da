// What does one event cost when there are many campaigns of which the same 5 match? Workspaces of
// 10 to 100,000 campaigns that tell themselves apart by category, by price, or by category and
// city. Expected: 100,000 campaigns cost at most 1.5 times what 100 do. And what does loading cost?
// Expected: 10,000 campaigns in at most a second.
// `matching_benchmark --once CAMPAIGNS KIND EVENTS` matches so many events and nothing else, for
// counting instructions: valgrind --tool=callgrind --toggle-collect='match_events*' …
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include <benchmark/benchmark.h>

#include "engine/decision/decider.h"
#include "engine/event/decoder.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr int kMatching = 5;
const char* const kKinds[] = {"category", "price", "category_and_city", "own_events"};

/// The condition of campaign `i`; the first five hold for the event below.
std::string when_of(const std::string& kind, int i) {
  bool holds = i < kMatching;
  std::string number = std::to_string(i);
  std::string name = "Product Viewed", condition;
  if (kind == "category") {
    condition = "event.properties.category == '" + (holds ? "bags" : "c" + number) + "'";
  } else if (kind == "price") {
    condition = "event.properties.price >= " + (holds ? "1000" + number : "900000" + number) + ".0";
  } else if (kind == "own_events") {
    if (!holds) name = "Event " + number;
    condition = "event.properties.category == 'bags'";
  } else {
    std::string city = holds ? "Jakarta" : "City " + std::to_string(i / 300);
    std::string category = holds || i % 300 == 0 ? "bags" : "c" + std::to_string(i % 300);
    condition = "event.properties.category == '" + category + "' && event.properties.city == '" +
                city + "'";
  }
  // Different texts, so that nothing is shared but what the index shares.
  return "{event: " + name + ", if: \"" + condition + " && event.properties.quantity > -" + number +
         "\"}";
}

std::vector<std::pair<std::string, std::string>> files_of(const std::string& kind, int campaigns) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < campaigns; ++i) {
    if (i % 2000 == 0)
      files.emplace_back("campaigns-" + std::to_string(100 + i / 2000) + ".yaml", "");
    files.back().second += "---\ncampaign: c-" + std::to_string(i) +
                           "\nchannel: push\nwhen: " + when_of(kind, i) +
                           "\nlimit: 1 per 24h\nmessage:\n  title: \"Hi {{ "
                           "customer.first_name.orValue('Kak') }}\"\n  body: \"{{ "
                           "event.properties.name }} is on sale\"\n";
  }
  return files;
}

std::shared_ptr<const Workspace> load(const std::string& kind, int campaigns) {
  LoadedWorkspace loaded = load_workspace_texts(files_of(kind, campaigns));
  if (loaded.workspace == nullptr) {
    std::fprintf(stderr, "%s\n", to_string(loaded.findings.front()).c_str());
    std::abort();
  }
  return loaded.workspace;
}

constexpr const char* kEvent = R"({"type":"track","event":"Product Viewed","userId":"u",
  "messageId":"m","timestamp":"2026-03-02T00:00:00Z","properties":{"sku":"S77","name":"Tote",
  "category":"bags","city":"Jakarta","currency":"IDR","price":250000.0,"quantity":2}})";

class Matching {
 public:
  explicit Matching(std::shared_ptr<const Workspace> workspace)
      : workspace_(std::move(workspace)), matcher_(*workspace_, evaluation_) {
    DecodeNotes notes;
    Refusal refusal;
    if (!decoder_.decode({{}, kEvent, {}, Timestamp{1'772'409'600'000}}, false, event_arena_,
                         event_, notes, refusal)) {
      std::abort();
    }
    customer_.id = "u";
    customer_.metrics.resize(workspace_->metrics.size());
    view_ = EventView::of(event_);
  }

  size_t match() {
    arena_.reset();
    evaluation_.begin(customer_, &view_, event_.timestamp);
    matcher_.begin();
    const EventPlan& plan = workspace_->plan(event_.name);
    return matcher_.match(plan.campaigns.starts, &workspace_->any_event.campaigns.starts).size();
  }

 private:
  std::shared_ptr<const Workspace> workspace_;
  Arena event_arena_, arena_{16 << 10};
  Decoder decoder_;
  Event event_;
  EventView view_;
  Customer customer_;
  Evaluation evaluation_{*workspace_, arena_};
  ConditionMatcher matcher_;
};

[[gnu::noinline]] size_t match_events(Matching& matching, int events) {
  size_t matches = 0;
  for (int i = 0; i < events; ++i) matches += matching.match();
  return matches;
}

void match_benchmark(benchmark::State& state, const std::string& kind) {
  Matching matching(load(kind, static_cast<int>(state.range(0))));
  if (matching.match() != kMatching) return state.SkipWithError("5 campaigns must match");
  for (auto _ : state) benchmark::DoNotOptimize(matching.match());
}

void load_benchmark(benchmark::State& state) {
  auto files = files_of("category_and_city", static_cast<int>(state.range(0)));
  for (auto _ : state) {
    LoadedWorkspace loaded = load_workspace_texts(files);
    if (loaded.workspace == nullptr) return state.SkipWithError("the workspace must load");
  }
}

int match_once(int campaigns, const char* kind, int events) {
  Matching matching(load(kind, campaigns));
  size_t matches = match_events(matching, events);
  std::printf("%d campaigns, %d events, %zu matches\n", campaigns, events, matches);
  return matches == static_cast<size_t>(events) * kMatching ? 0 : 1;
}

}  // namespace
}  // namespace sapa

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "--once") == 0) {
    return sapa::match_once(std::atoi(argv[2]), argv[3], std::atoi(argv[4]));
  }
  for (const char* kind : sapa::kKinds) {
    auto* registered = benchmark::RegisterBenchmark((std::string("match/") + kind).c_str(),
                                                    sapa::match_benchmark, kind);
    for (int campaigns : {10, 100, 1'000, 10'000, 100'000}) registered->Arg(campaigns);
  }
  benchmark::RegisterBenchmark("load", sapa::load_benchmark)
      ->Arg(100)
      ->Arg(1'000)
      ->Arg(10'000)
      ->Arg(100'000)
      ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
