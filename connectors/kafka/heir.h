// Ends what a dead owner of partitions has left open.
//
// A member that is killed within a transaction keeps its partitions' offsets undecided, and readers
// of its outputs waiting, until the transaction times out and the coordinator looks (30 s with our
// settings). One that comes back under the same name ends it at once, another one can't, since it
// doesn't know the transactional id. So every owner puts its name beside the offsets that it
// commits. An heir that finds a name which is no member of the group any more starts transactions
// under it: the coordinator then aborts what is open, and should the owner only have been asleep,
// it commits nothing when it wakes up.
//
// An owner that is killed within the very first transaction after it took a partition has not yet
// put its name there; then only the timeout helps.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/transactions.h"

namespace sapa::kafka {

class Heir {
 public:
  /// `member` is the group's consumer, and outlives the heir.
  Heir(const KafkaConfig& config, std::string who, std::string own_transactions,
       rd_kafka_t* member);

  /// Before the offsets of `partitions` are asked for. Blocks for some 10 ms if there are other
  /// owners, for some 100 ms if one of them is dead. After an error all is as it was.
  Status settle(const rd_kafka_topic_partition_list_t* partitions);

 private:
  Result<std::vector<Owner>> owners_of(const rd_kafka_topic_partition_list_t* partitions);
  Result<std::set<std::string>> living(const std::vector<Owner>& owners);
  Status end_transactions(const std::vector<std::string>& names);

  const KafkaConfig& config_;
  const std::string who_;
  const std::string own_transactions_;
  rd_kafka_t* member_;
};

}  // namespace sapa::kafka
