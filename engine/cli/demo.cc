#include "engine/cli/demo.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "engine/cli/demo_latency.h"
#include "engine/cli/demo_screen.h"
#include "engine/cli/demo_shop.h"
#include "engine/cli/demo_state_folder.h"
#include "engine/cli/demo_tally.h"
#include "engine/cli/demo_traffic.h"
#include "engine/cli/engine_parts.h"
#include "engine/cli/http_side.h"
#include "engine/cli/signals.h"
#include "engine/cli/workspace_option.h"

namespace sapa {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{400};
constexpr std::chrono::seconds kLongestCatchUp{60};
constexpr const char* kDefaultListen = "127.0.0.1:8080";
constexpr const char* kAnyPort = "127.0.0.1:0";

/// A Saturday, ten in the morning in Jakarta: the same in every run, as the whole story is.
constexpr Timestamp kOpens{1'772'852'400'000};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The retailer's workspace in the current folder or the program's, or one above it; empty if it's
/// not there.
std::string find_workspace() {
  namespace fs = std::filesystem;
  const fs::path wanted = "deploy/workspaces/retailer";
  std::error_code error;
  if (fs::is_directory(wanted, error)) return wanted.string();
  for (fs::path at : {fs::current_path(error), fs::read_symlink("/proc/self/exe", error)}) {
    for (; at.has_relative_path(); at = at.parent_path()) {
      if (fs::is_directory(at / wanted, error)) return (at / wanted).string();
    }
  }
  return "";
}

class Demo {
 public:
  Demo(const DemoOptions& options, std::ostream& out, std::ostream& errors)
      : options_(options), out_(out), errors_(errors) {}
  ~Demo() { shut_down(); }

  /// Before run(): everything that can go wrong with an option.
  int prepare();
  int run();
  /// Any thread.
  void interrupt();

 private:
  int fail(const Error& error);
  Result<std::unique_ptr<HttpSide>> listen();
  int catch_up_with_past();
  bool wait_until_worked_in();
  void introduce(uint64_t events, double seconds);
  void watch();
  void take_in(double elapsed);
  int finish();
  void summarise(double seconds);
  void shut_down();

  const DemoOptions& options_;
  std::ostream& out_;
  std::ostream& errors_;

  std::optional<DemoStateFolder> folder_;
  RunOptions run_options_;
  std::shared_ptr<const Workspace> workspace_;
  std::unique_ptr<EngineParts> parts_;
  std::unique_ptr<HttpSide> http_;
  std::unique_ptr<DemoShop> shop_;
  std::unique_ptr<DemoTraffic> traffic_;
  std::unique_ptr<DemoScreen> screen_;
  std::unique_ptr<DemoTally> tally_;
  std::optional<LatencySnapshot> at_opening_;
  std::thread engine_watcher_;
  Status feed_status_;  ///< of reading what was put out

  std::mutex mutex_;
  std::condition_variable woken_;
  // Below: protected by mutex_.
  bool interrupted_ = false;
  bool traffic_over_ = false;
  bool engine_over_ = false;
  Status engine_outcome_;
};

int Demo::fail(const Error& error) {
  errors_ << "sapa: " << error.message << "\n";
  return error.fault == Fault::kUser ? 2 : 1;
}

void Demo::interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  woken_.notify_all();
}

int Demo::prepare() {
  run_options_.workspace = options_.workspace.empty() ? find_workspace() : options_.workspace;
  if (run_options_.workspace.empty()) {
    return fail(
        user_error("the retailer's workspace (deploy/workspaces/retailer) is not near; name one "
                   "with --workspace"));
  }
  workspace_ = load_or_explain(run_options_.workspace, errors_);
  if (!workspace_) return 1;
  auto folder = DemoStateFolder::make(options_.state_dir);
  if (!folder) return fail(folder.error());
  folder_.emplace(std::move(*folder));
  run_options_.state_dir = folder_->path();
  run_options_.clock = "event";
  run_options_.fsync = "never";
  run_options_.keep = "3650d";
  run_options_.memory = "128M";
  run_options_.workers = static_cast<int>(std::clamp(
      std::thread::hardware_concurrency(), 1u, static_cast<unsigned>(run_options_.partitions)));
  auto parts = make_engine(run_options_, workspace_);
  if (!parts) return fail(parts.error());
  parts_ = std::move(*parts);
  auto http = listen();
  if (!http) return fail(http.error());
  http_ = std::move(*http);
  shop_ = std::make_unique<DemoShop>(ShopSettings{options_.customers, options_.seed, kOpens});
  screen_ = std::make_unique<DemoScreen>(
      style_of_terminal(), workspace_,
      [this](std::string_view id) { return shop_->first_name(id); }, out_);
  tally_ = std::make_unique<DemoTally>(workspace_, kOpens);
  DemoTraffic::Settings traffic{kOpens, {}, options_.speed};
  if (!options_.stay) {
    traffic.closes =
        kOpens + milliseconds(static_cast<int64_t>(options_.seconds * options_.speed * 1000));
  }
  traffic_ = std::make_unique<DemoTraffic>(*shop_, *parts_->embedded, traffic, [this] {
    std::lock_guard lock(mutex_);
    traffic_over_ = true;
    woken_.notify_all();
  });
  return 0;
}

