#include "engine/api/trigger_poll.h"

#include "engine/api/problem.h"

namespace sapa {
namespace {

HttpResponse page_response(const FeedPage& page, Stream stream) {
  HttpResponse response;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "no-store"});
  std::string& body = response.body;
  body.append("{\"").append(singular(stream)).append("s\":[");
  for (const auto& entry : page.entries) {
    if (body.back() != '[') body += ',';
    append_feed_entry(*entry, stream, body);
  }
  body += "],\"next\":" + std::to_string(page.scanned_to) + "}\n";
  return response;
}

}  // namespace

TriggerPoll::TriggerPoll(const TriggerFeed& feed, std::shared_ptr<FeedHub> hub, FeedQuery query,
                         Duration patience, Respond respond)
    : feed_(feed),
      hub_(std::move(hub)),
      query_(std::move(query)),
      patience_(patience),
      respond_(std::move(respond)) {}

void TriggerPoll::start() {
  std::lock_guard lock(mutex_);
  look();
}

void TriggerPoll::on_feed(uint64_t resume_after) {
  std::lock_guard lock(mutex_);
  query_.after = resume_after;
  if (respond_) look();
}

void TriggerPoll::pass_time(Duration elapsed) {
  std::lock_guard lock(mutex_);
  patience_.ms -= elapsed.ms;
  if (!respond_ || patience_.ms > 0) return;
  FeedPage nothing;
  nothing.scanned_to = query_.after;
  answer(page_response(nothing, query_.stream));
}

void TriggerPoll::look() {
  while (true) {
    auto page = read_page(feed_, query_);
    if (!page.ok()) return answer(problem(page.error()));
    query_.after = page->scanned_to;
    if (!page->entries.empty() || page->more || patience_.ms <= 0) {
      return answer(page_response(*page, query_.stream));
    }
    if (hub_->wait(query_.stream, query_.after, query_.customer, weak_from_this())) return;
  }
}

void TriggerPoll::answer(HttpResponse response) {
  Respond respond = std::move(respond_);
  respond_ = nullptr;
  has_answered_ = true;
  respond(std::move(response));
}

}  // namespace sapa
