// The bytes of the embedded log's keys and values. Numbers are big-endian, so that byte order is
// their order.
//
// Column families (format 1):
//   default       "format" → "1"; "partitions" → decimal;
//                 "shard/" partition:2 → next input offset:8, the shard's own bytes;
//                 "last/" stream's name → newest sequence number:8
//   events        partition:2 offset:8 → received ms:8, key length:4, key, value
//   triggers, decisions, dead_letters
//                 sequence number:8 → time ms:8, stored ms:8, key length:4, key, header count:4,
//                 for each header (name length:4, name, value length:4, value), then the value
//   customers     partition:2 customer id → the record (engine/customer/customer_codec.h)
//   timers        partition:2 timer key (engine/customer/timer_key.h) → empty
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/ports/log.h"

namespace sapa::embedded {

inline constexpr const char* kLogFormat = "1";
inline constexpr int kStreams = 3;
inline constexpr Stream kAllStreams[kStreams] = {Stream::kTriggers, Stream::kDecisions,
                                                 Stream::kDeadLetters};

/// "triggers", "decisions", "dead_letters": also the column family's name.
const char* stream_name(Stream stream);

void append_partition(int32_t partition, std::string& out);
/// The first key after all that begin with this partition's prefix.
std::string partition_end(int32_t partition);
inline constexpr size_t kPartitionBytes = 2;

std::string shard_key(int32_t partition);
std::string last_seq_key(Stream stream);
std::string event_key(int32_t partition, int64_t offset);
std::string number_key(uint64_t number);

struct StoredEvent {
  Timestamp received{0};
  std::string_view key;
  std::string_view value;
};
void append_event(const StoredEvent& event, std::string& out);
bool read_event(std::string_view bytes, StoredEvent& out);

struct StoredOutput {
  Timestamp time{0};
  Timestamp stored{0};
  std::string_view key;
  std::string_view value;
};
void append_output(const OutputRecord& record, Timestamp stored, std::string& out);
/// Headers are skipped unless asked for.
bool read_output(std::string_view bytes, StoredOutput& out, std::vector<Header>* headers = nullptr);

}  // namespace sapa::embedded
