// The HTTP/1.1 server: keep-alive, limits, timeouts, and thousands of open event streams on one
// thread. What it serves is an HttpHandler's business. Whatever a client sends or leaves out, only
// its own connection suffers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/http/listen_address.h"
#include "engine/api/http.h"
#include "engine/base/result.h"

namespace sapa {

struct ServerSettings {
  ListenAddress listen = {};
  int threads = 1;
  size_t max_connections = 20'000;
  uint32_t max_header_bytes = 16 * 1024;
  uint64_t max_body_bytes = 1 << 20;  ///< as sent; what is unpacked has its own limit
  Duration request_timeout =
      seconds(60);  ///< for a whole request to come in, idle time between requests included
  Duration write_timeout =
      seconds(30);  ///< for a client to take what it is sent; a slower one is dropped
};

class HttpServer {
 public:
  /// Listens and serves at once. `handler` outlives the server.
  static Result<std::unique_ptr<HttpServer>> start(HttpHandler& handler, ServerSettings settings);
  /// Stops.
  ~HttpServer();

  /// Takes no more connections, lets answers under way go out for a moment, closes the rest. May be
  /// called twice.
  void stop();

  uint16_t port() const;
  /// "http://127.0.0.1:8080"
  std::string url() const;
  size_t connections() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sapa
