#include "engine/api/api.h"

#include <algorithm>
#include <charconv>

#include "engine/api/openapi.h"
#include "engine/api/problem.h"
#include "engine/api/unique_id.h"
#include "engine/base/json.h"

namespace sapa {
namespace {

constexpr uint64_t kMostEntries = 1000;

HttpResponse text_response(std::string content_type, std::string body) {
  HttpResponse response;
  response.content_type = std::move(content_type);
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(body);
  return response;
}

HttpResponse index_page() {
  std::string body = "Sapa, the engine for real-time customer engagement.\n\n";
  for (const Route& route : all_routes()) {
    std::string line(route.method);
    line.resize(5, ' ');
    line += route.path;
    line.resize(std::max<size_t>(line.size() + 2, 28), ' ');
    body.append(line).append(route.summary).append("\n");
  }
  return text_response("text/plain; charset=utf-8", std::move(body));
}

bool parse_number(std::string_view text, uint64_t& number) {
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

HttpResponse response_to(const ControlAnswer& answer) {
  switch (answer.outcome) {
    case ControlAnswer::Outcome::kDone:
      return text_response("application/json", answer.json + "\n");
    case ControlAnswer::Outcome::kUnknown:
      return problem(404, answer.detail);
    case ControlAnswer::Outcome::kUnavailable: {
      HttpResponse response = problem(503, answer.detail);
      response.headers.push_back({"Retry-After", "1"});
      return response;
    }
    case ControlAnswer::Outcome::kRefused:
      break;
  }
  std::string errors;
  for (const WorkspaceError& error : answer.errors) {
    errors += errors.empty() ? "[" : ",";
    errors += "{\"file\":";
    append_json_string(error.file, errors);
    errors += ",\"line\":" + std::to_string(error.line) +
              ",\"column\":" + std::to_string(error.column) + ",\"detail\":";
    append_json_string(error.message, errors);
    if (!error.suggestion.empty()) {
      errors += ",\"suggestion\":";
      append_json_string(error.suggestion, errors);
    }
    errors += '}';
  }
  return problem_with(422, answer.detail, errors.empty() ? errors : errors + "]");
}

/// What a reader of triggers or decisions asks for.
struct FeedRequest {
  FeedQuery query;
  Duration wait{0};
  bool as_stream = false;
};

Result<FeedRequest> parse_feed_request(Stream stream, const HttpRequest& request,
                                       const Target& target, const TriggerFeed& feed,
                                       Duration longest_wait) {
  FeedRequest out;
  out.query.stream = stream;
  out.as_stream = request.header("accept").find("text/event-stream") != std::string_view::npos;
  // A stream without a place to go on from begins now; a poll with the oldest that is kept.
  if (out.as_stream) out.query.after = feed.last(stream);
  auto after = target.parameter("after");
  // What a browser sends when it connects again says more than the address it was first given.
  if (auto last = request.header("last-event-id"); out.as_stream && !last.empty()) after = last;
  if (after == "latest") {
    out.query.after = feed.last(stream);
  } else if (after && !parse_number(*after, out.query.after)) {
    return user_error("`after` must be the `next` or `seq` of an earlier answer, or `latest`.");
  }
  if (auto limit = target.parameter("limit")) {
    uint64_t number = 0;
    if (!parse_number(*limit, number) || number < 1 || number > kMostEntries) {
      return user_error("`limit` must be a number from 1 to " + std::to_string(kMostEntries) + ".");
    }
    out.query.limit = number;
  }
  if (auto wait = target.parameter("wait")) {
    auto parsed = parse_duration(*wait);
    if (!parsed.ok()) return user_error("`wait` must be a duration such as 30s.");
    out.wait = std::clamp(*parsed, Duration{0}, longest_wait);
  }
  if (auto customer = target.parameter("customer")) out.query.customer = *customer;
  return out;
}

}  // namespace

/// Where to run what the log's threads tell: in place until a server says where.
struct Api::Executor {
  std::mutex mutex;
  std::function<void(std::function<void()>)> post;  ///< protected by the mutex

