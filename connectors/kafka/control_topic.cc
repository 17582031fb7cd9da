#include "connectors/kafka/control_topic.h"

#include <chrono>
#include <random>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/kafka/errors.h"
#include "connectors/kafka/publisher.h"
#include "engine/ports/campaign_switch_json.h"

namespace sapa::kafka {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kStartPatience = std::chrono::seconds(60);
/// It was made a moment ago, perhaps, and not every broker has heard of it.
constexpr auto kNewTopicPatience = std::chrono::seconds(10);
constexpr auto kSeenPatience = std::chrono::seconds(5);
constexpr Duration kWritePatience = seconds(10);
constexpr int kPollMs = 100;

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

/// Unlike any other change's, of whatever process.
std::string new_change() {
  std::random_device device;
  std::string text;
  for (int i = 0; i < 4; ++i) text += std::to_string(device()) + (i < 3 ? "-" : "");
  return text;
}

}  // namespace

Status ControlTopic::start(Changed changed) {
  auto client = make_client(RD_KAFKA_CONSUMER, reader_settings(config_, /*read_committed=*/false),
                            options_for(config_, ClientKind::kConsumer));
  if (!client) return client.error();
  client_ = std::move(*client);
  rd_kafka_poll_set_consumer(client_.get());
  if (Status begun = begin_reading(); !begun) return begun;
  changed_ = std::move(changed);
  if (Status read = read_to_end(); !read) return read;
  changed_(switches_);
  thread_ = std::jthread([this](std::stop_token stop) { follow(stop); });
  return {};
}

void ControlTopic::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Status ControlTopic::begin_reading() {
  PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), config_.topics.control.c_str(), 0)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return error_from(code, "reading topic \"" + config_.topics.control + "\"");
}

Status ControlTopic::read_to_end() {
  const std::string doing = "reading topic \"" + config_.topics.control + "\"";
  const auto began = Clock::now();
  while (Clock::now() < began + kStartPatience) {
    Message message(rd_kafka_consumer_poll(client_.get(), kPollMs));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      take(*message);
    } else if (topic_is_missing(message->err) && Clock::now() < began + kNewTopicPatience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      if (Status begun = begin_reading(); !begun) return begun;
    } else if (!passes(message->err)) {
      return error_from(message->err, doing, rd_kafka_message_errstr(message.get()));
    }
  }
  return environment_error(doing + ": its end was not reached");
}

void ControlTopic::follow(std::stop_token stop) {
  following_ = true;
  while (!stop.stop_requested()) {
    Message message(rd_kafka_consumer_poll(client_.get(), kPollMs));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      take(*message);
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && !passes(message->err)) {
      spdlog::warn("following {}: {}", config_.topics.control,
                   rd_kafka_message_errstr(message.get()));
    }
  }
}

void ControlTopic::take(const rd_kafka_message_t& message) {
  Arena arena;
  CampaignSwitch value;
  std::string_view text(static_cast<const char*>(message.payload), message.len);
  auto json = JsonReader().read(text, arena);
  if (!json || !read_switch(*json, value)) {
    spdlog::warn("{}: the record at offset {} is no campaign's switch; passed over",
                 config_.topics.control, message.offset);
    return;
  }
  if (value.killed) {
    switches_[value.campaign] = value;
  } else {
    switches_.erase(value.campaign);
  }
  // While the topic is read for the first time, its end is told at once.
  if (following_) changed_(switches_);
  std::lock_guard lock(mutex_);
  Value change = json->field("change");
  if (change.is(Kind::kString) && awaited_.erase(std::string(change.as_string())) > 0) {
    seen_changed_.notify_all();
  }
}

Status ControlTopic::set(const CampaignSwitch& value) {
  std::string change = new_change();
  {
    std::lock_guard lock(mutex_);
    awaited_.insert(change);
  }
  KafkaPublisher::Options options;
  options.bootstrap_servers = config_.bootstrap_servers;
  options.topic = config_.topics.control;
  options.options = options_for(config_, ClientKind::kProducer);
  options.for_throughput = false;
  auto publisher = KafkaPublisher::open(options);
  Status written = publisher ? (*publisher)->publish(value.campaign, to_json(value, change), {})
                             : Status(publisher.error());
  if (written) written = (*publisher)->flush(kWritePatience);
  std::unique_lock lock(mutex_);
  if (!written) {
    awaited_.erase(change);
    return written;
  }
  if (seen_changed_.wait_for(lock, kSeenPatience, [&] { return !awaited_.contains(change); })) {
    return {};
  }
  awaited_.erase(change);
  return environment_error("the switch is written to topic \"" + config_.topics.control +
                           "\", but this process has not read it back yet");
}

}  // namespace sapa::kafka
