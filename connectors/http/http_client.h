// One GET over plain HTTP, waiting for the answer; for the command line's own questions to a
// running engine.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace sapa {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// `url` is "http://HOST:PORT", with "KEY@" before the host for Basic authentication; `target`
/// "/v1/…", already percent-encoded. An environment error if nobody answers within some seconds.
Result<HttpAnswer> http_get(const std::string& url, const std::string& target);
/// The same with a JSON body.
Result<HttpAnswer> http_post(const std::string& url, const std::string& target, std::string body);

/// Percent-encodes a path segment or a query's value.
std::string percent_encode(const std::string& text);

}  // namespace sapa
