// Dead letters as `sapa dlq` sees them: read from the topic or the embedded log, and put back onto
// the input. What has been put back is marked where the dead letters are, in the same transaction
// (or write), so a replay can be repeated, also after it was cut short, and puts nothing back
// twice.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka/config.h"
#include "engine/base/result.h"
#include "engine/ports/log.h"

namespace sapa {

struct DeadLetter {
  std::string topic;  ///< the input's
  int32_t partition = 0;
  int64_t offset = 0;
  std::string code, reason, time;
  std::string key, value;
  std::vector<std::pair<std::string, std::string>> headers;  ///< the record's own
  uint64_t cut_from = 0;  ///< the value's size if it was too large to be kept whole; else 0
  bool replayed = false;

  /// "PARTITION/OFFSET" of the input record: names the dead letter.
  std::string id() const { return std::to_string(partition) + "/" + std::to_string(offset); }
};

/// A dead letter from a record and its headers; false if it is none (a mark, or somebody else's).
bool read_dead_letter(std::string_view key, std::string_view value, std::span<const Header> headers,
                      DeadLetter& out);
/// What a mark says was put back: "TOPIC/PARTITION/OFFSET"; empty if the record is no mark.
std::string_view marked(std::span<const Header> headers);

class DeadLetterLog {
 public:
  virtual ~DeadLetterLog() = default;

  /// Every dead letter in order. An error from `found` ends the reading and is returned.
  Status read(const std::function<Status(const DeadLetter&)>& found);

  /// Puts them back onto `to` (empty: the topic that they came from), all or none. After
  /// begin_replay().
  virtual Status replay(const std::vector<DeadLetter>& letters, const std::string& to) = 0;
  /// From now on no other process's replay of the same dead letters succeeds.
  virtual Status begin_replay() = 0;

 protected:
  using Found =
      std::function<Status(std::string_view key, std::string_view value, std::span<const Header>)>;
  virtual Status read_records(const Found& found) = 0;
};

std::unique_ptr<DeadLetterLog> dead_letters_on_kafka(kafka::KafkaConfig config, std::string topic);

/// Of a state folder. Replaying needs it to itself: stop the engine first.
std::unique_ptr<DeadLetterLog> dead_letters_in_folder(std::string state_dir);

}  // namespace sapa