Result<std::unique_ptr<HttpSide>> Demo::listen() {
  run_options_.listen = options_.listen.empty() ? kDefaultListen : options_.listen;
  auto http = HttpSide::start(*parts_, run_options_);
  if (http || !options_.listen.empty()) return http;
  run_options_.listen = kAnyPort;
  return HttpSide::start(*parts_, run_options_);
}

int Demo::run() {
  parts_->engine->start();
  engine_watcher_ = std::thread([this] {
    Status outcome = parts_->engine->wait();
    std::lock_guard lock(mutex_);
    engine_over_ = true;
    engine_outcome_ = std::move(outcome);
    woken_.notify_all();
  });
  if (int code = catch_up_with_past(); code != 0) return code;
  auto start = Clock::now();
  traffic_->start();
  watch();
  double seconds = seconds_since(start);
  traffic_->stop();
  if (feed_status_) wait_until_worked_in();
  take_in(0);
  screen_->show_rest();
  http_->stop();
  summarise(seconds);
  return finish();
}

int Demo::catch_up_with_past() {
  auto start = Clock::now();
  auto past = traffic_->bring_past();
  if (!past) return fail(past.error());
  if (!wait_until_worked_in()) return finish();
  double seconds = seconds_since(start);
  take_in(0);
  at_opening_.emplace(parts_->telemetry->event_to_trigger_seconds);
  introduce(*past, seconds);
  return 0;
}

/// Until the engine has committed every event that the log holds; false if it can't or was
/// interrupted.
bool Demo::wait_until_worked_in() {
  auto start = Clock::now();
  while (true) {
    auto waiting = parts_->embedded->events_waiting();
    if (!waiting) return feed_status_ = waiting.error(), false;
    if (*waiting == 0) return true;
    std::unique_lock lock(mutex_);
    if (engine_over_ || Clock::now() - start > kLongestCatchUp) return false;
    if (interrupted_ && !traffic_over_) return false;
    woken_.wait_for(lock, std::chrono::milliseconds(5));
  }
}

void Demo::introduce(uint64_t events, double seconds) {
  std::string url = http_->url();
  fmt::print(out_, "{}\n", screen_->bold("Sapa: a small shop that lives"));
  fmt::print(out_, "  workspace  {}, {} campaigns\n", run_options_.workspace,
             workspace_->campaigns.size());
  fmt::print(out_, "  its past   {} customers, {} events, {} triggers: worked in in {:.1f} s\n",
             options_.customers, events, tally_->sent_in_the_past(), seconds);
  fmt::print(out_, "  now        {} {} ({}); one second here is {} there\n",
             screen_->date_text(kOpens), screen_->clock_text(kOpens),
             workspace_->policy.time_zone_name,
             format_duration(milliseconds(static_cast<int64_t>(options_.speed * 1000))));
  fmt::print(out_, "  look at    {}/metrics\n             {}/healthz\n", url, url);
  fmt::print(out_, "             {}/v1/triggers?after=0\n", url);
  fmt::print(out_, "             {}/v1/customers/{}   (comes often)\n", url,
             shop_->busy_customer());
  fmt::print(out_, "             curl -N -H 'Accept: text/event-stream' {}/v1/triggers\n", url);
  fmt::print(out_, "  ends       {}\n\n",
             options_.stay ? std::string("with Ctrl-C")
                           : fmt::format("after {:g} s, or with Ctrl-C", options_.seconds));
  out_.flush();
}

void Demo::watch() {
  auto shown_at = Clock::now();
  while (feed_status_) {
    std::unique_lock lock(mutex_);
    bool over = woken_.wait_for(lock, kLook,
                                [this] { return interrupted_ || traffic_over_ || engine_over_; });
    lock.unlock();
    double elapsed = seconds_since(shown_at);
    shown_at = Clock::now();
    take_in(elapsed);
    if (over) return;
  }
}

