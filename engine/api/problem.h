// Errors as RFC 9457 has them: application/problem+json with type, title, status and detail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/http.h"
#include "engine/base/result.h"

namespace sapa {

/// What is wrong with one message of a request.
struct MessageProblem {
  size_t index = 0;  ///< in the batch
  std::string code;  ///< of decoder.h's closed set
  std::string detail;
};

/// `detail`: a plain sentence that says what to do about it.
HttpResponse problem(int status, std::string_view detail,
                     const std::vector<MessageProblem>& errors = {});

/// The same with a list under `errors`, a JSON array.
HttpResponse problem_with(int status, std::string_view detail, std::string_view errors);

/// A failure from inside as a response: 4xx for the user's, 503 for what may pass, else 500.
HttpResponse problem(const Error& error);

/// "Not Found"
std::string_view status_title(int status);

}  // namespace sapa
