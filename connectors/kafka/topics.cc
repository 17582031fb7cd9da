#include "connectors/kafka/topics.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/kafka/client.h"
#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kTimeoutMs = 15'000;
constexpr int kAnswerTimeoutMs = kTimeoutMs + 5000;
constexpr auto kVisiblePatience = std::chrono::seconds(30);
constexpr auto kPause = std::chrono::milliseconds(50);

struct Wanted {
  std::string name;
  Settings settings;
};

struct OptionsDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
};
struct NewTopicDeleter {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct ConfigResourceDeleter {
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
};

class Admin {
 public:
  explicit Admin(Client client, const KafkaConfig& config)
      : config_(config), client_(std::move(client)) {}

  /// 0 if there is none.
  Result<int32_t> partitions(const std::string& topic) {
    return partition_count(client_.get(), topic, kTimeoutMs);
  }

  Status create(const Wanted& wanted, int32_t partitions);
  Result<int32_t> wait_until_known(const std::string& topic);
  Result<std::string> topic_setting(const std::string& topic, const char* name);

 private:
  const KafkaConfig& config_;
  Client client_;
};

Status Admin::create(const Wanted& wanted, int32_t partitions) {
  const std::string doing = "making topic \"" + wanted.name + "\"";
  char reason[512];
  std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter> topic(rd_kafka_NewTopic_new(
      wanted.name.c_str(), partitions, config_.replication_factor, reason, sizeof reason));
  if (!topic) return user_error(doing + ": " + reason);
  for (const auto& [name, value] : wanted.settings) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter> options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, reason, sizeof reason);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kTimeoutMs, reason, sizeof reason);
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_CreateTopics(client_.get(), topics, 1, options.get(), queue.get());
  const auto answer = await_answer(queue.get(), kAnswerTimeoutMs, doing);
  if (!answer) return answer.error();
  size_t count = 0;
  const rd_kafka_topic_result_t** results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(answer->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    // Another process was quicker.
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {};
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return error_from(code, doing, rd_kafka_topic_result_error_string(results[i]));
    }
  }
  spdlog::info("made topic {} with {} partitions", wanted.name, partitions);
  return {};
}

/// Some brokers know a new topic a moment before the others, and any of them may answer.
Result<int32_t> Admin::wait_until_known(const std::string& topic) {
  const auto deadline = Clock::now() + kVisiblePatience;
  while (true) {
    auto count = partitions(topic);
    if (count && *count > 0) return *count;
    if (Clock::now() > deadline) {
      if (!count) return count.error();
      return environment_error("topic \"" + topic + "\" was made, but the brokers don't know it");
    }
    std::this_thread::sleep_for(kPause);
  }
}

