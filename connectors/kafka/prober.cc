#include "connectors/kafka/prober.h"

#include <algorithm>
#include <chrono>

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 1000;
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr std::chrono::milliseconds kFailingPatience{5000};
constexpr std::chrono::milliseconds kLookForTopic{5000}, kLookAgain{1000};

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

EndProber::EndProber(Client client, std::string topic, std::shared_ptr<WallClock> clock,
                     Health& health, std::function<void()> answered)
    : client_(std::move(client)),
      topic_(std::move(topic)),
      clock_(std::move(clock)),
      health_(health),
      answered_(std::move(answered)),
      thread_([this] { run(); }) {}

EndProber::~EndProber() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void EndProber::ask(int32_t partition) {
  {
    std::lock_guard lock(mutex_);
    if (std::find(asked_.begin(), asked_.end(), partition) != asked_.end()) return;
    asked_.push_back(partition);
  }
  changed_.notify_one();
}

void EndProber::forget() {
  std::lock_guard lock(mutex_);
  asked_.clear();
  answers_.clear();
  ++generation_;
}

void EndProber::take_answers(std::vector<EndAnswer>& answers) {
  answers.clear();
  std::lock_guard lock(mutex_);
  answers.swap(answers_);
}

void EndProber::run() {
  std::vector<int32_t> partitions;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (asked_.empty()) {
      // Woken by questions; without any, looks now and then whether the brokers are gone.
      changed_.wait_for(lock, kPause);
      if (stopping_) return;
    }
    if (asked_.empty() && health_.is_good()) {
      if (steady_ms() < next_look_ms_) continue;
      lock.unlock();
      if (Status looked = look_for_topic(); looked) {
        failing_since_ms_ = -1;
      } else {
        note_failure(looked.error());
      }
      next_look_ms_ = steady_ms() + (failing_since_ms_ < 0 ? kLookForTopic : kLookAgain).count();
      lock.lock();
      continue;
    }
    partitions = std::move(asked_);
    asked_.clear();
    const uint64_t generation = generation_;
    lock.unlock();
    bool answered = true;
    if (partitions.empty()) {
      look_for_brokers();
    } else {
      answered = probe(partitions);
    }
    lock.lock();
    if (answered || generation != generation_) continue;
    for (int32_t partition : partitions) {
      if (std::find(asked_.begin(), asked_.end(), partition) == asked_.end()) {
        asked_.push_back(partition);
      }
    }
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

Status EndProber::look_for_topic() {
  auto count = partition_count(client_.get(), topic_, kTimeoutMs);
  if (!count) return count.error();
  if (*count > 0) {
    missing_since_ms_ = -1;
  } else if (missing_since_ms_ < 0) {
    missing_since_ms_ = steady_ms();
    health_.bad("topic \"" + topic_ + "\" is not there any more");
  }
  return {};
}

std::chrono::milliseconds EndProber::topic_missing_for() const {
  const int64_t since = missing_since_ms_;
  return std::chrono::milliseconds(since < 0 ? 0 : steady_ms() - since);
}

Timestamp EndProber::wall_time() const {
  using std::chrono::milliseconds;
  if (clock_) return clock_->now();
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<milliseconds>(since).count()};
}

/// Brokers that swallow everything break no connection, so nobody else would tell for a minute.
void EndProber::note_failure(const Error& error) {
  if (failing_since_ms_ < 0) failing_since_ms_ = steady_ms();
  if (steady_ms() - failing_since_ms_ < kFailingPatience.count()) return;
  health_.bad("Kafka does not answer: " + error.message);
}

bool EndProber::probe(const std::vector<int32_t>& partitions) {
  std::vector<PartitionOffset> ends;
  for (int32_t partition : partitions) ends.push_back({partition, kEndOffset});
  uint64_t generation;
  {
    std::lock_guard lock(mutex_);
    generation = generation_;
  }
  const Timestamp as_of = wall_time();
  if (Status asked = query_offsets(client_.get(), topic_, ends, kTimeoutMs); !asked) {
    (void)look_for_topic();  // it may be gone, which says more than that it does not answer
    note_failure(asked.error());
    return false;
  }
  failing_since_ms_ = missing_since_ms_ = -1;
  health_.good();
  {
    std::lock_guard lock(mutex_);
    if (generation != generation_) return true;
    for (const PartitionOffset& end : ends) {
      answers_.push_back({end.partition, end.offset, as_of});
    }
  }
  answered_();
  return true;
}

void EndProber::look_for_brokers() {
  auto count = partition_count(client_.get(), topic_, kTimeoutMs);
  if (count && *count > 0) health_.good();
}

}  // namespace sapa::kafka
