// Where `sapa publish` puts events: a Kafka topic, or a running engine on the embedded log, by
// HTTP.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/cli/publish.h"

namespace sapa {

class PublishTarget {
 public:
  virtual ~PublishTarget() = default;
  /// An error means that this record was not taken; those already taken can fail later: see
  /// failed().
  virtual Status publish(std::string_view key, std::string_view value, Timestamp time) = 0;
  /// Now and then: lets what has been sent make progress.
  virtual void serve() = 0;
  /// Waits until all is there; an error with the first reason if anything ever failed.
  virtual Status flush(Duration timeout) = 0;
  virtual uint64_t delivered() const = 0;
  virtual uint64_t failed() const = 0;
};

/// A user error for options that don't fit, an environment error for a target that can't be
/// reached.
Result<std::unique_ptr<PublishTarget>> open_publish_target(const PublishOptions& options);

}  // namespace sapa
