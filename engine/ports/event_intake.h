// The way in for events that do not come from Kafka: the HTTP side hands them over, the log keeps
// them. Absent when the engine reads from Kafka, since producers publish there directly.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace sapa {

struct IncomingEvent {
  std::string customer_id;  ///< chooses the partition, as Kafka's default partitioner does
  std::string value;        ///< one message as the decoder reads it
};

class EventIntake {
 public:
  virtual ~EventIntake() = default;

  /// Takes all of `events` or none. `done` is called once, on a thread of the log's, when they are
  /// as durable as the log was told to make them, or with the reason why they were not taken. It
  /// must return quickly. Any thread may call.
  virtual void append(std::vector<IncomingEvent> events, std::function<void(Status)> done) = 0;
};

}  // namespace sapa
