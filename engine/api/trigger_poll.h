// A long poll: answers as soon as there is something, or with nothing once its time is over.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/api/feed_hub.h"
#include "engine/api/feed_page.h"
#include "engine/api/http.h"

namespace sapa {

class TriggerPoll final : public FeedWaiter, public std::enable_shared_from_this<TriggerPoll> {
 public:
  TriggerPoll(const TriggerFeed& feed, std::shared_ptr<FeedHub> hub, FeedQuery query,
              Duration patience, Respond respond);

  /// Answers now if it can. Otherwise whoever keeps the poll calls pass_time() from now on.
  void start();
  void on_feed(uint64_t resume_after) override;
  void pass_time(Duration elapsed);
  bool has_answered() const { return has_answered_; }

 private:
  void look();
  void answer(HttpResponse response);

  const TriggerFeed& feed_;
  const std::shared_ptr<FeedHub> hub_;

  std::atomic<bool> has_answered_ = false;

  std::mutex mutex_;
  // Below: protected by mutex_.
  FeedQuery query_;
  Duration patience_;
  Respond respond_;  ///< empty once called
};

}  // namespace sapa
