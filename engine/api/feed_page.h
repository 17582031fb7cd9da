// One reading of a stream, for one customer or for all.
#pragma once

#include <string>

#include "engine/ports/trigger_feed.h"

namespace sapa {

struct FeedQuery {
  Stream stream = Stream::kTriggers;
  uint64_t after = 0;
  size_t limit = 100;
  std::string customer;  ///< empty: everyone
};

struct FeedPage {
  FeedEntries entries;
  uint64_t scanned_to = 0;  ///< every entry up to here has been looked at
  bool more = false;        ///< there may be something after it already
};

/// Looks at a bounded number of entries, so that a search for one customer's among millions takes
/// several calls instead of holding the server up.
Result<FeedPage> read_page(const TriggerFeed& feed, const FeedQuery& query);

/// `{"seq":7,"trigger":{…}}`. What is not JSON goes in base64, as `"base64":"…"`.
void append_feed_entry(const FeedEntry& entry, Stream stream, std::string& out);

/// "trigger" or "decision"
std::string_view singular(Stream stream);

}  // namespace sapa
