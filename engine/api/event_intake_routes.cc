#include "engine/api/event_intake_routes.h"

#include "engine/api/problem.h"
#include "engine/api/request_body.h"

namespace sapa {
namespace {

HttpResponse no_intake() {
  return problem(
      501,
      "This engine reads its events from Kafka. Publish them on its input topic, keyed by "
      "the customer's id; `sapa publish` does so.");
}

}  // namespace

EventIntakeRoutes::EventIntakeRoutes(EventIntake* intake, SegmentLimits limits,
                                     std::function<std::string()> new_message_id)
    : intake_(intake), limits_(limits), new_message_id_(std::move(new_message_id)) {}

std::unique_ptr<SegmentBodyReader> EventIntakeRoutes::borrow_reader() {
  {
    std::lock_guard lock(mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  return std::make_unique<SegmentBodyReader>(limits_, new_message_id_);
}

void EventIntakeRoutes::give_back(std::unique_ptr<SegmentBodyReader> reader) {
  std::lock_guard lock(mutex_);
  readers_.push_back(std::move(reader));
}

void EventIntakeRoutes::send_message(HttpRequest request, std::string_view type, Respond respond) {
  if (!intake_) return respond(no_intake());
  std::string body;
  if (auto refused = read_json_body(request, limits_.max_message_bytes, body)) {
    return respond(std::move(*refused));
  }
  auto reader = borrow_reader();
  BodyEvents events = reader->read_message(body, type, request.received);
  give_back(std::move(reader));
  keep(std::move(events), std::move(respond));
}

void EventIntakeRoutes::send_batch(HttpRequest request, Respond respond) {
  if (!intake_) return respond(no_intake());
  std::string body;
  if (auto refused = read_json_body(request, limits_.max_batch_bytes, body)) {
    return respond(std::move(*refused));
  }
  auto reader = borrow_reader();
  BodyEvents events = reader->read_batch(body, request.received);
  give_back(std::move(reader));
  keep(std::move(events), std::move(respond));
}

void EventIntakeRoutes::keep(BodyEvents events, Respond respond) {
  if (auto* refusal = std::get_if<BodyRefusal>(&events)) {
    return respond(problem(refusal->status, refusal->detail, refusal->errors));
  }
  intake_->append(std::move(std::get<0>(events)), [respond](Status status) {
    if (!status.ok()) return respond(problem(status.error()));
    HttpResponse response;
    response.content_type = "application/json";
    response.body = "{\"success\":true}\n";
    respond(std::move(response));
  });
}

}  // namespace sapa
