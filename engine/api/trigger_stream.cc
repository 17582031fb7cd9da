#include "engine/api/trigger_stream.h"

namespace sapa {
namespace {

constexpr size_t kMostBytes = 64 * 1024;
constexpr size_t kEntriesPerRead = 64;

/// Line breaks would end the field, so each line gets its own.
void append_data(std::string_view text, std::string& out) {
  while (true) {
    auto end = text.find_first_of("\r\n");
    out.append("data: ").append(text.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

void append_event(const FeedEntry& entry, Stream stream, std::string& out) {
  out.append("id: ").append(std::to_string(entry.seq)).append("\nevent: ");
  out.append(singular(stream)).append("\n");
  if (!entry.value.empty() && entry.value.front() == '{') {
    append_data(entry.value, out);
  } else {
    std::string wrapped;
    append_feed_entry(entry, stream, wrapped);
    append_data(wrapped, out);
  }
  out.append("\n");
}

}  // namespace

TriggerStream::TriggerStream(const TriggerFeed& feed, std::shared_ptr<FeedHub> hub, FeedQuery query)
    : feed_(feed), hub_(std::move(hub)), query_(std::move(query)), owed_("retry: 2000\n\n") {
  query_.limit = kEntriesPerRead;
}

std::string TriggerStream::take() {
  std::lock_guard lock(mutex_);
  std::string out = std::move(owed_);
  owed_.clear();
  while (may_have_more_ && out.size() < kMostBytes) {
    auto page = read_page(feed_, query_);
    if (!page.ok()) {
      out.append("event: error\n");
      append_data(page.error().message, out);
      out.append("\n");
      may_have_more_ = false;
      break;
    }
    query_.after = page->scanned_to;
    may_have_more_ = page->more;
    for (const auto& entry : page->entries) append_event(*entry, query_.stream, out);
    // A search that found nothing yet goes on with the next call, so that it does not hold the
    // others up.
    if (page->more && page->entries.empty()) break;
  }
  return out;
}

void TriggerStream::when_ready(std::function<void()> wake) {
  {
    std::lock_guard lock(mutex_);
    if (!may_have_more_ && owed_.empty() && !waits_at_hub_) {
      waits_at_hub_ = hub_->wait(query_.stream, query_.after, query_.customer, weak_from_this());
      may_have_more_ = !waits_at_hub_;
    }
    if (!may_have_more_ && owed_.empty()) {
      wake_ = std::move(wake);
      return;
    }
  }
  wake();
}

void TriggerStream::on_feed(uint64_t resume_after) {
  std::function<void()> wake;
  {
    std::lock_guard lock(mutex_);
    query_.after = resume_after;
    waits_at_hub_ = false;
    may_have_more_ = true;
    wake.swap(wake_);
  }
  if (wake) wake();
}

void TriggerStream::keep_alive() {
  std::function<void()> wake;
  {
    std::lock_guard lock(mutex_);
    if (!wake_) return;  // it is being written to, so it lives
    owed_ = ":\n\n";
    wake.swap(wake_);
  }
  wake();
}

}  // namespace sapa
