// Who may write and who may read: keys as the user name of Basic authentication, as Segment's
// libraries send their write key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/api/http.h"

namespace sapa {

struct AccessSettings {
  std::vector<std::string> write_keys;  ///< for sending events
  std::vector<std::string> read_keys;   ///< for triggers, decisions and customers
  std::vector<std::string> admin_keys;  ///< for reloading the workspace and killing campaigns
  /// Whether a side without any key is open to all: right on loopback, wrong anywhere else.
  bool open_without_keys = true;
};

enum class Access { kOpen, kWrite, kRead, kAdmin };

/// Nothing if the request may go on, else the response that says why not.
std::optional<HttpResponse> check_access(const HttpRequest& request, Access wanted,
                                         const AccessSettings& settings);

}  // namespace sapa
