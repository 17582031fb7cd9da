#include "connectors/kafka/heir.h"

#include <algorithm>
#include <optional>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 5000;
constexpr auto kFencingTimeout = std::chrono::seconds(10);

struct ListDeleter {
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* wanted) const {
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
  }
};

}  // namespace

Heir::Heir(const KafkaConfig& config, std::string who, std::string own_transactions,
           rd_kafka_t* member)
    : config_(config),
      who_(std::move(who)),
      own_transactions_(std::move(own_transactions)),
      member_(member) {}

Status Heir::settle(const rd_kafka_topic_partition_list_t* partitions) {
  const auto owners = owners_of(partitions);
  if (!owners) return owners.error();
  if (owners->empty()) return {};
  const auto alive = living(*owners);
  if (!alive) return alive.error();
  std::set<std::string> dead;
  for (const Owner& owner : *owners) {
    if (!alive->contains(owner.transactions_name)) dead.insert(owner.transactions_name);
  }
  return end_transactions({dead.begin(), dead.end()});
}

/// Each once, without ourselves. Unlike the offsets' own question this one doesn't wait for
/// transactions that are still open: it gives the last ones that were committed.
Result<std::vector<Owner>> Heir::owners_of(const rd_kafka_topic_partition_list_t* partitions) {
  constexpr const char* kDoing = "asking who owned the partitions";
  std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, ListDeleter> wanted(
      rd_kafka_ListConsumerGroupOffsets_new(config_.group.c_str(), partitions));
  rd_kafka_ListConsumerGroupOffsets_t* one = wanted.get();
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(member_));
  rd_kafka_ListConsumerGroupOffsets(member_, &one, 1, nullptr, queue.get());
  const auto event = await_answer(queue.get(), kTimeoutMs, kDoing);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event->get()), &count);
  std::vector<Owner> owners;
  for (size_t i = 0; i < count; ++i) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[i])) {
      return error_from(rd_kafka_error_code(error), kDoing, rd_kafka_error_string(error));
    }
    const rd_kafka_topic_partition_list_t* found = rd_kafka_group_result_partitions(groups[i]);
    for (int p = 0; found && p < found->cnt; ++p) {
      const rd_kafka_topic_partition_t& at = found->elems[p];
      auto owner = owner_from({static_cast<const char*>(at.metadata), at.metadata_size});
      if (!owner || owner->transactions_name == own_transactions_) continue;
      const auto same = [&](const Owner& known) {
        return known.transactions_name == owner->transactions_name &&
               known.member_id == owner->member_id;
      };
      if (std::none_of(owners.begin(), owners.end(), same)) owners.push_back(std::move(*owner));
    }
  }
  return owners;
}

/// The names of those that are members, by their id or, for one that has come back, its name.
Result<std::set<std::string>> Heir::living(const std::vector<Owner>& owners) {
  constexpr const char* kDoing = "asking who is in the group";
  const char* group = config_.group.c_str();
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(member_));
  rd_kafka_DescribeConsumerGroups(member_, &group, 1, nullptr, queue.get());
  const auto event = await_answer(queue.get(), kTimeoutMs, kDoing);
  if (!event) return event.error();
  size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** groups =
      rd_kafka_DescribeConsumerGroups_result_groups(
          rd_kafka_event_DescribeConsumerGroups_result(event->get()), &count);
  std::set<std::string> names;
  size_t members = 0;
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(groups[i]);
    if (error && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return error_from(rd_kafka_error_code(error), kDoing, rd_kafka_error_string(error));
    }
    const size_t here = rd_kafka_ConsumerGroupDescription_member_count(groups[i]);
    members += here;
    for (size_t m = 0; m < here; ++m) {
      const auto* member = rd_kafka_ConsumerGroupDescription_member(groups[i], m);
      const std::string id = rd_kafka_MemberDescription_consumer_id(member);
      const char* instance = rd_kafka_MemberDescription_group_instance_id(member);
      if (instance) names.insert(transactions_prefix(config_) + "-" + instance);
      for (const Owner& owner : owners) {
        if (owner.member_id == id) names.insert(owner.transactions_name);
      }
    }
  }
  // We are one ourselves.
  if (members == 0) return environment_error(std::string(kDoing) + ": the broker named nobody");
  return names;
}

Status Heir::end_transactions(const std::vector<std::string>& names) {
  std::vector<Status> outcomes(names.size());
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < names.size(); ++i) {
    threads.emplace_back([this, name = names[i], &outcome = outcomes[i]] {
      for (const std::string& id : transactional_ids(name)) {
        auto client = start_transactions(config_, id, {}, kFencingTimeout);
        if (!client) outcome = client.error();
      }
    });
  }
  threads.clear();
  for (size_t i = 0; i < names.size(); ++i) {
    if (!outcomes[i]) return std::move(outcomes[i]);
    spdlog::info("{}: ended what {} may have left open; it is not in the group any more", who_,
                 names[i]);
  }
  return {};
}

}  // namespace sapa::kafka
