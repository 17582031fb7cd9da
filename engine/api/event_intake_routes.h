// POST /v1/track and its kin: bodies in, events to the log, `{"success": true}` once they are kept.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/api/http.h"
#include "engine/api/segment_body.h"
#include "engine/ports/event_intake.h"

namespace sapa {

/// Thread-safe.
class EventIntakeRoutes {
 public:
  /// `intake` outlives this; null when events come from Kafka.
  EventIntakeRoutes(EventIntake* intake, SegmentLimits limits,
                    std::function<std::string()> new_message_id);

  void send_message(HttpRequest request, std::string_view type, Respond respond);
  void send_batch(HttpRequest request, Respond respond);

 private:
  std::unique_ptr<SegmentBodyReader> borrow_reader();
  void give_back(std::unique_ptr<SegmentBodyReader> reader);
  void keep(BodyEvents events, Respond respond);

  EventIntake* const intake_;
  const SegmentLimits limits_;
  const std::function<std::string()> new_message_id_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<SegmentBodyReader>> readers_;  ///< idle ones; protected by mutex_
};

}  // namespace sapa
