// The event stream of the reference workload `shop`: for a seed the same bytes on every machine,
// event by event, with memory that does not grow with the number of events. What it does not do:
// write files, know of Kafka.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/generator/catalogue.h"
#include "benchmarks/generator/random.h"
#include "benchmarks/generator/shopper.h"
#include "benchmarks/generator/zipf.h"
#include "engine/base/result.h"

namespace sapa::shop {

/// 2026-02-28T15:30:00Z: 90 minutes before the month ends in Asia/Jakarta.
constexpr int64_t kStreamStartMs = 1'772'292'600'000;

struct StreamOptions {
  uint64_t events = 100'000;
  uint64_t customers = 5'000;
  uint64_t seed = 1;
  int64_t span_ms = 3 * 3'600'000;

  /// How many events a customer makes on average before another takes their place. With 1, as the
  /// workload defines it, every event's customer is drawn anew; with more, customers come in
  /// visits, so that rules over minutes fire in streams of weeks, too.
  uint64_t visit_events = 1;

  /// How unequal customers are: the exponent of their Zipf distribution.
  double exponent = 0.8;

  /// Bytes of text that each event has in addition, as `properties.description`; for records of
  /// other sizes than the workload's.
  uint64_t padding_bytes = 0;
};

/// What cannot be generated: no events, no customers, more events than milliseconds, …
Status check(const StreamOptions& options);

/// One event as a Kafka record would hold it. The views are valid until the next event.
struct StreamEvent {
  std::string_view user_id;  // the record's key
  int64_t time_ms = 0;       // the record's timestamp
  std::string_view json;     // one line, without its end
};

class Stream {
 public:
  /// Precondition: check(options) is ok.
  explicit Stream(const StreamOptions& options);

  /// The next event, nothing after the last.
  std::optional<StreamEvent> next();

 private:
  int64_t time_of(uint64_t index);
  uint64_t pick_customer();
  void append_time(int64_t time_ms);
  void append_properties(uint64_t customer, const Shopper& shopper, uint64_t choice);
  void append_order(const Shopper& shopper);
  void append_padding();
  const Product& pick_product(const Shopper& shopper);
  size_t pick_category(const Shopper& shopper);
  int64_t draw_total();

  StreamOptions options_;
  Catalogue catalogue_;
  Shoppers shoppers_;
  Zipf popularity_;
  Random random_;
  std::vector<uint32_t> carts_;         // orders so far by customer number: names the current cart
  std::array<uint64_t, 4> visitors_{};  // customers in the shop, 0 for nobody yet
  uint64_t index_ = 0;                  // of the next event

  std::string user_id_;
  std::string line_;
  int64_t formatted_second_ = -1;
  std::string formatted_;  // of formatted_second_, up to and without the fraction
};

}  // namespace sapa::shop
