// Every path that is served, in one table: the router, the index page and the test of the OpenAPI
// document read it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/api/access.h"

namespace sapa {

enum class Action {
  kSendMessage,  ///< the path's last segment is the message's type
  kSendBatch,
  kReadTriggers,
  kReadDecisions,
  kReadCustomer,
  kReadWorkspace,
  kReloadWorkspace,
  kKillCampaign,
  kResumeCampaign,
  kMetrics,
  kHealth,
  kReady,
  kOpenApi,
  kIndex,
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< "{id}" stands for one segment
  Action action;
  Access access;
  std::string_view summary;
};

std::span<const Route> all_routes();

struct Match {
  const Route* route = nullptr;  ///< null: no such path, or not with this method
  std::string allowed;  ///< the path's methods, "GET, HEAD"; empty if there is no such path
  std::string id;       ///< what stands for "{id}", percent-decoded
};

/// `path` as sent, without the query.
Match match_route(std::string_view method, std::string_view path);

}  // namespace sapa
