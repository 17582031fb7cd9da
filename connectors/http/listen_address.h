// Where a server listens, as an operator writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sapa {

struct ListenAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  ///< 0: any that is free
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:0", ":8080" (then on loopback).
Result<ListenAddress> parse_listen_address(std::string_view text);

/// Whether only this machine can reach it.
bool is_loopback(const ListenAddress& address);

}  // namespace sapa
