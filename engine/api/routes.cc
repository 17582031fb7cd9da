#include "engine/api/routes.h"

#include "engine/api/query.h"

namespace sapa {
namespace {

constexpr Route kRoutes[] = {
    {"POST", "/v1/track", Action::kSendMessage, Access::kWrite, "Something a customer did"},
    {"POST", "/v1/identify", Action::kSendMessage, Access::kWrite,
     "What is now known of a customer"},
    {"POST", "/v1/page", Action::kSendMessage, Access::kWrite, "A page that a customer looked at"},
    {"POST", "/v1/screen", Action::kSendMessage, Access::kWrite,
     "A screen that a customer looked at"},
    {"POST", "/v1/alias", Action::kSendMessage, Access::kWrite, "Two ids that are one customer"},
    {"POST", "/v1/group", Action::kSendMessage, Access::kWrite,
     "The group that a customer belongs to"},
    {"POST", "/v1/batch", Action::kSendBatch, Access::kWrite, "Many messages at once"},
    {"POST", "/v1/import", Action::kSendBatch, Access::kWrite, "The same as /v1/batch"},
    {"GET", "/v1/triggers", Action::kReadTriggers, Access::kRead,
     "Triggers: poll, long poll or event stream"},
    {"GET", "/v1/decisions", Action::kReadDecisions, Access::kRead,
     "Decisions with their reasons, in the same ways"},
    {"GET", "/v1/customers/{id}", Action::kReadCustomer, Access::kRead,
     "Everything known about a customer"},
    {"GET", "/v1/workspace", Action::kReadWorkspace, Access::kRead,
     "The workspace in use and the state of its campaigns"},
    {"POST", "/v1/workspace/reload", Action::kReloadWorkspace, Access::kAdmin,
     "Read the workspace's files again"},
    {"POST", "/v1/campaigns/{id}/kill", Action::kKillCampaign, Access::kAdmin,
     "Stop a campaign at once"},
    {"POST", "/v1/campaigns/{id}/resume", Action::kResumeCampaign, Access::kAdmin,
     "Let a killed campaign go on"},
    {"GET", "/metrics", Action::kMetrics, Access::kOpen, "Figures for Prometheus"},
    {"GET", "/healthz", Action::kHealth, Access::kOpen, "200 while the process lives"},
    {"GET", "/readyz", Action::kReady, Access::kOpen, "200 while the engine does its work"},
    {"GET", "/openapi.json", Action::kOpenApi, Access::kOpen,
     "This interface as an OpenAPI document"},
    {"GET", "/", Action::kIndex, Access::kOpen, "This list"},
};

constexpr std::string_view kId = "{id}";

/// Whether `path` is of the form `pattern`; sets what stands for "{id}".
bool fits(std::string_view pattern, std::string_view path, std::string& id) {
  auto at = pattern.find(kId);
  if (at == std::string_view::npos) return pattern == path;
  std::string_view after = pattern.substr(at + kId.size());
  if (path.size() <= at + after.size() || path.substr(0, at) != pattern.substr(0, at)) return false;
  if (!path.ends_with(after)) return false;
  std::string_view segment = path.substr(at, path.size() - at - after.size());
  return segment.find('/') == std::string_view::npos && percent_decode(segment, false, id);
}

}  // namespace

std::span<const Route> all_routes() { return kRoutes; }

Match match_route(std::string_view method, std::string_view path) {
  Match match;
  for (const Route& route : kRoutes) {
    if (!fits(route.path, path, match.id)) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method;
    if (route.method == "GET") match.allowed += ", HEAD";
    bool is_head = method == "HEAD" && route.method == "GET";
    if (route.method == method || is_head) match.route = &route;
  }
  return match;
}

}  // namespace sapa
