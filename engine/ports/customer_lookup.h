// Asks the shard that owns a customer what it knows about them; for GET /v1/customers/{id}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sapa {

class CustomerLookup {
 public:
  virtual ~CustomerLookup() = default;

  /// `done` is called once, at once or later, on any thread: with the customer as a JSON object,
  /// with nothing if there is no such customer, or with an error (a shard that is being restored,
  /// or belongs to another process: retriable).
  virtual void find(std::string_view customer_id,
                    std::function<void(Result<std::optional<std::string>>)> done) = 0;
};

}  // namespace sapa
