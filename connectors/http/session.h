// One client's connection. Reads a request, hands it to the handler, writes the response, and so
// on; or becomes an event stream until the client leaves. Runs on its strand; only respond() and
// wake-ups come from elsewhere, and are posted there.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "connectors/http/core.h"
#include "connectors/http/response_text.h"

namespace sapa::http {

class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Core> core, boost::asio::ip::tcp::socket socket);

  void start();
  /// Closes once what is being answered is sent. Any thread.
  void stop();
  /// Closes now. Any thread.
  void abort();

 private:
  using ErrorCode = boost::beast::error_code;

  void read_request();
  void on_header(ErrorCode error);
  void read_body();
  void on_request(ErrorCode error);
  void refuse_unreadable(ErrorCode error);
  void hand_over();

  void respond(HttpResponse response);
  void write(std::string text, bool close_after);
  void close_gently();

  void begin_stream(HttpResponse response);
  void continue_stream();
  void watch_for_leaving();
  void close();

  const std::shared_ptr<Core> core_;  ///< first: it owns what the rest runs on
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  ResponseFraming framing_;
  bool is_answering_ = false;  ///< between a request and the end of its response
  bool closed_ = false;

  std::string out_;  ///< what is being written
  std::shared_ptr<ResponseStream> body_stream_;
  std::array<char, 512> ignored_;
  size_t ignored_bytes_ = 0;
};

}  // namespace sapa::http