/// What the engine has put out since the last time; shown as far as `elapsed` seconds have room for
/// it.
void Demo::take_in(double elapsed) {
  Status read = tally_->read(*parts_->embedded, *screen_);
  if (feed_status_) feed_status_ = std::move(read);
  screen_->show(elapsed);
}

void Demo::summarise(double seconds) {
  uint64_t events = traffic_->events();
  fmt::print(out_, "\n{}\n", screen_->bold("What happened"));
  tally_->print_table(out_);
  fmt::print(out_, "\n{} events in {:.0f} s ({:.0f}/s), {} triggers, {} held back", events, seconds,
             static_cast<double>(events) / std::max(seconds, 0.001), tally_->sent(),
             tally_->suppressed());
  LatencySnapshot now(parts_->telemetry->event_to_trigger_seconds);
  if (auto latency = at_opening_->until(now)) {
    fmt::print(out_, "; from event to trigger {} at the median, {} at the 99th percentile",
               latency->median, latency->p99);
  }
  fmt::print(out_,
             "\n\nNext: change a text or a condition in {} and run this again;\n"
             "`sapa check` explains mistakes in it, `sapa demo --stay` goes on until Ctrl-C,\n"
             "`sapa run --help` says how to run it on your own events.\n",
             run_options_.workspace);
  if (!folder_->is_temporary()) {
    fmt::print(out_, "`sapa inspect customer {} --state-dir {}` shows one customer.\n",
               shop_->busy_customer(), folder_->path());
  }
}

/// The exit code, with the reason if it is not 0.
int Demo::finish() {
  shut_down();
  if (!engine_outcome_) return fail(engine_outcome_.error());
  if (!traffic_->outcome()) return fail(traffic_->outcome().error());
  if (!feed_status_) return fail(feed_status_.error());
  const auto& shown = screen_->shown();
  size_t seen = static_cast<size_t>(
      std::count_if(shown.begin(), shown.end(), [](uint64_t count) { return count > 0; }));
  size_t wanted = std::min<size_t>(2, shown.size());
  if (seen >= wanted) return 0;
  return fail(environment_error(
      fmt::format("the demo should have shown triggers of several campaigns, but showed {} of {}; "
                  "give it longer (--seconds) or more customers (--customers)",
                  seen == 0 ? "none" : "only one", shown.size()),
      false));
}

void Demo::shut_down() {
  if (traffic_) traffic_->stop();
  if (http_) http_->stop();
  if (!engine_watcher_.joinable()) return;
  parts_->engine->stop();
  engine_watcher_.join();
}

/// Only warnings, and on the error output: the screen is the demo's.
void quieten_logs() {
  auto logger = spdlog::get("sapa");
  if (!logger) logger = spdlog::stderr_color_mt("sapa");
  logger->set_level(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

int run_demo(const DemoOptions& options, std::ostream& out, std::ostream& errors) {
  auto signals = std::make_unique<StopSignals>();  // before any other thread
  quieten_logs();
  Demo demo(options, out, errors);
  if (int code = demo.prepare(); code != 0) return code;
  signals->watch([&demo] { demo.interrupt(); });
  int code = demo.run();
  signals.reset();  // nothing interrupts the demo from here on
  return code;
}

void add_demo(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* sub = app.add_subcommand("demo", "A small shop that lives: triggers as they happen");
  sub->add_option("--seconds", options->seconds, "How long")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  sub->add_flag("--stay", options->stay, "Go on until Ctrl-C");
  sub->add_option("--customers", options->customers, "How many the shop has at the beginning")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  sub->add_option("--speed", options->speed,
                  "Seconds of the shop's time in one second; at 180, 60 s are three hours")
      ->check(CLI::Range(1.0, 100'000.0))
      ->capture_default_str();
  sub->add_option("--workspace,-w", options->workspace,
                  "Folder of a workspace (deploy/workspaces/retailer)");
  sub->add_option("--listen", options->listen,
                  "HOST:PORT for HTTP; port 0: any that is free (127.0.0.1:8080, or any if that is "
                  "taken)");
  sub->add_option("--seed", options->seed, "Another number, another story")->capture_default_str();
  sub->add_option("--state-dir", options->state_dir,
                  "Empty folder for the state (one that is removed at the end)");
  sub->footer(
      "The engine runs on its embedded log, in the shop's time: what needs half an hour there "
      "comes\n"
      "out in ten seconds. Exit code 0: triggers of several campaigns were shown.\n"
      "\n"
      "Examples:\n"
      "  sapa demo\n"
      "  sapa demo --stay --customers 2000\n"
      "  sapa demo --workspace my-shop --seconds 20");
  sub->callback([options, &exit_code] { exit_code = run_demo(*options, std::cout, std::cerr); });
}

}  // namespace sapa
