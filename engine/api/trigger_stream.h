// Triggers as server-sent events (HTML Living Standard, "Server-sent events"): `id` is the sequence
// number, so that a client which connects again goes on where it was.
#pragma once

#include <memory>
#include <mutex>

#include "engine/api/feed_hub.h"
#include "engine/api/feed_page.h"
#include "engine/api/http.h"

namespace sapa {

class TriggerStream final : public ResponseStream,
                            public FeedWaiter,
                            public std::enable_shared_from_this<TriggerStream> {
 public:
  TriggerStream(const TriggerFeed& feed, std::shared_ptr<FeedHub> hub, FeedQuery query);

  std::string take() override;
  void when_ready(std::function<void()> wake) override;
  void on_feed(uint64_t resume_after) override;

  /// Sends a comment with the next bytes, so that proxies and clients see that the stream lives.
  void keep_alive();

 private:
  const TriggerFeed& feed_;
  const std::shared_ptr<FeedHub> hub_;

  std::mutex mutex_;
  // Below: protected by mutex_.
  FeedQuery query_;
  std::string owed_;  ///< to be sent before anything else
  bool may_have_more_ = true;
  bool waits_at_hub_ = false;
  std::function<void()> wake_;
};

}  // namespace sapa
