// A shard over a store in memory, fed by hand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "engine/customer/lent_store.h"
#include "engine/customer/memory_store.h"
#include "engine/runtime/shard.h"
#include "engine/workspace/loader.h"

namespace sapa {

inline std::shared_ptr<const Workspace> workspace_of(const std::string& text) {
  LoadedWorkspace loaded = load_workspace_texts({{"test.yaml", text}});
  for (const Finding& finding : loaded.findings) {
    if (loaded.workspace == nullptr) ADD_FAILURE() << to_string(finding);
  }
  return loaded.workspace;
}

/// 2026-03-02T00:00:00Z and so many seconds.
inline Timestamp at_second(int64_t second) { return Timestamp{1'772'409'600'000 + second * 1000}; }

inline std::string track(const std::string& user, const std::string& event, Timestamp time,
                         const std::string& message_id, const std::string& properties = "{}") {
  return R"({"type":"track","event":")" + event + R"(","userId":")" + user + R"(","messageId":")" +
         message_id + R"(","timestamp":")" + format_rfc3339(time) + R"(","properties":)" +
         properties + "}";
}

inline InputItem record_item(int64_t offset, std::string_view value, Timestamp received,
                             std::string_view key = {}) {
  InputItem item;
  item.offset = offset;
  item.record.value = value;
  item.record.key = key;
  item.record.received = received;
  return item;
}

inline std::unique_ptr<Epoch> epoch_number(uint64_t number) {
  auto epoch = std::make_unique<Epoch>();
  epoch->number = number;
  return epoch;
}

/// "campaign user time" of every trigger among the outputs.
inline std::vector<std::string> triggers_of(const std::vector<OutputRecord>& outputs) {
  std::vector<std::string> lines;
  Arena arena;
  JsonReader reader;
  for (const OutputRecord& record : outputs) {
    if (record.stream != Stream::kTriggers) continue;
    Value trigger = *reader.read(record.value, arena);
    lines.push_back(std::string(trigger.field("campaign").as_string()) + " " +
                    std::string(trigger.field("userId").as_string()) + " " +
                    std::string(trigger.field("time").as_string()));
  }
  return lines;
}

}  // namespace sapa
