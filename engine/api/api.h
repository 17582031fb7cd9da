// The engine's HTTP interface: takes events as Segment's HTTP API does, gives triggers and
// decisions out, shows customers, figures and health. Pure behaviour: sockets are the server's
// (connectors/http), the log, shards and metrics come in through ports.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/api/access.h"
#include "engine/api/event_intake_routes.h"
#include "engine/api/feed_hub.h"
#include "engine/api/http.h"
#include "engine/api/query.h"
#include "engine/api/routes.h"
#include "engine/api/segment_body.h"
#include "engine/api/trigger_poll.h"
#include "engine/api/trigger_stream.h"
#include "engine/ports/customer_lookup.h"
#include "engine/ports/event_intake.h"
#include "engine/ports/readiness.h"
#include "engine/ports/trigger_feed.h"
#include "engine/ports/workspace_control.h"

namespace sapa {

struct ApiSettings {
  AccessSettings access;
  SegmentLimits limits;
  Duration longest_wait = minutes(1);           ///< of a long poll
  Duration stream_keep_alive = seconds(15);     ///< between comments on an idle event stream
  std::function<std::string()> new_message_id;  ///< random UUIDs if none is given
};

/// All of them outlive the Api; null where the engine has no such thing.
struct ApiPorts {
  EventIntake* intake = nullptr;  ///< null on Kafka
  TriggerFeed* feed = nullptr;    ///< null on Kafka
  CustomerLookup* customers = nullptr;
  const Readiness* readiness = nullptr;
  std::function<std::string()> metrics;  ///< Prometheus' text format, made when asked for
  /// Told of every response, for metrics: the route's path ("/v1/track"; "other" for unknown paths)
  /// and the status.
  std::function<void(std::string_view route, int status)> on_response;
  WorkspaceControl* workspace = nullptr;
};

class Api final : public HttpHandler {
 public:
  Api(ApiSettings settings, ApiPorts ports);
  ~Api() override;

  void handle(HttpRequest request, Respond respond) override;
  void tick(Duration elapsed) override;
  void set_executor(std::function<void(std::function<void()>)> post) override;

 private:
  void serve(const Match& match, HttpRequest request, const Target& target, Respond respond);
  void read_feed(Stream stream, const HttpRequest& request, const Target& target, Respond respond);
  void serve_workspace(const Match& match, const HttpRequest& request, Respond respond);
  void read_customer(const std::string& id, Respond respond);
  HttpResponse metrics() const;
  HttpResponse ready() const;

  const ApiSettings settings_;
  const ApiPorts ports_;
  EventIntakeRoutes intake_;

  struct Executor;
  std::shared_ptr<Executor>
      executor_;  ///< also the hub's, which open streams may keep a little longer

  std::mutex mutex_;
  // Below: protected by mutex_.
  std::vector<std::shared_ptr<TriggerPoll>> polls_;
  std::vector<std::weak_ptr<TriggerStream>> streams_;
  Duration since_keep_alive_;

  std::shared_ptr<FeedHub> hub_;  ///< null without a feed
};

}  // namespace sapa
