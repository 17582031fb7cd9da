// Follows the committed changelog of several partitions with one consumer, outside of any group;
// the group is only asked who is in it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/reader.h"
#include "engine/ports/changelog_tail.h"

namespace sapa::kafka {

class KafkaChangelogTail final : public ChangelogTail {
 public:
  static Result<std::unique_ptr<KafkaChangelogTail>> open(const KafkaConfig& config);

  Result<std::vector<int32_t>> candidates(int replicas) override;
  Status follow(std::span<const Position> positions) override;
  Status poll(Duration timeout, const std::function<StateSink&(int32_t)>& sink_of,
              const std::function<void(int32_t, const Error&)>& failed) override;
  int64_t lag(int32_t partition) const override;

 private:
  KafkaChangelogTail(const KafkaConfig& config, TopicReader reader);
  Result<std::vector<std::string>> instances();

  const KafkaConfig config_;
  TopicReader reader_;
  std::map<int32_t, int64_t> next_;  ///< of the followed partitions; -1: not known yet
  std::vector<rd_kafka_message_t*> messages_;
};

/// Of `partitions`, those for which `own` is among the first `replicas` + 1 of all `instances`,
/// each partition having an order of its own (rendezvous hashing: when an instance comes or goes,
/// only what it stood for moves). With no more than `replicas` others, that is all of them.
std::vector<int32_t> standby_candidates(int32_t partitions, const std::string& own,
                                        const std::vector<std::string>& instances, int replicas);

/// The instance in a static member's id: "<instance>-<worker>-<36 characters>". Empty if it is
/// none.
std::string instance_of_member(std::string_view member_id);

}  // namespace sapa::kafka
