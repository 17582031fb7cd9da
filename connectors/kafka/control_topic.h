// The campaigns that are killed, in a compacted topic of one partition: every process of the group
// reads it from the beginning and follows it, so that a switch made at one is known to all within
// milliseconds. The topic's order decides.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "engine/ports/campaign_switches.h"

namespace sapa::kafka {

class ControlTopic final : public CampaignSwitches {
 public:
  /// The topic must exist.
  explicit ControlTopic(const KafkaConfig& config) : config_(config) {}
  ~ControlTopic() override { stop(); }

  /// Blocks until the topic has been read to its end.
  Status start(Changed changed) override;
  void stop() override;
  Status set(const CampaignSwitch& value) override;

 private:
  Status begin_reading();
  Status read_to_end();
  void follow(std::stop_token stop);
  void take(const rd_kafka_message_t& message);

  const KafkaConfig config_;
  Changed changed_;
  Client client_;
  // Of start(), then of the following thread:
  CampaignSwitchMap switches_;
  bool following_ = false;

  std::mutex mutex_;
  std::condition_variable seen_changed_;
  std::set<std::string> awaited_;  // guarded by mutex_: changes of ours that we have not read yet
  std::jthread thread_;
};

}  // namespace sapa::kafka
