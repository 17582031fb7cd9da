// A client that sends what it is told, right or wrong, over a real socket.
#pragma once

#include <chrono>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sapa {

struct ClientResponse {
  int status = 0;
  std::string head, body;
};

class HttpClient {
 public:
  explicit HttpClient(uint16_t port, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    timeval limit{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~HttpClient() { ::close(socket_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }

  bool send(const std::string& bytes) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  /// False at the end, on an error, and after ten seconds.
  bool receive_more() {
    char piece[16384];
    ssize_t n = ::recv(socket_, piece, sizeof piece, 0);
    if (n <= 0) return false;
    received_.append(piece, static_cast<size_t>(n));
    return true;
  }
  /// Everything up to `mark` and `mark` itself; empty if it does not come.
  std::string until(const std::string& mark) {
    size_t at;
    while ((at = received_.find(mark)) == std::string::npos) {
      if (!receive_more()) return "";
    }
    std::string out = received_.substr(0, at + mark.size());
    received_.erase(0, at + mark.size());
    return out;
  }
  std::string all() {
    while (receive_more()) {
    }
    return std::move(received_);
  }
  bool is_closed_by_server() {
    while (receive_more()) {
    }
    char byte;
    return ::recv(socket_, &byte, 1, 0) == 0 || errno == ECONNRESET;
  }

  ClientResponse receive(bool has_body = true) {
    ClientResponse response;
    response.head = until("\r\n\r\n");
    if (response.head.size() > 12) response.status = std::stoi(response.head.substr(9, 3));
    auto at = response.head.find("Content-Length: ");
    if (!has_body || at == std::string::npos) return response;
    size_t length = std::stoul(response.head.substr(at + 16));
    while (received_.size() < length && receive_more()) {
    }
    response.body = received_.substr(0, length);
    received_.erase(0, length);
    return response;
  }

  ClientResponse get(const std::string& target, const std::string& headers = "") {
    send("GET " + target + " HTTP/1.1\r\nHost: here\r\n" + headers + "\r\n");
    return receive();
  }
  ClientResponse post(const std::string& target, const std::string& body,
                      const std::string& headers = "") {
    send("POST " + target + " HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return receive();
  }

 private:
  int socket_ = -1;
  bool connected_ = false;
  std::string received_;
};

}  // namespace sapa
