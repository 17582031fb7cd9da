#include "connectors/http/listen_address.h"

#include <charconv>

namespace sapa {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  auto refused = [&] {
    return user_error("\"" + std::string(text) +
                      "\" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080");
  };
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused();
  std::string_view host = text.substr(0, colon), digits = text.substr(colon + 1);
  ListenAddress address;
  if (!host.empty() && host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return refused();
    address.host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refused();
  } else if (!host.empty()) {
    address.host = host;
  }
  auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return refused();
  return address;
}

bool is_loopback(const ListenAddress& address) {
  return address.host == "localhost" || address.host == "::1" ||
         address.host.substr(0, 4) == "127.";
}

}  // namespace sapa
