#include "connectors/http/session.h"

#include <chrono>
#include <ctime>
#include <exception>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "engine/api/problem.h"

namespace sapa::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr auto kLinger = std::chrono::seconds(2);
constexpr size_t kMostIgnoredBytes = size_t{4} << 20;

std::chrono::milliseconds as_chrono(Duration d) { return std::chrono::milliseconds(d.ms); }

Timestamp wall_clock() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::string to_string(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Session::Session(std::shared_ptr<Core> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)), stream_(std::move(socket)) {
  ErrorCode ignored;
  // Small answers must not wait for the client's acknowledgement of the last one.
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Session::start() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read_request(); });
}

void Session::stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (!self->is_answering_ || self->body_stream_) self->close();
  });
}

void Session::abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->close(); });
}

void Session::read_request() {
  if (core_->stopping) return close();
  parser_.emplace();
  parser_->header_limit(core_->settings.max_header_bytes);
  parser_->body_limit(core_->settings.max_body_bytes);
  stream_.expires_after(as_chrono(core_->settings.request_timeout));
  bhttp::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, size_t) { self->on_header(error); });
}

void Session::on_header(ErrorCode error) {
  if (error) return refuse_unreadable(error);
  is_answering_ = true;
  bool expects = beast::iequals(parser_->get()[bhttp::field::expect], "100-continue");
  if (!expects) return read_body();
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this()](ErrorCode failed, size_t) {
                      if (failed) return self->close();
                      self->read_body();
                    });
}

void Session::read_body() {
  bhttp::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, size_t) { self->on_request(error); });
}

void Session::on_request(ErrorCode error) {
  if (error) return refuse_unreadable(error);
  stream_.expires_never();
  hand_over();
}

void Session::refuse_unreadable(ErrorCode error) {
  // The client went away, closed in peace, or was too slow: there is nobody to tell.
  if (error.category() != bhttp::make_error_code(bhttp::error::bad_method).category() ||
      error == bhttp::error::end_of_stream || error == bhttp::error::partial_message) {
    return close();
  }
  is_answering_ = true;
  int status = 400;
  std::string detail = "The request is not valid HTTP: " + error.message() + ".";
  if (error == bhttp::error::body_limit) {
    status = 413;
    detail =
        "The body is larger than " + std::to_string(core_->settings.max_body_bytes) + " bytes.";
  } else if (error == bhttp::error::header_limit) {
    status = 431;
    detail = "The request's head is larger than " +
             std::to_string(core_->settings.max_header_bytes) + " bytes.";
  } else if (error == bhttp::error::bad_version) {
    status = 505;
    detail = "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
  }
  framing_ = {false, false, false};
  write(response_text(problem(status, detail), framing_, std::time(nullptr)), true);
}

void Session::hand_over() {
  auto& message = parser_->get();
  framing_.is_head = message.method() == bhttp::verb::head;
  framing_.keep_alive = message.keep_alive();
  framing_.is_chunked = false;
  HttpRequest request;
  request.method = to_string(message.method_string());
  request.target = to_string(message.target());
  for (const auto& field : message) {
    request.headers.push_back({to_string(field.name_string()), to_string(field.value())});
  }
  request.body = std::move(message.body());
  request.received = wall_clock();
  // The response may come late and from anywhere; the session may be gone by then.
  auto respond_later = [weak = weak_from_this()](HttpResponse response) {
    auto self = weak.lock();
    if (!self) return;
    auto executor = self->stream_.get_executor();
    asio::post(executor, [self = std::move(self), response = std::move(response)]() mutable {
      self->respond(std::move(response));
    });
  };
  try {
    core_->handler.handle(std::move(request), respond_later);
  } catch (const std::exception& failure) {
    respond_later(problem(500, failure.what()));
  }
}

void Session::respond(HttpResponse response) {
  if (closed_ || !is_answering_) return;
  if (response.stream) return begin_stream(std::move(response));
  if (core_->stopping) framing_.keep_alive = false;
  write(response_text(response, framing_, std::time(nullptr)), !framing_.keep_alive);
}

void Session::write(std::string text, bool close_after) {
  out_ = std::move(text);
  stream_.expires_after(as_chrono(core_->settings.write_timeout));
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this(), close_after](ErrorCode error, size_t) {
                      if (error) return self->close();
                      self->is_answering_ = false;
                      self->out_ = {};
                      if (close_after) return self->close_gently();
                      self->read_request();
                    });
}

void Session::close_gently() {
  // Closing while the client still sends would reset the connection and may destroy the answer on
  // its way. So: say that nothing more comes, and wait a moment for the client to leave.
  ErrorCode ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  watch_for_leaving();
}

void Session::begin_stream(HttpResponse response) {
  body_stream_ = response.stream;
  framing_.is_chunked = parser_->get().version() >= 11;
  framing_.keep_alive = framing_.keep_alive && framing_.is_chunked;
  out_ = response_text(response, framing_, std::time(nullptr));
  parser_.reset();
  stream_.expires_never();
  watch_for_leaving();
  stream_.expires_after(as_chrono(core_->settings.write_timeout));
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this()](ErrorCode error, size_t) {
                      if (error) return self->close();
                      self->continue_stream();
                    });
}

void Session::continue_stream() {
  if (closed_) return;
  if (core_->stopping) return close();
  out_ = body_stream_->take();
  if (out_.empty()) {
    out_ = {};
    body_stream_->when_ready([weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self) return;
      auto executor = self->stream_.get_executor();
      asio::post(executor, [self = std::move(self)] { self->continue_stream(); });
    });
    return;
  }
  if (framing_.is_chunked) out_ = chunk_text(out_);
  stream_.expires_after(as_chrono(core_->settings.write_timeout));
  asio::async_write(stream_, asio::buffer(out_),
                    [self = shared_from_this()](ErrorCode error, size_t) {
                      if (error) return self->close();
                      self->continue_stream();
                    });
}

void Session::watch_for_leaving() {
  stream_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](ErrorCode error, size_t length) {
                            self->ignored_bytes_ += length;
                            if (error || self->ignored_bytes_ > kMostIgnoredBytes) {
                              return self->close();
                            }
                            self->watch_for_leaving();
                          });
}

void Session::close() {
  if (closed_) return;
  closed_ = true;
  body_stream_.reset();
  ErrorCode ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.close();
  core_->remove(shared_from_this());
}

}  // namespace sapa::http
