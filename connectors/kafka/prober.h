// Asks where partitions end, on a thread of its own, so that the worker never waits for it. While
// Kafka is out of reach it also finds out when it is back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kafka/client.h"
#include "engine/ports/wall_clock.h"

namespace sapa::kafka {

struct EndAnswer {
  int32_t partition = 0;
  int64_t offset = 0;
  Timestamp as_of;  ///< the wall clock before the question was sent: later records may lie behind
                    ///< `offset`
};

class EndProber {
 public:
  /// `client` decides by its isolation level which end is meant. It is the prober's own: a broker
  /// answers one request of a connection after the other, so that beside a consumer each question
  /// would wait for a fetch that finds nothing. `answered` is called on the prober's thread.
  /// `clock` null: the machine's.
  EndProber(Client client, std::string topic, std::shared_ptr<WallClock> clock, Health& health,
            std::function<void()> answered);
  ~EndProber();
  EndProber(const EndProber&) = delete;
  EndProber& operator=(const EndProber&) = delete;

  /// Asked again until an answer comes or forget() is called. Any thread.
  void ask(int32_t partition);
  void forget();
  void take_answers(std::vector<EndAnswer>& answers);

  /// How long the topic has been known not to be there. librdkafka's consumer doesn't tell of a
  /// topic that is deleted while it is being read. Any thread.
  std::chrono::milliseconds topic_missing_for() const;

 private:
  void run();
  bool probe(const std::vector<int32_t>& partitions);
  void look_for_brokers();
  Status look_for_topic();
  void note_failure(const Error& error);
  Timestamp wall_time() const;

  const Client client_;
  const std::string topic_;
  const std::shared_ptr<WallClock> clock_;
  Health& health_;
  const std::function<void()> answered_;

  std::atomic<int64_t> missing_since_ms_{-1};  ///< steady clock; -1: it is there
  int64_t failing_since_ms_ = -1;              ///< this and the next are of the prober's thread
  int64_t next_look_ms_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is guarded by mutex_.
  std::vector<int32_t> asked_;
  std::vector<EndAnswer> answers_;
  uint64_t generation_ = 0;  ///< counts forget()
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sapa::kafka