Result<std::string> Admin::topic_setting(const std::string& topic, const char* name) {
  const std::string doing = "reading the settings of topic \"" + topic + "\"";
  std::unique_ptr<rd_kafka_ConfigResource_t, ConfigResourceDeleter> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter> options(
      rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  char reason[512];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, reason, sizeof reason);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_DescribeConfigs(client_.get(), resources, 1, options.get(), queue.get());
  const auto answer = await_answer(queue.get(), kAnswerTimeoutMs, doing);
  if (!answer) return answer.error();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer->get()), &count);
  if (count == 0) return environment_error(doing + ": no answer");
  if (rd_kafka_ConfigResource_error(found[0]) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return environment_error(doing + ": the broker does not know it yet");
  }
  if (rd_kafka_ConfigResource_error(found[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_from(rd_kafka_ConfigResource_error(found[0]), doing,
                      rd_kafka_ConfigResource_error_string(found[0]));
  }
  size_t entries = 0;
  const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(found[0], &entries);
  for (size_t i = 0; i < entries; ++i) {
    if (std::strcmp(rd_kafka_ConfigEntry_name(entry[i]), name) != 0) continue;
    const char* value = rd_kafka_ConfigEntry_value(entry[i]);
    return std::string(value ? value : "");
  }
  return std::string();
}

Status check_changelog(Admin& admin, const KafkaConfig& config, int32_t found, int32_t wanted) {
  const std::string& name = config.topics.changelog;
  if (found != wanted) {
    return user_error("the changelog topic \"" + name + "\" has " + std::to_string(found) +
                      " partitions, but the input topic \"" + config.topics.input + "\" has " +
                      std::to_string(wanted) +
                      ": they must be equal, since a customer's partition is the same in both. "
                      "Use another group (its state starts empty), or give the changelog another "
                      "name");
  }
  auto policy = admin.topic_setting(name, "cleanup.policy");
  const auto deadline = Clock::now() + kVisiblePatience;
  while (!policy && policy.error().retriable && Clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    policy = admin.topic_setting(name, "cleanup.policy");
  }
  if (!policy) {
    // Reading settings may be forbidden where everything else is allowed.
    spdlog::warn("cannot check that {} is compacted: {}", name, policy.error().message);
    return {};
  }
  if (policy->find("compact") != std::string::npos && policy->find("delete") == std::string::npos) {
    return {};
  }
  return user_error("the changelog topic \"" + name + "\" has cleanup.policy=" + *policy +
                    ", which would delete customers' state; set it to compact");
}

Status ensure_one(Admin& admin, const KafkaConfig& config, const Wanted& wanted, int32_t partitions,
                  std::vector<std::string>& missing) {
  auto found = admin.partitions(wanted.name);
  if (!found) return found.error();
  if (*found == 0) {
    if (!config.create_topics) {
      missing.push_back(wanted.name);
      return {};
    }
    if (Status status = admin.create(wanted, partitions); !status) return status;
    found = admin.wait_until_known(wanted.name);
    if (!found) return found.error();
  }
  if (wanted.name != config.topics.changelog) return {};
  return check_changelog(admin, config, *found, partitions);
}

Result<Admin> open_admin(const KafkaConfig& config) {
  auto client = make_client(RD_KAFKA_PRODUCER, admin_settings(config),
                            options_for(config, ClientKind::kAdmin));
  if (!client) return client.error();
  return Admin(std::move(*client), config);
}

}  // namespace

int64_t largest_record(const KafkaConfig& config, const std::string& topic) {
  constexpr int64_t kOverhead = 512;  // of a batch with one record in it
  auto admin = open_admin(config);
  if (!admin) return kUsualMaxBytes;
  auto text = admin->topic_setting(topic, "max.message.bytes");
  const int64_t limit = text ? std::atoll(text->c_str()) : 0;
  if (limit <= kOverhead) return kUsualMaxBytes;
  return std::min(limit, kLargestRecordBytes) - kOverhead;
}

Status ensure_topics(const KafkaConfig& config) {
  auto opened = open_admin(config);
  if (!opened) return opened.error();
  Admin& admin = *opened;
  std::vector<std::string> missing;
  const Topics& topics = config.topics;
  Status status = ensure_one(admin, config, {topics.input, {}}, config.partitions, missing);
  if (!status) return status;
  if (missing.empty()) {
    auto partitions = admin.wait_until_known(topics.input);
    if (!partitions) return partitions.error();
    const Wanted others[] = {{topics.triggers, output_topic_settings()},
                             {topics.decisions, output_topic_settings()},
                             {topics.dead_letters, dead_letter_topic_settings()},
                             {topics.changelog, changelog_topic_settings()}};
    for (const Wanted& wanted : others) {
      status = ensure_one(admin, config, wanted, *partitions, missing);
      if (!status) return status;
    }
    status = ensure_one(admin, config, {topics.control, control_topic_settings()}, 1, missing);
    if (!status) return status;
  }
  if (missing.empty()) return {};
  std::string names;
  for (const std::string& name : missing) names += (names.empty() ? "\"" : ", \"") + name + "\"";
  return user_error("missing Kafka topics: " + names +
                    "; create them, or let Sapa create its topics");
}

}  // namespace sapa::kafka
