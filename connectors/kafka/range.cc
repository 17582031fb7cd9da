#include "connectors/kafka/range.h"

#include "connectors/kafka/errors.h"
#include "connectors/kafka/message.h"
#include "connectors/kafka/reader.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr int kPatienceMs = 60'000;

// A time after all records means the end.
Status resolve(rd_kafka_t* client, const std::string& topic, int64_t what,
               const std::vector<PartitionOffset>& ends, std::vector<PartitionOffset>& offsets) {
  offsets = ends;
  for (PartitionOffset& at : offsets) at.offset = what;
  if (Status status = query_offsets(client, topic, offsets, kTimeoutMs); !status) return status;
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i].offset < 0 || offsets[i].offset > ends[i].offset) {
      offsets[i].offset = ends[i].offset;
    }
  }
  return {};
}

Result<std::vector<ReadSpan>> find_spans(rd_kafka_t* client, const std::string& topic,
                                         const TimeRange& range) {
  auto count = partition_count(client, topic, kTimeoutMs);
  if (!count) return count.error();
  if (*count == 0) return user_error("there is no topic \"" + topic + "\"");
  std::vector<PartitionOffset> ends, starts, stops;
  for (int32_t partition = 0; partition < *count; ++partition) {
    ends.push_back({partition, kEndOffset});
  }
  if (Status status = query_offsets(client, topic, ends, kTimeoutMs); !status) {
    return status.error();
  }
  Status status = resolve(client, topic, range.from ? range.from->ms : kFirstOffset, ends, starts);
  if (!status) return status.error();
  stops = ends;
  if (range.to) {
    status = resolve(client, topic, range.to->ms, ends, stops);
    if (!status) return status.error();
  }
  std::vector<ReadSpan> spans;
  for (size_t i = 0; i < ends.size(); ++i) {
    spans.push_back({ends[i].partition, starts[i].offset, stops[i].offset});
  }
  return spans;
}

}  // namespace

Status read_range(const KafkaConfig& config, const std::string& topic, const TimeRange& range,
                  const std::function<Status(const InputItem&)>& found) {
  auto reader = TopicReader::open(config, /*read_committed=*/true);
  if (!reader) return reader.error();
  auto spans = find_spans(reader->client(), topic, range);
  if (!spans) return spans.error();
  std::vector<Header> headers;
  return reader->read(topic, std::move(*spans), kPatienceMs, std::stop_token(),
                      [&](const rd_kafka_message_t& message) {
                        InputItem item;
                        item.partition = message.partition;
                        item.offset = message.offset;
                        item.record = record_of(message);
                        headers.clear();
                        append_headers(message, headers);
                        item.record.headers = headers;
                        return found(item);
                      });
}

}  // namespace sapa::kafka
