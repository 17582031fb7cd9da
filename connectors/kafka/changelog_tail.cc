#include "connectors/kafka/changelog_tail.h"

#include <algorithm>

#include "connectors/kafka/changelog.h"
#include "connectors/kafka/errors.h"
#include "engine/base/hash.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 5000;
constexpr size_t kBatch = 2000;
constexpr size_t kUuidLength = 36;

struct GroupListDeleter {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

}  // namespace

std::string instance_of_member(std::string_view member_id) {
  if (member_id.size() < kUuidLength + 1) return {};
  std::string_view name = member_id.substr(0, member_id.size() - kUuidLength - 1);
  const size_t dash = name.rfind('-');
  return dash == std::string_view::npos ? std::string() : std::string(name.substr(0, dash));
}

std::vector<int32_t> standby_candidates(int32_t partitions, const std::string& own,
                                        const std::vector<std::string>& instances, int replicas) {
  std::vector<int32_t> chosen;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    const std::string suffix = "/" + std::to_string(partition);
    const uint64_t mine = hash64(own + suffix);
    const auto ahead =
        std::count_if(instances.begin(), instances.end(), [&](const std::string& instance) {
          return instance != own && hash64(instance + suffix) > mine;
        });
    if (ahead <= replicas) chosen.push_back(partition);
  }
  return chosen;
}

KafkaChangelogTail::KafkaChangelogTail(const KafkaConfig& config, TopicReader reader)
    : config_(config), reader_(std::move(reader)), messages_(kBatch) {}

Result<std::unique_ptr<KafkaChangelogTail>> KafkaChangelogTail::open(const KafkaConfig& config) {
  auto reader = TopicReader::open(config, /*read_committed=*/true);
  if (!reader) return reader.error();
  return std::unique_ptr<KafkaChangelogTail>(new KafkaChangelogTail(config, std::move(*reader)));
}

Result<std::vector<std::string>> KafkaChangelogTail::instances() {
  const rd_kafka_group_list* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_list_groups(reader_.client(), config_.group.c_str(), &raw, kTimeoutMs);
  std::unique_ptr<const rd_kafka_group_list, GroupListDeleter> list(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_from(code, "asking who is in group \"" + config_.group + "\"");
  }
  std::vector<std::string> found;
  for (int g = 0; g < list->group_cnt; ++g) {
    const rd_kafka_group_info& group = list->groups[g];
    for (int m = 0; m < group.member_cnt; ++m) {
      std::string instance = instance_of_member(group.members[m].member_id);
      if (!instance.empty()) found.push_back(std::move(instance));
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Result<std::vector<int32_t>> KafkaChangelogTail::candidates(int replicas) {
  auto count = partition_count(reader_.client(), config_.topics.changelog, kTimeoutMs);
  if (!count) return count.error();
  auto others = instances();
  if (!others) return others.error();
  return standby_candidates(*count, config_.instance, *others, replicas);
}

Status KafkaChangelogTail::follow(std::span<const Position> positions) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()) + 1));
  std::map<int32_t, int64_t> next;
  for (const Position& position : positions) {
    rd_kafka_topic_partition_list_add(list.get(), config_.topics.changelog.c_str(),
                                      position.partition)
        ->offset = position.position < 0 ? RD_KAFKA_OFFSET_BEGINNING : position.position;
    next[position.partition] = position.position;
  }
  next_ = std::move(next);
  const rd_kafka_resp_err_t code = rd_kafka_assign(reader_.client(), list.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return error_from(code, "following topic \"" + config_.topics.changelog + "\"");
}

Status KafkaChangelogTail::poll(Duration timeout, const std::function<StateSink&(int32_t)>& sink_of,
                                const std::function<void(int32_t, const Error&)>& failed) {
  const std::string doing = "following topic \"" + config_.topics.changelog + "\"";
  const size_t count = reader_.take(static_cast<int>(timeout.ms), messages_);
  Status status;
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_message_t& message = *messages_[i];
    auto next = next_.find(message.partition);
    if (next == next_.end()) continue;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (message.offset < next->second) continue;
      next->second = message.offset + 1;
      if (Status put = put_changelog_record(message, sink_of(message.partition)); !put) {
        next_.erase(next);
        failed(message.partition, put.error());
      }
    } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      next->second = std::max<int64_t>(next->second, message.offset);
    } else if (status && !passes(message.err)) {
      status = error_from(message.err, doing, rd_kafka_message_errstr(&message));
    }
  }
  for (size_t i = 0; i < count; ++i) rd_kafka_message_destroy(messages_[i]);
  return status;
}

int64_t KafkaChangelogTail::lag(int32_t partition) const {
  auto next = next_.find(partition);
  int64_t low = 0, high = 0;
  if (next == next_.end() ||
      rd_kafka_get_watermark_offsets(reader_.client(), config_.topics.changelog.c_str(), partition,
                                     &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      high < 0) {
    return -1;
  }
  return std::max<int64_t>(0, high - std::max(low, next->second));
}

}  // namespace sapa::kafka
