#include "engine/cli/dead_letters.h"

#include <charconv>
#include <chrono>

#include "connectors/embedded/embedded_log.h"
#include "connectors/kafka/range.h"
#include "connectors/kafka/replay.h"
#include "engine/base/time.h"
#include "engine/cli/engine_parts.h"
#include "engine/customer/rocks_options.h"

namespace sapa {
namespace {

constexpr std::string_view kMark = "sapa-replayed";
constexpr std::string_view kReplayOf = "sapa-replay-of";

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  auto end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end;
}

std::string full_id(const DeadLetter& letter) { return letter.topic + "/" + letter.id(); }

class KafkaDeadLetters final : public DeadLetterLog {
 public:
  KafkaDeadLetters(kafka::KafkaConfig config, std::string topic)
      : config_(std::move(config)), topic_(std::move(topic)) {}

  Status begin_replay() override {
    auto producer = kafka::ReplayProducer::open(config_, topic_);
    if (!producer) return producer.error();
    producer_ = std::move(*producer);
    return {};
  }

  Status replay(const std::vector<DeadLetter>& letters, const std::string& to) override {
    std::vector<kafka::OutgoingRecord> records;
    std::vector<std::string> ids;
    ids.reserve(letters.size());
    const std::string time = format_rfc3339(system_time());
    for (const DeadLetter& letter : letters) {
      ids.push_back(full_id(letter));
      kafka::OutgoingRecord& record = records.emplace_back();
      record.topic = to.empty() ? letter.topic : to;
      // The customer's shard is the one that the record came to, whatever its key says.
      if (record.topic == letter.topic) {
        auto partitions = partitions_of(record.topic);
        if (!partitions) return partitions.error();
        if (letter.partition < *partitions) record.partition = letter.partition;
      }
      record.key = letter.key;
      record.value = letter.value;
      for (const auto& [name, value] : letter.headers) record.headers.push_back({name, value});
      record.headers.push_back({kReplayOf, ids.back()});
      kafka::OutgoingRecord& mark = records.emplace_back();
      mark.topic = topic_;
      mark.key = letter.key;
      mark.headers = {{kMark, ids.back()}, {"sapa-time", time}};
    }
    return producer_->put(records);
  }

 private:
  Status read_records(const Found& found) override {
    return kafka::read_range(config_, topic_, {}, [&](const InputItem& item) {
      return found(item.record.key, item.record.value, item.record.headers);
    });
  }

  Result<int32_t> partitions_of(const std::string& topic) {
    if (partitions_.first != topic) {
      auto count = producer_->partitions(topic);
      if (!count) return count.error();
      if (*count == 0) {
        return user_error("there is no topic \"" + topic + "\" any more; name another with --to");
      }
      partitions_ = {topic, *count};
    }
    return partitions_.second;
  }

  kafka::KafkaConfig config_;
  std::string topic_;
  std::unique_ptr<kafka::ReplayProducer> producer_;
  std::pair<std::string, int32_t> partitions_;
};

class EmbeddedDeadLetters final : public DeadLetterLog {
 public:
  explicit EmbeddedDeadLetters(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  Status begin_replay() override {
    auto log = EmbeddedLog::open(resources_, state_dir_ + "/log");
    if (!log) return log.error();
    log_ = std::move(*log);
    return {};
  }

  Status replay(const std::vector<DeadLetter>& letters, const std::string&) override {
    std::vector<IncomingEvent> events;
    std::vector<std::string> ids;
    std::vector<Header> headers;
    std::vector<OutputRecord> marks;
    headers.reserve(letters.size());
    ids.reserve(letters.size());
    for (const DeadLetter& letter : letters) {
      events.push_back({letter.key, letter.value});
      ids.push_back(full_id(letter));
      headers.push_back({kMark, ids.back()});
      marks.push_back({Stream::kDeadLetters, letter.key, {}, {&headers.back(), 1}, system_time()});
    }
    return log_->append_with(std::move(events), marks);
  }

 private:
  Status read_records(const Found& found) override {
    std::shared_ptr<EmbeddedLog> log = log_;
    if (!log) {
      auto opened = EmbeddedLog::open_read_only(resources_, state_dir_ + "/log");
      if (!opened) return opened.error();
      log = std::move(*opened);
    }
    return log->read_dead_letters([&](uint64_t, const OutputRecord& record) {
      return found(record.key, record.value, record.headers);
    });
  }

  std::string state_dir_;
  std::shared_ptr<RocksResources> resources_ = std::make_shared<RocksResources>();
  std::shared_ptr<EmbeddedLog> log_;
};

}  // namespace

bool read_dead_letter(std::string_view key, std::string_view value, std::span<const Header> headers,
                      DeadLetter& out) {
  out = {};
  bool has_partition = false, has_offset = false;
  for (const Header& header : headers) {
    if (header.name == "sapa-reason") {
      out.reason = header.value;
    } else if (header.name == "sapa-code") {
      out.code = header.value;
    } else if (header.name == "sapa-topic") {
      out.topic = header.value;
    } else if (header.name == "sapa-partition") {
      has_partition = read_number(header.value, out.partition);
    } else if (header.name == "sapa-offset") {
      has_offset = read_number(header.value, out.offset);
    } else if (header.name == "sapa-time") {
      out.time = header.value;
    } else if (header.name == "sapa-cut-from") {
      (void)read_number(header.value, out.cut_from);
    } else if (header.name != kReplayOf) {
      out.headers.emplace_back(header.name, header.value);
    }
  }
  out.key = key;
  out.value = value;
  return has_partition && has_offset;
}

std::string_view marked(std::span<const Header> headers) {
  for (const Header& header : headers) {
    if (header.name == kMark) return header.value;
  }
  return {};
}

// Twice over all: a mark may stand on another partition than its dead letter, and far behind it.
Status DeadLetterLog::read(const std::function<Status(const DeadLetter&)>& found) {
  std::set<std::string, std::less<>> done;
  Status status = read_records([&](std::string_view, std::string_view, auto headers) -> Status {
    if (std::string_view id = marked(headers); !id.empty()) done.emplace(id);
    return {};
  });
  if (!status) return status;
  DeadLetter letter;
  return read_records([&](std::string_view key, std::string_view value, auto headers) -> Status {
    if (!marked(headers).empty() || !read_dead_letter(key, value, headers, letter)) return {};
    letter.replayed = done.contains(full_id(letter));
    return found(letter);
  });
}

std::unique_ptr<DeadLetterLog> dead_letters_on_kafka(kafka::KafkaConfig config, std::string topic) {
  return std::make_unique<KafkaDeadLetters>(std::move(config), std::move(topic));
}

std::unique_ptr<DeadLetterLog> dead_letters_in_folder(std::string state_dir) {
  return std::make_unique<EmbeddedDeadLetters>(std::move(state_dir));
}

}  // namespace sapa
