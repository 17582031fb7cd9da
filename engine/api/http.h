// Requests and responses as plain data, and what a server and the code behind it owe each other. No
// sockets here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace sapa {

struct HttpHeader {
  std::string name;
  std::string value;
};

/// The first header of that name, in whatever case; empty if there is none.
std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name);

struct HttpRequest {
  std::string method;  ///< "GET"
  std::string target;  ///< as sent: "/v1/triggers?after=7"
  std::vector<HttpHeader> headers;
  std::string body;
  Timestamp received{0};  ///< wall clock

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// A body without an end, pulled by the server as fast as the client reads, so that a slow client
/// costs no memory.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  /// What can be sent now, some tens of kilobytes at most; empty if nothing. One call at a time.
  virtual std::string take() = 0;

  /// Calls `wake` once, on any thread, when take() may give more; at once if it may already.
  /// Replaces the last one asked for.
  virtual void when_ready(std::function<void()> wake) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<HttpHeader> headers;
  std::string body;
  std::shared_ptr<ResponseStream> stream;  ///< if set, it is the body
};

using Respond = std::function<void(HttpResponse)>;

/// What a server serves. Thread-safe.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  /// Calls `respond` once, at once or later, on any thread. A HEAD request gets the response of a
  /// GET, the body of which the server leaves out.
  virtual void handle(HttpRequest request, Respond respond) = 0;

  /// The server's steady clock: so much time has passed since the last call. Ends long polls, keeps
  /// streams alive.
  virtual void tick(Duration elapsed) = 0;

  /// How to run something soon on a thread of the server's; what the log's threads tell is handed
  /// over with it.
  virtual void set_executor(std::function<void(std::function<void()>)> post) = 0;
};

}  // namespace sapa
