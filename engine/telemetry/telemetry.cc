#include "engine/telemetry/telemetry.h"

#include <algorithm>

namespace sapa {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Registry;

prometheus::Family<prometheus::Counter>& counters(Registry& registry, const char* name,
                                                  const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Counter& counter(Registry& registry, const char* name, const char* help) {
  return counters(registry, name, help).Add({});
}

prometheus::Family<prometheus::Gauge>& gauges(Registry& registry, const char* name,
                                              const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Histogram& latency(Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, prometheus::Histogram::BucketBoundaries(LatencyCounts::bounds_seconds()));
}

prometheus::Labels shard_labels(int32_t partition) {
  return {{"partition", std::to_string(partition)}};
}

void add_and_clear(prometheus::Counter& counter, uint64_t& count) {
  if (count > 0) counter.Increment(static_cast<double>(count));
  count = 0;
}

}  // namespace

const std::vector<double>& LatencyCounts::bounds_seconds() {
  static const std::vector<double> kBounds{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04,
      0.06,   0.08,    0.1,    0.15,  0.25,   0.5,   1,      2.5,  5,     10,   30,   60};
  return kBounds;
}

void LatencyCounts::observe(double seconds) {
  const auto& bounds = bounds_seconds();
  auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  counts_[static_cast<size_t>(bucket)] += 1;
  sum_ += seconds;
  total_ += 1;
}

void LatencyCounts::flush(prometheus::Histogram& into) {
  if (total_ == 0) return;
  size_t buckets = bounds_seconds().size() + 1;
  into.ObserveMultiple(std::vector<double>(counts_.begin(), counts_.begin() + buckets), sum_);
  *this = {};
}

Telemetry::Telemetry(Registry& r)
    : event_to_trigger_seconds(latency(
          r, "sapa_event_to_trigger_seconds",
          "From the event's arrival in the engine to its trigger's commit, timers left out.")),
      commit_seconds(latency(r, "sapa_commit_seconds", "Time to commit an epoch.")),
      epoch_seconds(latency(r, "sapa_epoch_seconds", "From an epoch's first event to its commit.")),
      epochs_committed(
          counters(r, "sapa_epochs_total", "Epochs by outcome.").Add({{"outcome", "committed"}})),
      epochs_failed(
          counters(r, "sapa_epochs_total", "Epochs by outcome.").Add({{"outcome", "failed"}})),
      restored_bytes(
          gauges(r, "sapa_restored_bytes", "Bytes of changelog replayed since the process started.")
              .Add({})),
      stores_set_aside(counters(r, "sapa_stores_set_aside_total",
                                "Damaged stores whose state was restored from the changelog.")
                           .Add({})),
      clock_disbelieved_seconds(
          gauges(r, "sapa_clock_disbelieved_seconds",
                 "How far the machine's clock is ahead of the time that the engine goes by, since "
                 "it jumped; 0 while it is believed.")
              .Add({})),
      events_(counters(r, "sapa_events_total", "Events read, by outcome.")),
      dead_letters_(counters(r, "sapa_dead_letters_total", "Records refused, by reason.")),
      triggers_(counters(r, "sapa_triggers_total", "Triggers put out.")),
      decisions_(counters(r, "sapa_decisions_total", "Decisions, by campaign and reason.")),
      metric_errors_(counters(r, "sapa_metric_errors_total",
                              "Events that a metric could not take in: its expression failed.")),
      cache_(counters(r, "sapa_customer_cache_total", "Look-ups of customers, by result.")),
      workspace_info_(gauges(r, "sapa_workspace_info", "The workspace in use: always 1.")),
      workspace_reloads_(counters(r, "sapa_workspace_reloads_total",
                                  "Times the workspace was read again, by outcome.")),
      workspace_loaded_at_(gauges(r, "sapa_workspace_loaded_timestamp_seconds",
                                  "When the workspace in use was loaded, as Unix time.")
                               .Add({})),
      workspace_campaigns_(
          gauges(r, "sapa_workspace_campaigns", "Campaigns in the workspace in use.").Add({})),
      killed_campaigns_(gauges(r, "sapa_killed_campaigns", "Campaigns that are killed.").Add({})),
      responses_(counters(r, "sapa_http_responses_total", "Answers by HTTP, by route and status.")),
      misrouted_(counter(r, "sapa_events_misrouted_total",
                         "Records whose key is not their customer's id.")),
      clamped_(counter(r, "sapa_event_timestamps_clamped_total",
                       "Events from the future, taken as of when they were received.")),
      late_(counter(r, "sapa_events_late_total", "Events older than their customer's latest.")),
      timers_fired_(counter(r, "sapa_timers_fired_total", "Timers that came due.")),
      changelog_records_(counter(r, "sapa_changelog_records_total", "Customers' records written.")),
      changelog_bytes_(counter(r, "sapa_changelog_bytes_total", "Bytes of customers' records.")),
      output_bytes_(counter(r, "sapa_output_bytes_total", "Bytes of triggers and decisions.")),
      lag_(gauges(r, "sapa_lag_records", "Records not read yet.")),
      clock_(gauges(r, "sapa_shard_clock_seconds", "The shard's clock, as Unix time.")),
      cached_customers_(gauges(r, "sapa_cached_customers", "Hot customers, kept in memory.")),
      cached_bytes_(gauges(r, "sapa_cached_customer_bytes", "Memory of hot customers.")),
      pending_timers_(gauges(r, "sapa_pending_timers", "Entries in the timer queue.")),
      store_pending_(gauges(r, "sapa_store_pending_bytes",
                            "Committed changes that the store has not written yet.")),
      restoring_(
          gauges(r, "sapa_restore_lag_records",
                 "Changelog records that a shard which is being restored has not read yet.")),
      standby_(gauges(r, "sapa_standby_lag_records",
                      "Changelog records that a warm standby has not read yet.")) {}

void Telemetry::flush(ShardCounters& c, const Workspace& workspace) {
  add_and_clear(events_.Add({{"outcome", "processed"}}), c.processed);
  add_and_clear(events_.Add({{"outcome", "duplicate"}}), c.duplicates);
  add_and_clear(events_.Add({{"outcome", "dead_letter"}}), c.dead_letters);
  add_and_clear(misrouted_, c.misrouted);
  add_and_clear(clamped_, c.clamped);
  add_and_clear(late_, c.late);
  add_and_clear(timers_fired_, c.timers_fired);
  add_and_clear(cache_.Add({{"result", "hit"}}), c.cache_hits);
  add_and_clear(cache_.Add({{"result", "miss"}}), c.cache_misses);
  add_and_clear(cache_.Add({{"result", "evicted"}}), c.evictions);
  add_and_clear(changelog_records_, c.changelog_records);
  add_and_clear(changelog_bytes_, c.changelog_bytes);
  add_and_clear(output_bytes_, c.output_bytes);
  for (auto& [code, count] : c.refusals) {
    add_and_clear(dead_letters_.Add({{"reason", code}}), count);
  }
  for (uint32_t i : c.touched) {
    const Campaign& campaign = workspace.campaigns[i];
    if (c.triggers[i] > 0) {
      add_and_clear(triggers_.Add({{"campaign", campaign.name},
                                   {"channel", std::string(channel_name(campaign.channel))}}),
                    c.triggers[i]);
    }
    for (int reason = 0; reason < kReasonCount; ++reason) {
      uint32_t& count = c.decisions[i][static_cast<size_t>(reason)];
      if (count == 0) continue;
      decisions_
          .Add({{"campaign", campaign.name},
                {"reason", std::string(reason_name(static_cast<Reason>(reason)))}})
          .Increment(count);
      count = 0;
    }
  }
  c.touched.clear();
  for (size_t i = 0; i < c.metric_errors.size(); ++i) {
    if (c.metric_errors[i] > 0) {
      add_and_clear(metric_errors_.Add({{"metric", workspace.metrics[i].name}}),
                    c.metric_errors[i]);
    }
  }
}

void Telemetry::set_shard(const ShardState& state) {
  auto labels = shard_labels(state.partition);
  if (state.lag_records >= 0) lag_.Add(labels).Set(static_cast<double>(state.lag_records));
  clock_.Add(labels).Set(state.clock_seconds);
  cached_customers_.Add(labels).Set(static_cast<double>(state.cached_customers));
  cached_bytes_.Add(labels).Set(static_cast<double>(state.cached_bytes));
  pending_timers_.Add(labels).Set(static_cast<double>(state.pending_timers));
  store_pending_.Add(labels).Set(static_cast<double>(state.store_pending_bytes));
}

void Telemetry::remove_shard(int32_t partition) {
  auto labels = shard_labels(partition);
  for (auto* family :
       {&lag_, &clock_, &cached_customers_, &cached_bytes_, &pending_timers_, &store_pending_}) {
    family->Remove(&family->Add(labels));
  }
}

void Telemetry::set_restoring(int32_t partition, int64_t records_left) {
  restoring_.Add(shard_labels(partition)).Set(static_cast<double>(records_left));
}

void Telemetry::remove_restoring(int32_t partition) {
  restoring_.Remove(&restoring_.Add(shard_labels(partition)));
}

void Telemetry::set_standby(int32_t partition, int64_t lag) {
  standby_.Add(shard_labels(partition)).Set(static_cast<double>(lag));
}

void Telemetry::remove_standby(int32_t partition) {
  standby_.Remove(&standby_.Add(shard_labels(partition)));
}

void Telemetry::count_response(std::string_view route, int status) {
  responses_.Add({{"route", std::string(route)}, {"status", std::to_string(status)}}).Increment();
}

void Telemetry::workspace_loaded(const Workspace& workspace, Timestamp at) {
  std::lock_guard lock(workspace_mutex_);
  prometheus::Gauge* before = workspace_in_use_;
  workspace_in_use_ = &workspace_info_.Add({{"version", workspace.fingerprint}});
  workspace_in_use_->Set(1);
  if (before != nullptr && before != workspace_in_use_) workspace_info_.Remove(before);
  workspace_loaded_at_.Set(static_cast<double>(at.ms) / 1000);
  workspace_campaigns_.Set(static_cast<double>(workspace.campaigns.size()));
}

void Telemetry::workspace_reload(std::string_view outcome) {
  workspace_reloads_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Telemetry::set_killed_campaigns(size_t count) {
  killed_campaigns_.Set(static_cast<double>(count));
}

}  // namespace sapa
