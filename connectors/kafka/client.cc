#include "connectors/kafka/client.h"

#include <cstring>

#include <spdlog/spdlog.h>

#include "connectors/kafka/errors.h"

namespace sapa::kafka {
namespace {

// librdkafka reports every attempt to reconnect; Health says it once, so most of its log is for
// debugging.
void log_line(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const char* name = client ? rd_kafka_name(client) : "librdkafka";
  const bool ignored_option = std::strstr(text, "will be ignored by this") != nullptr;
  if (level <= 2) {
    spdlog::error("{}: {}: {}", name, facility, text);
  } else if (std::strcmp(facility, "CONFWARN") == 0 && !ignored_option) {
    spdlog::warn("{}: {}", name, text);
  } else {
    spdlog::debug("{}: {}: {}", name, facility, text);
  }
}

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

}  // namespace

void Health::bad(const std::string& why) {
  {
    std::lock_guard lock(mutex_);
    if (!why_.empty()) return;
    why_ = why;
    good_ = false;
  }
  spdlog::warn("{}: {}; waiting for it to pass", who_, why);
}

void Health::good() {
  if (is_good()) return;
  {
    std::lock_guard lock(mutex_);
    why_.clear();
    good_ = true;
  }
  spdlog::info("{}: Kafka answers again", who_);
}

std::string Health::text() const {
  std::lock_guard lock(mutex_);
  return why_;
}

Result<Client> make_client(rd_kafka_type_t type, const Settings& settings,
                           const std::map<std::string, std::string>& passed,
                           const Callbacks& callbacks) {
  std::unique_ptr<rd_kafka_conf_t, ConfDeleter> conf(rd_kafka_conf_new());
  char reason[512];
  auto set = [&](const std::string& name, const std::string& value) -> Status {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof reason) ==
        RD_KAFKA_CONF_OK) {
      return {};
    }
    return user_error("the Kafka option \"" + name + "\": " + reason);
  };
  for (const auto& [name, value] : settings) {
    if (Status status = set(name, value); !status) return status.error();
  }
  for (const auto& [name, value] : passed) {
    if (Status status = set(name, value); !status) return status.error();
  }
  rd_kafka_conf_set_opaque(conf.get(), callbacks.opaque);
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  if (callbacks.rebalance) rd_kafka_conf_set_rebalance_cb(conf.get(), callbacks.rebalance);
  if (callbacks.delivered) rd_kafka_conf_set_dr_msg_cb(conf.get(), callbacks.delivered);
  if (callbacks.error) rd_kafka_conf_set_error_cb(conf.get(), callbacks.error);
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (!client) return user_error(std::string("cannot make a Kafka client: ") + reason);
  conf.release();  // the client's now
  return Client(client);
}

std::string option_of(rd_kafka_t* client, const char* name) {
  char value[512];
  size_t size = sizeof value;
  if (rd_kafka_conf_get(rd_kafka_conf(client), name, value, &size) != RD_KAFKA_CONF_OK) return {};
  return value;
}

Result<Handle<rd_kafka_event_t>> await_answer(rd_kafka_queue_t* queue, int timeout_ms,
                                              const std::string& doing) {
  Handle<rd_kafka_event_t> answer(rd_kafka_queue_poll(queue, timeout_ms));
  if (!answer) return error_from(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
  const rd_kafka_resp_err_t code = rd_kafka_event_error(answer.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return answer;
  return error_from(code, doing, rd_kafka_event_error_string(answer.get()));
}

// ListOffsets takes -1 and -2 in place of a time, and librdkafka hands them on; unlike
// rd_kafka_query_watermark_offsets this keeps to its timeout and asks for many partitions at once.
Status query_offsets(rd_kafka_t* client, const std::string& topic,
                     std::vector<PartitionOffset>& offsets, int timeout_ms) {
  if (offsets.empty()) return {};
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const PartitionOffset& at : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), at.partition)->offset = at.offset;
  }
  rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client, list.get(), timeout_ms);
  const std::string doing = "asking for offsets of topic \"" + topic + "\"";
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, doing);
  for (PartitionOffset& at : offsets) {
    const auto* found = rd_kafka_topic_partition_list_find(list.get(), topic.c_str(), at.partition);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(found->err, doing);
    if (found->offset < 0 && at.offset < 0) {
      return environment_error(doing + ": the broker gave no offset");
    }
    at.offset = found->offset;
  }
  return {};
}

Result<int32_t> partition_count(rd_kafka_t* client, const std::string& topic, int timeout_ms) {
  Handle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  if (!handle) return error_from(rd_kafka_last_error(), "topic \"" + topic + "\"");
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle.get(), &metadata, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return error_from(code, "asking for topic \"" + topic + "\"");
  }
  const rd_kafka_metadata_topic_t found = metadata->topics[0];
  int32_t count = found.partition_cnt;
  code = found.err;
  rd_kafka_metadata_destroy(metadata);
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return int32_t{0};
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_from(code, "topic \"" + topic + "\"");
  return count;
}

}  // namespace sapa::kafka
