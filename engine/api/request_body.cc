#include "engine/api/request_body.h"

#include "engine/api/gunzip.h"
#include "engine/api/problem.h"

namespace sapa {
namespace {

std::string lower_trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

HttpResponse too_large(size_t most_bytes) {
  return problem(413, "The body is larger than " + std::to_string(most_bytes) +
                          " bytes; send smaller messages, or fewer in a batch.");
}

}  // namespace

std::optional<HttpResponse> read_json_body(HttpRequest& request, size_t most_bytes,
                                           std::string& body) {
  // A page in a browser can send text/plain anywhere without asking; application/json it cannot. So
  // insisting on it keeps foreign pages from writing events into an engine on this machine.
  std::string_view type = request.header("content-type");
  if (lower_trimmed(type.substr(0, type.find(';'))) != "application/json") {
    HttpResponse refused = problem(415, "Send the header `Content-Type: application/json`.");
    refused.headers.push_back({"Accept", "application/json"});
    return refused;
  }
  std::string encoding = lower_trimmed(request.header("content-encoding"));
  if (encoding.empty() || encoding == "identity") {
    if (request.body.size() > most_bytes) return too_large(most_bytes);
    body = std::move(request.body);
    return std::nullopt;
  }
  if (encoding != "gzip") {
    HttpResponse refused = problem(415, "Only `Content-Encoding: gzip` is understood.");
    refused.headers.push_back({"Accept-Encoding", "gzip, identity"});
    return refused;
  }
  switch (gunzip(request.body, most_bytes, body)) {
    case Unpacked::kDone:
      return std::nullopt;
    case Unpacked::kTooLarge:
      return too_large(most_bytes);
    case Unpacked::kDamaged:
      break;
  }
  return problem(400, "The body is not gzip, or is cut short.");
}

}  // namespace sapa
