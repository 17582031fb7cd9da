#include "engine/cli/publish_target.h"

#include <chrono>

#include "connectors/http/http_client.h"
#include "connectors/kafka/config.h"
#include "connectors/kafka/publisher.h"

namespace sapa {
namespace {

class KafkaTarget final : public PublishTarget {
 public:
  explicit KafkaTarget(std::unique_ptr<kafka::KafkaPublisher> publisher)
      : publisher_(std::move(publisher)) {}

  Status publish(std::string_view key, std::string_view value, Timestamp time) override {
    return publisher_->publish(key, value, time);
  }
  void serve() override { publisher_->serve(); }
  Status flush(Duration timeout) override { return publisher_->flush(timeout); }
  uint64_t delivered() const override { return publisher_->delivered(); }
  uint64_t failed() const override { return publisher_->failed(); }

 private:
  std::unique_ptr<kafka::KafkaPublisher> publisher_;
};

/// Events go in batches, below the limits of POST /v1/batch; a batch is taken as a whole or not at
/// all.
class HttpTarget final : public PublishTarget {
 public:
  HttpTarget(std::string url, bool at_once) : url_(std::move(url)), at_once_(at_once) {}

  Status publish(std::string_view, std::string_view value, Timestamp) override {
    if (count_ > 0 && body_.size() + value.size() > kMostBytes) {
      if (Status sent = send(); !sent) return sent;
    }
    body_ += count_ == 0 ? "{\"batch\":[" : ",";
    body_ += value;
    if (++count_ == 1) first_at_ = Clock::now();
    return at_once_ || count_ >= kMostEvents ? send() : Status();
  }
  void serve() override {
    // Errors come again with the next publish() or flush().
    if (count_ > 0 && Clock::now() - first_at_ > kLongestWait) (void)send();
  }
  Status flush(Duration) override {
    if (Status sent = send(); !sent) return sent;
    return failure_;
  }
  uint64_t delivered() const override { return delivered_; }
  uint64_t failed() const override { return failed_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kMostBytes = 400'000;
  static constexpr uint64_t kMostEvents = 1000;
  static constexpr std::chrono::milliseconds kLongestWait{100};

  Status send() {
    if (count_ == 0) return {};
    auto answer = http_post(url_, "/v1/batch", body_ + "]}");
    if (!answer) return answer.error();
    (answer->status == 200 ? delivered_ : failed_) += count_;
    body_.clear();
    count_ = 0;
    if (answer->status == 200) return {};
    failure_ = user_error("the engine at " + url_ + " refused a batch with status " +
                          std::to_string(answer->status) + ": " + answer->body);
    return failure_;
  }

  std::string url_;
  bool at_once_;
  std::string body_;
  uint64_t count_ = 0, delivered_ = 0, failed_ = 0;
  Clock::time_point first_at_;
  Status failure_;
};

}  // namespace

Result<std::unique_ptr<PublishTarget>> open_publish_target(const PublishOptions& options) {
  bool paced = options.rate > 0 || options.speed > 0;
  if (!options.url.empty()) {
    return std::unique_ptr<PublishTarget>(std::make_unique<HttpTarget>(options.url, paced));
  }
  kafka::KafkaConfig config;
  config.bootstrap_servers = options.bootstrap_servers;
  config.options = options.kafka_options;
  if (Status checked = kafka::check_config(config); !checked) return checked.error();
  kafka::KafkaPublisher::Options publisher_options;
  publisher_options.bootstrap_servers = options.bootstrap_servers;
  publisher_options.topic = options.topic;
  publisher_options.options = kafka::options_for(config, kafka::ClientKind::kProducer);
  publisher_options.for_throughput = !paced;
  auto publisher = kafka::KafkaPublisher::open(publisher_options);
  if (!publisher) return publisher.error();
  return std::unique_ptr<PublishTarget>(std::make_unique<KafkaTarget>(std::move(*publisher)));
}

}  // namespace sapa
