#include "engine/api/feed_hub.h"

#include <algorithm>

namespace sapa {
namespace {

constexpr size_t kChunk = 1'000;

}  // namespace

std::shared_ptr<FeedHub> FeedHub::create(TriggerFeed& feed,
                                         std::function<void(std::function<void()>)> post) {
  std::shared_ptr<FeedHub> hub(new FeedHub(feed, std::move(post)));
  hub->subscription_ = feed.subscribe([raw = hub.get()] { raw->on_new(); });
  return hub;
}

FeedHub::FeedHub(const TriggerFeed& feed, std::function<void(std::function<void()>)> post)
    : feed_(feed), post_(std::move(post)) {
  for (Stream stream : {Stream::kTriggers, Stream::kDecisions}) {
    streams_[static_cast<size_t>(stream)].seen = feed_.last(stream);
  }
}

bool FeedHub::wait(Stream stream, uint64_t scanned_to, const std::string& customer,
                   std::weak_ptr<FeedWaiter> waiter) {
  std::lock_guard lock(mutex_);
  StreamState& state = streams_[static_cast<size_t>(stream)];
  if (scanned_to < state.seen) return false;
  auto& list = customer.empty() ? state.for_all : state.by_customer[customer];
  list.push_back({std::move(waiter), scanned_to});
  return true;
}

void FeedHub::on_new() {
  // Many commits may pass before the posted pump runs; one pump then tells of them all.
  if (pump_posted_.exchange(true)) return;
  post_([weak = weak_from_this()] {
    if (auto alive = weak.lock()) alive->pump();
  });
}

void FeedHub::pump() {
  pump_posted_ = false;
  std::lock_guard lock(pump_mutex_);
  pump(Stream::kTriggers);
  pump(Stream::kDecisions);
}

void FeedHub::pump(Stream stream) {
  uint64_t newest = feed_.last(stream);
  bool anyone = true;
  while (anyone) {
    uint64_t seen = 0;
    bool by_customer = false;
    {
      std::lock_guard lock(mutex_);
      StreamState& state = streams_[static_cast<size_t>(stream)];
      seen = state.seen;
      by_customer = !state.by_customer.empty();
    }
    if (seen >= newest) return;
    FeedEntries entries;
    if (by_customer) {
      // Cannot be read: all are woken, and each hears the error itself.
      auto chunk = feed_.read(stream, seen, kChunk);
      if (chunk.ok()) entries = std::move(*chunk);
    }
    anyone = by_customer && !entries.empty();
    uint64_t up_to = anyone ? std::max(entries.back()->seq, seen) : newest;
    for (Wake& wake : take_woken(stream, entries, up_to)) {
      if (auto alive = wake.waiter.lock()) alive->on_feed(wake.resume_after);
    }
  }
}

std::vector<FeedHub::Wake> FeedHub::take_woken(Stream stream, const FeedEntries& entries,
                                               uint64_t newest) {
  std::vector<Wake> woken;
  std::lock_guard lock(mutex_);
  StreamState& state = streams_[static_cast<size_t>(stream)];
  auto take = [&](std::vector<Waiting>& list, uint64_t up_to, uint64_t resume_after) {
    std::erase_if(list, [&](Waiting& one) {
      if (one.scanned_to >= up_to) return false;
      woken.push_back({std::move(one.waiter), std::max(one.scanned_to, resume_after)});
      return true;
    });
  };
  take(state.for_all, newest, 0);
  for (const auto& entry : entries) {
    auto at = state.by_customer.find(entry->key);
    if (at == state.by_customer.end()) continue;
    take(at->second, entry->seq, entry->seq - 1);
    if (at->second.empty()) state.by_customer.erase(at);
  }
  if (entries.empty()) {
    for (auto& [customer, list] : state.by_customer) take(list, newest, 0);
    std::erase_if(state.by_customer, [](const auto& one) { return one.second.empty(); });
  }
  state.seen = std::max(state.seen, newest);
  return woken;
}

size_t FeedHub::waiting() const {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const StreamState& state : streams_) {
    count += state.for_all.size();
    for (const auto& [customer, list] : state.by_customer) count += list.size();
  }
  return count;
}

void FeedHub::sweep() {
  auto is_gone = [](const Waiting& one) { return one.waiter.expired(); };
  std::lock_guard lock(mutex_);
  for (StreamState& state : streams_) {
    std::erase_if(state.for_all, is_gone);
    for (auto& [customer, list] : state.by_customer) std::erase_if(list, is_gone);
    std::erase_if(state.by_customer, [](const auto& one) { return one.second.empty(); });
  }
}

}  // namespace sapa
