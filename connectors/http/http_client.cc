#include "connectors/http/http_client.h"

#include <chrono>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "engine/base/json.h"

namespace sapa {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::seconds kPatience{10};

struct Address {
  std::string host, port = "80", key;
};

Result<Address> parse_url(const std::string& url) {
  std::string rest = url.starts_with("http://") ? url.substr(7) : url;
  if (rest.starts_with("https://")) return user_error("only plain http:// is spoken here: " + url);
  if (size_t slash = rest.find('/'); slash != std::string::npos) rest.resize(slash);
  Address address;
  if (size_t at = rest.find('@'); at != std::string::npos) {
    address.key = rest.substr(0, at);
    rest.erase(0, at + 1);
  }
  address.host = rest;
  size_t colon = rest.rfind(':');
  if (colon != std::string::npos && rest.find(']', colon) == std::string::npos) {
    address.host = rest.substr(0, colon);
    address.port = rest.substr(colon + 1);
  }
  if (address.host.empty()) return user_error("'" + url + "' is no URL such as http://HOST:PORT");
  return address;
}

std::string basic_authorization(const std::string& key) {
  std::string user = key.find(':') == std::string::npos ? key + ":" : key;
  std::string quoted = to_json(Value::of_bytes(user));  // base64, in quotes
  return "Basic " + quoted.substr(1, quoted.size() - 2);
}

Result<HttpAnswer> ask(const std::string& url, http::request<http::string_body> request) {
  auto address = parse_url(url);
  if (!address) return address.error();
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  beast::tcp_stream stream(context);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  request.set(http::field::host, address->host);
  request.set(http::field::connection, "close");
  if (!address->key.empty()) {
    request.set(http::field::authorization, basic_authorization(address->key));
  }
  beast::error_code error;
  auto found = resolver.resolve(address->host, address->port, error);
  if (error) return environment_error("can't find " + url + ": " + error.message());
  stream.expires_after(kPatience);
  // The timer of a tcp_stream works only for asynchronous calls, so they are used, one after the
  // other.
  bool done = false;
  auto finish = [&](beast::error_code outcome) { error = outcome, done = true; };
  stream.async_connect(found, [&](beast::error_code outcome, const auto&) {
    if (outcome) return finish(outcome);
    http::async_write(stream, request, [&](beast::error_code written, size_t) {
      if (written) return finish(written);
      http::async_read(stream, buffer, response,
                       [&](beast::error_code read, size_t) { finish(read); });
    });
  });
  context.run();
  if (!done || error) {
    return environment_error("nobody answers at " + url + ": " + error.message() +
                             "; is the engine running, and listening there?");
  }
  return HttpAnswer{static_cast<int>(response.result_int()), std::move(response.body())};
}

}  // namespace

Result<HttpAnswer> http_get(const std::string& url, const std::string& target) {
  return ask(url, {http::verb::get, target, 11});
}

Result<HttpAnswer> http_post(const std::string& url, const std::string& target, std::string body) {
  http::request<http::string_body> request{http::verb::post, target, 11};
  request.set(http::field::content_type, "application/json");
  request.body() = std::move(body);
  request.prepare_payload();
  return ask(url, std::move(request));
}

std::string percent_encode(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace sapa