  void run(std::function<void()> work) {
    std::unique_lock lock(mutex);
    auto post_now = post;
    lock.unlock();
    post_now ? post_now(std::move(work)) : work();
  }
};

Api::Api(ApiSettings settings, ApiPorts ports)
    : settings_(std::move(settings)),
      ports_(std::move(ports)),
      intake_(ports_.intake, settings_.limits,
              settings_.new_message_id ? settings_.new_message_id : random_uuid),
      executor_(std::make_shared<Executor>()) {
  if (!ports_.feed) return;
  hub_ = FeedHub::create(*ports_.feed, [executor = executor_](std::function<void()> work) {
    executor->run(std::move(work));
  });
}

Api::~Api() = default;

void Api::set_executor(std::function<void(std::function<void()>)> post) {
  std::lock_guard lock(executor_->mutex);
  executor_->post = std::move(post);
}

void Api::handle(HttpRequest request, Respond respond) {
  Target target;
  bool understood = parse_target(request.target, target);
  Match match = understood ? match_route(request.method, target.path) : Match{};
  if (ports_.on_response) {
    std::string_view route = match.route ? match.route->path : "other";
    respond = [this, route, inner = std::move(respond)](HttpResponse response) {
      ports_.on_response(route, response.status);
      inner(std::move(response));
    };
  }
  if (!understood) return respond(problem(400, "The request's target is not properly encoded."));
  if (match.allowed.empty()) {
    return respond(problem(404, "There is no such path. GET / lists those that there are."));
  }
  if (!match.route) {
    HttpResponse refused = problem(405, "This path takes " + match.allowed + ".");
    if (request.method == "OPTIONS") {
      refused = HttpResponse();
      refused.status = 204;
    }
    refused.headers.push_back({"Allow", match.allowed});
    return respond(std::move(refused));
  }
  if (auto refused = check_access(request, match.route->access, settings_.access)) {
    return respond(std::move(*refused));
  }
  serve(match, std::move(request), target, std::move(respond));
}

void Api::serve(const Match& match, HttpRequest request, const Target& target, Respond respond) {
  std::string_view path = match.route->path;
  switch (match.route->action) {
    case Action::kSendMessage:
      return intake_.send_message(std::move(request), path.substr(path.rfind('/') + 1),
                                  std::move(respond));
    case Action::kSendBatch:
      return intake_.send_batch(std::move(request), std::move(respond));
    case Action::kReadTriggers:
      return read_feed(Stream::kTriggers, request, target, std::move(respond));
    case Action::kReadDecisions:
      return read_feed(Stream::kDecisions, request, target, std::move(respond));
    case Action::kReadCustomer:
      return read_customer(match.id, std::move(respond));
    case Action::kReadWorkspace:
    case Action::kReloadWorkspace:
    case Action::kKillCampaign:
    case Action::kResumeCampaign:
      return serve_workspace(match, request, std::move(respond));
    case Action::kMetrics:
      return respond(metrics());
    case Action::kHealth:
      return respond(text_response("text/plain; charset=utf-8", "ok\n"));
    case Action::kReady:
      return respond(ready());
    case Action::kOpenApi:
      return respond(text_response("application/json", std::string(openapi_document())));
    case Action::kIndex:
      return respond(index_page());
  }
}

void Api::read_feed(Stream stream, const HttpRequest& request, const Target& target,
                    Respond respond) {
  if (!ports_.feed) {
    return respond(problem(501,
                           "This engine puts its triggers and decisions out on Kafka topics. Read "
                           "them there, with isolation.level=read_committed."));
  }
  auto asked = parse_feed_request(stream, request, target, *ports_.feed, settings_.longest_wait);
  if (!asked.ok()) return respond(problem(asked.error()));
  if (asked->as_stream) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.headers.push_back({"X-Accel-Buffering", "no"});
    if (request.method != "HEAD") {
      auto opened = std::make_shared<TriggerStream>(*ports_.feed, hub_, std::move(asked->query));
      response.stream = opened;
      std::lock_guard lock(mutex_);
      streams_.push_back(opened);
    }
    return respond(std::move(response));
  }
  if (request.method == "HEAD") asked->wait = Duration{0};
  auto poll = std::make_shared<TriggerPoll>(*ports_.feed, hub_, std::move(asked->query),
                                            asked->wait, std::move(respond));
  poll->start();
  if (poll->has_answered()) return;
  std::lock_guard lock(mutex_);
  polls_.push_back(std::move(poll));
}

void Api::serve_workspace(const Match& match, const HttpRequest& request, Respond respond) {
  if (!ports_.workspace) return respond(problem(501, "This process runs no campaigns."));
  Action action = match.route->action;
  if (action == Action::kReadWorkspace) {
    return respond(text_response("application/json", ports_.workspace->describe() + "\n"));
  }
  auto done = [respond](const ControlAnswer& answer) { respond(response_to(answer)); };
  if (action == Action::kReloadWorkspace) return ports_.workspace->reload(done);
  std::string note;
  if (!request.body.empty()) {
    Arena arena;
    auto body = JsonReader().read(request.body, arena);
    if (!body.ok() || !body->is(Kind::kMap)) {
      return respond(problem(400,
                             "The body, if any, must be a JSON object such as "
                             "{\"note\": \"wrong price\"}."));
    }
    if (Value given = body->field("note"); given.is(Kind::kString)) note = given.as_string();
  }
  ports_.workspace->switch_campaign(match.id, action == Action::kKillCampaign, std::move(note),
                                    done);
}

void Api::read_customer(const std::string& id, Respond respond) {
  if (!ports_.customers) {
    return respond(problem(501, "This process holds no customers."));
  }
  ports_.customers->find(id, [respond](Result<std::optional<std::string>> found) {
    if (!found.ok()) return respond(problem(found.error()));
    if (!*found) return respond(problem(404, "Nothing is known of this customer."));
    respond(text_response("application/json", std::move(**found)));
  });
}

HttpResponse Api::metrics() const {
  if (!ports_.metrics) return problem(501, "This process keeps no figures.");
  return text_response("text/plain; version=0.0.4; charset=utf-8", ports_.metrics());
}

HttpResponse Api::ready() const {
  std::vector<std::string> obstacles;
  if (ports_.readiness) obstacles = ports_.readiness->obstacles();
  if (obstacles.empty()) return text_response("text/plain; charset=utf-8", "ready\n");
  std::string detail;
  for (const std::string& obstacle : obstacles) {
    if (!detail.empty()) detail += ' ';
    detail += obstacle;
    if (detail.back() != '.') detail += '.';
  }
  return problem(503, detail);
}

void Api::tick(Duration elapsed) {
  std::vector<std::shared_ptr<TriggerPoll>> polls;
  std::vector<std::shared_ptr<TriggerStream>> idle;
  {
    std::lock_guard lock(mutex_);
    polls = polls_;
    since_keep_alive_.ms += elapsed.ms;
    if (since_keep_alive_ >= settings_.stream_keep_alive) {
      since_keep_alive_ = {0};
      std::erase_if(streams_, [&](const auto& weak) {
        auto alive = weak.lock();
        if (alive) idle.push_back(std::move(alive));
        return weak.expired();
      });
      if (hub_) hub_->sweep();
    }
  }
  // Outside the lock, since answering takes its time.
  for (const auto& stream : idle) stream->keep_alive();
  for (const auto& poll : polls) poll->pass_time(elapsed);
  if (polls.empty()) return;
  std::lock_guard lock(mutex_);
  std::erase_if(polls_, [](const auto& poll) { return poll->has_answered(); });
}

}  // namespace sapa
