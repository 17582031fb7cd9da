// What a shard was told, in order, between two epochs: all that its outputs may depend on. A
// committed epoch carries it, so that a second shard can be told the same and must do the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/ports/log.h"
#include "engine/runtime/rules.h"

namespace sapa::simulation {

struct Told {
  enum class Kind : uint8_t { kRecord, kReadTo, kEnd, kFireTimers, kRules };
  Kind kind = Kind::kRecord;
  int64_t offset = 0;
  Timestamp time;                      ///< the wall clock at that moment; for kEnd as_of
  std::shared_ptr<const Rules> rules;  ///< for kRules: decide by these from now on
};

/// By partition.
using History = std::map<int32_t, std::vector<Told>>;

/// An output as text, so that two can be compared: its stream, key, headers and value.
inline std::string output_text(const OutputRecord& record) {
  static const char* kStreams[] = {"trigger", "decision", "dead letter"};
  std::string text = kStreams[static_cast<int>(record.stream)];
  text.append(" ").append(record.key);
  for (const Header& header : record.headers) {
    text.append(" ").append(header.name).append("=").append(header.value);
  }
  return text.append(" ").append(record.value);
}

}  // namespace sapa::simulation
