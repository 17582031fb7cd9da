// A request's body as JSON text: checks what it is and unpacks it.
#pragma once

#include <optional>
#include <string>

#include "engine/api/http.h"

namespace sapa {

/// Nothing and `body` is set, of at most `most_bytes` once unpacked; or the response that says why
/// not: 413 or 415 or 400.
std::optional<HttpResponse> read_json_body(HttpRequest& request, size_t most_bytes,
                                           std::string& body);

}  // namespace sapa
