// The bodies of Segment's HTTP API as messages that the decoder reads: one message, or a batch with
// what its messages share. A message is kept as it was sent; only what is missing is put in front:
// its `type` from the path, a `messageId`, and in a batch the batch's `context` and `sentAt`.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/api/json_text.h"
#include "engine/api/problem.h"
#include "engine/base/arena.h"
#include "engine/event/decoder.h"
#include "engine/ports/event_intake.h"

namespace sapa {

struct SegmentLimits {
  size_t max_message_bytes = 32 * 1024;  ///< these three as Segment documents them
  size_t max_batch_bytes = 500 * 1024;
  size_t max_batch_messages = 2500;
  EventLimits event;
};

/// What is wrong with a request: of the body as a whole, or of single messages.
struct BodyRefusal {
  int status = 400;
  std::string detail;
  std::vector<MessageProblem> errors;
};

using BodyEvents = std::variant<std::vector<IncomingEvent>, BodyRefusal>;

/// Reads bodies and checks each message with the engine's own decoder, so that its sender hears at
/// once what would become a dead letter. Keeps its buffers. One thread.
class SegmentBodyReader {
 public:
  SegmentBodyReader(SegmentLimits limits, std::function<std::string()> new_message_id);

  /// `type`: "track", "identify", …
  BodyEvents read_message(std::string_view body, std::string_view type, Timestamp received);
  /// All messages or none: one that is wrong refuses the batch, and `errors` names each.
  BodyEvents read_batch(std::string_view body, Timestamp received);

 private:
  struct Shared {
    std::string_view type, context, sent_at;  ///< JSON; empty: nothing to add
  };
  bool prepare(std::string_view message, const Shared& shared, Timestamp received,
               IncomingEvent& event, MessageProblem& refusal);

  SegmentLimits limits_;
  std::function<std::string()> new_message_id_;
  JsonTextReader json_;
  Decoder decoder_;
  Arena arena_{16 * 1024};
};

}  // namespace sapa
