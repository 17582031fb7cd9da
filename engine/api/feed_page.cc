#include "engine/api/feed_page.h"

#include <algorithm>

#include "engine/event/base64.h"

namespace sapa {
namespace {

constexpr size_t kMostLookedAt = 10'000;
constexpr size_t kChunk = 1'000;

}  // namespace

Result<FeedPage> read_page(const TriggerFeed& feed, const FeedQuery& query) {
  FeedPage page;
  page.scanned_to = query.after;
  for (size_t looked_at = 0; looked_at < kMostLookedAt;) {
    size_t wanted = query.customer.empty() ? query.limit - page.entries.size() : kChunk;
    auto chunk = feed.read(query.stream, page.scanned_to, wanted);
    if (!chunk.ok()) return chunk.error();
    if (chunk->empty()) return page;
    looked_at += chunk->size();
    for (auto& entry : *chunk) {
      page.scanned_to = entry->seq;
      if (!query.customer.empty() && entry->key != query.customer) continue;
      page.entries.push_back(std::move(entry));
      if (page.entries.size() == query.limit) {
        page.more = true;
        return page;
      }
    }
  }
  page.more = true;
  return page;
}

std::string_view singular(Stream stream) {
  return stream == Stream::kDecisions ? "decision" : "trigger";
}

void append_feed_entry(const FeedEntry& entry, Stream stream, std::string& out) {
  out += "{\"seq\":" + std::to_string(entry.seq) + ",\"";
  if (!entry.value.empty() && entry.value.front() == '{') {
    out.append(singular(stream)).append("\":").append(entry.value);
  } else {
    out.append("base64\":\"").append(encode_base64(entry.value)).append("\"");
  }
  out += '}';
}

}  // namespace sapa
