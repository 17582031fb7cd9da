#include "connectors/kafka/restore.h"

#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

#include "connectors/kafka/changelog.h"
#include "connectors/kafka/errors.h"
#include "connectors/kafka/reader.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 5000;
// Longer than any open transaction lives (transaction.max.timeout.ms of the broker is 15 minutes at
// most by default, ours live a minute).
constexpr int kPatienceMs = 150'000;
constexpr auto kAskPatience = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr double kNewsEverySeconds = 5;
constexpr int64_t kRecordsPerLook = 1024;

double share_done(int64_t from, int64_t at, int64_t end) {
  return 100.0 * static_cast<double>(at - from) /
         static_cast<double>(std::max<int64_t>(1, end - from));
}

struct Bounds {
  int64_t first = 0;
  int64_t end = 0;
};

Result<Bounds> try_find_bounds(rd_kafka_t* client, const std::string& topic, int32_t partition) {
  std::vector<PartitionOffset> first{{partition, kFirstOffset}}, end{{partition, kEndOffset}};
  if (Status status = query_offsets(client, topic, first, kTimeoutMs); !status) {
    return status.error();
  }
  if (Status status = query_offsets(client, topic, end, kTimeoutMs); !status) {
    return status.error();
  }
  return Bounds{first[0].offset, end[0].offset};
}

// As uncommitted reading sees it: what a predecessor has written but not yet decided lies before
// this end.
Result<Bounds> find_bounds(const KafkaConfig& config, int32_t partition,
                           const std::stop_token& stop) {
  auto reader = TopicReader::open(config, /*read_committed=*/false);
  if (!reader) return reader.error();
  const auto deadline = std::chrono::steady_clock::now() + kAskPatience;
  while (true) {
    auto bounds = try_find_bounds(reader->client(), config.topics.changelog, partition);
    if (bounds || !bounds.error().retriable || stop.stop_requested() ||
        std::chrono::steady_clock::now() > deadline) {
      return bounds;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Status put_changelog_record(const rd_kafka_message_t& message, StateSink& sink) {
  const std::string_view key(static_cast<const char*>(message.key), message.key_len);
  const std::string_view value(static_cast<const char*>(message.payload), message.len);
  const int64_t position = message.offset + 1;
  if (key == kMetaKey) return sink.put_meta(value, position);
  if (!key.empty() && key.front() == kCustomerKey) {
    return sink.put_customer(key.substr(1), value, position);
  }
  return user_error("the changelog topic \"" + std::string(rd_kafka_topic_name(message.rkt)) +
                    "\" holds a record at partition " + std::to_string(message.partition) +
                    ", offset " + std::to_string(message.offset) +
                    " that no Sapa has written; give this engine a changelog topic of its own");
}

Status restore_changelog(const KafkaConfig& config, int32_t partition, int64_t from_position,
                         StateSink& sink, RestoreProgress& progress, std::stop_token stop) {
  const std::string& topic = config.topics.changelog;
  auto bounds = find_bounds(config, partition, stop);
  if (!bounds) return bounds.error();
  if (from_position > bounds->end) {
    return user_error("the store of partition " + std::to_string(partition) +
                      " stands at position " + std::to_string(from_position) + " of topic \"" +
                      topic + "\", which ends at " + std::to_string(bounds->end) +
                      ": the topic was made anew; delete the state folder");
  }
  const int64_t from = std::max(from_position, bounds->first);
  if (from >= bounds->end) return {};
  const auto began = std::chrono::steady_clock::now();
  auto reader = TopicReader::open(config, /*read_committed=*/true);
  if (!reader) return reader.error();
  progress.position = from;
  progress.end = bounds->end;
  int64_t records = 0, bytes = 0;
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  double next_news = kNewsEverySeconds;
  Status status = reader->read(
      topic, {{partition, from, bounds->end}}, kPatienceMs, stop,
      [&](const rd_kafka_message_t& message) {
        ++records;
        bytes += static_cast<int64_t>(message.key_len + message.len);
        if (records % kRecordsPerLook == 0) {
          progress.position.store(message.offset, std::memory_order_relaxed);
          progress.bytes.store(bytes, std::memory_order_relaxed);
          if (const double now = elapsed(); now > next_news) {
            next_news = now + kNewsEverySeconds;
            spdlog::info("partition {}: restoring from {}, {:.0f} % done, {:.1f} MB/s", partition,
                         topic, share_done(from, message.offset, bounds->end),
                         static_cast<double>(bytes) / 1e6 / now);
          }
        }
        return put_changelog_record(message, sink);
      });
  progress.position = status ? bounds->end : progress.position.load();
  progress.bytes = bytes;
  spdlog::info("partition {}: {} records, {:.1f} MB from {}, {:.2f} s", partition, records,
               static_cast<double>(bytes) / 1e6, topic, elapsed());
  return status;
}

}  // namespace sapa::kafka
