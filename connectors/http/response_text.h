// Responses as they go over the wire (HTTP/1.1, RFC 9112).
#pragma once

#include <ctime>
#include <string>

#include "engine/api/http.h"

namespace sapa::http {

struct ResponseFraming {
  bool is_head = false;  ///< the body is left out, its length is told
  bool keep_alive = true;
  bool is_chunked = false;  ///< of a stream
};

/// Head and body; of a stream, the head alone.
std::string response_text(const HttpResponse& response, const ResponseFraming& framing,
                          std::time_t now);

/// A piece of a chunked body. `data` is not empty: an empty piece would end the body.
std::string chunk_text(const std::string& data);

}  // namespace sapa::http
