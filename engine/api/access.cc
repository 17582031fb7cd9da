#include "engine/api/access.h"

#include <cstdint>

#include "engine/api/problem.h"
#include "engine/event/base64.h"

namespace sapa {
namespace {

/// Takes as long for a wrong key as for the right one, so that time tells nothing.
bool same_key(std::string_view a, std::string_view b) {
  uint8_t difference = a.size() != b.size();
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<uint8_t>(a[i] ^ (b.empty() ? 1 : b[i % b.size()]));
  }
  return difference == 0;
}

/// The user name of `Basic base64(user:password)`; nothing if the header holds none.
std::optional<std::string> user_name(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() < kScheme.size()) return std::nullopt;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    if ((header[i] | 0x20) != kScheme[i]) return std::nullopt;
  }
  header.remove_prefix(kScheme.size());
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  std::string decoded;
  if (!decode_base64(header, decoded)) return std::nullopt;
  return decoded.substr(0, decoded.find(':'));
}

}  // namespace

std::optional<HttpResponse> check_access(const HttpRequest& request, Access wanted,
                                         const AccessSettings& settings) {
  if (wanted == Access::kOpen) return std::nullopt;
  bool writing = wanted == Access::kWrite, reading = wanted == Access::kRead;
  const auto& keys = writing   ? settings.write_keys
                     : reading ? settings.read_keys
                               : settings.admin_keys;
  std::string name = writing ? "write key" : reading ? "read key" : "admin key";
  if (keys.empty()) {
    if (settings.open_without_keys) return std::nullopt;
    return problem(403, "No " + name +
                            " is configured, and this server can be reached from other machines. "
                            "Configure one, or bind the server to 127.0.0.1.");
  }
  if (auto given = user_name(request.header("authorization"))) {
    bool known = false;
    for (const auto& key : keys) known |= same_key(key, *given);
    if (known) return std::nullopt;
  }
  HttpResponse refused = problem(401, "Send a configured " + name +
                                          " as the user name of Basic authentication, with an "
                                          "empty password.");
  refused.headers.push_back({"WWW-Authenticate", "Basic realm=\"sapa\", charset=\"UTF-8\""});
  return refused;
}

}  // namespace sapa
