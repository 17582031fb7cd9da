// What a server and its sessions share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>

#include <boost/asio/io_context.hpp>

#include "connectors/http/server.h"

namespace sapa::http {

class Session;

struct Core {
  Core(HttpHandler& h, ServerSettings s) : handler(h), settings(std::move(s)) {}

  HttpHandler& handler;
  const ServerSettings settings;
  boost::asio::io_context io;
  std::atomic<bool> stopping = false;

  std::mutex mutex;
  std::unordered_set<std::shared_ptr<Session>>
      sessions;  ///< those that are open; protected by mutex

  bool add(std::shared_ptr<Session> session) {
    std::lock_guard lock(mutex);
    if (stopping || sessions.size() >= settings.max_connections) return false;
    sessions.insert(std::move(session));
    return true;
  }
  void remove(const std::shared_ptr<Session>& session) {
    std::lock_guard lock(mutex);
    sessions.erase(session);
  }
};

}  // namespace sapa::http
