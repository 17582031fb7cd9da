#include "benchmarks/generator/stream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace sapa::shop {
namespace {

struct Share {
  std::string_view event;
  uint64_t up_to;  // percent, cumulative
};
enum Choice : uint64_t { kOpened, kViewed, kSearched, kAdded, kOrdered };
constexpr std::array<Share, 5> kShares = {{{"Application Opened", 12},
                                           {"Product Viewed", 67},
                                           {"Products Searched", 77},
                                           {"Product Added", 92},
                                           {"Order Completed", 100}}};

constexpr uint64_t kFavouritePercent = 70;

// An order's total: log-normal about the median, now and then from a Pareto tail, which starts
// where the log-normal part has all but ended and reaches into the hundreds of millions.
constexpr double kMedianTotal = 400'000;
constexpr double kTotalSigma = 0.6;
constexpr uint64_t kTailPerThousand = 3;
constexpr double kTailStart = 1'000'000;
constexpr double kTailAlpha = 0.7;
constexpr double kTailEnd = 900'000'000;

template <typename... Args>
void append(std::string& out, const Args&... args) {
  fmt::format_to(std::back_inserter(out), args...);
}

}  // namespace

Status check(const StreamOptions& options) {
  constexpr uint64_t kMost = uint64_t{1} << 31;
  if (options.events < 1 || options.events > kMost) {
    return user_error(fmt::format("the number of events must lie between 1 and {}", kMost));
  }
  if (options.customers < 1 || options.customers > kMost) {
    return user_error(fmt::format("the number of customers must lie between 1 and {}", kMost));
  }
  if (options.visit_events < 1 || options.visit_events > kMost) {
    return user_error(fmt::format("the events of a visit must lie between 1 and {}", kMost));
  }
  if (!(options.exponent > 0 && options.exponent <= 3) || options.exponent == 1) {
    return user_error("the exponent must be more than 0, at most 3, and not 1");
  }
  if (options.padding_bytes > (uint64_t{1} << 20)) {
    return user_error("the padding must be at most 1 MiB");
  }
  // 100 years: far beyond any use, and no product below leaves 64 bits.
  if (options.span_ms < 1 || options.span_ms > int64_t{100} * 366 * 86'400'000) {
    return user_error("the span must be positive and at most 100 years");
  }
  if (options.events > static_cast<uint64_t>(options.span_ms)) {
    return user_error(
        fmt::format("{} events do not fit into {} ms: time advances by at least 1 ms an event",
                    options.events, options.span_ms));
  }
  return {};
}

Stream::Stream(const StreamOptions& options)
    : options_(options),
      shoppers_(options.seed, options.customers),
      popularity_(options.customers, options.exponent),
      random_(options.seed),
      carts_(options.customers + 1) {}

std::optional<StreamEvent> Stream::next() {
  if (index_ == options_.events) return std::nullopt;
  const int64_t time = time_of(index_);
  const uint64_t customer = pick_customer();
  const Shopper shopper = shoppers_.shopper(customer);
  const uint64_t percent = random_.below(100);
  uint64_t choice = 0;
  while (percent >= kShares[choice].up_to) ++choice;

  user_id_.clear();
  append(user_id_, FMT_COMPILE("c{:07}"), customer);
  line_.clear();
  append(line_,
         FMT_COMPILE(
             R"({{"type":"track","event":"{}","messageId":"e{:011}","userId":"{}","timestamp":")"),
         kShares[choice].event, index_, user_id_);
  append_time(time);
  line_ += R"(","properties":{)";
  append_properties(customer, shopper, choice);
  append_padding();
  line_ += R"(},"context":)";
  line_ += shoppers_.context(shopper.context);
  line_ += '}';
  ++index_;
  return StreamEvent{user_id_, time, line_};
}

// The span is cut into as many equal slots as there are events; each event lies anywhere in its
// slot. Slots are cut from what is left once every event has its own millisecond, so time always
// advances.
int64_t Stream::time_of(uint64_t index) {
  const uint64_t free = static_cast<uint64_t>(options_.span_ms) - options_.events;
  const uint64_t whole = free / options_.events;
  const uint64_t rest = free % options_.events;
  const auto slot_start = [&](uint64_t i) { return i * whole + i * rest / options_.events; };
  const uint64_t from = slot_start(index);
  const double width = static_cast<double>(slot_start(index + 1) - from);
  const uint64_t offset = from + static_cast<uint64_t>(random_.unit() * width);
  return kStreamStartMs + static_cast<int64_t>(offset + index);
}

uint64_t Stream::pick_customer() {
  const auto draw = [&] { return shoppers_.number_of_rank(popularity_.draw(random_)); };
  if (options_.visit_events == 1) return draw();
  uint64_t& visitor = visitors_[random_.below(visitors_.size())];
  if (visitor == 0 || random_.below(options_.visit_events) == 0) visitor = draw();
  return visitor;
}

void Stream::append_time(int64_t time_ms) {
  const int64_t second = time_ms / 1000;
  if (second != formatted_second_) {
    using std::chrono::days, std::chrono::floor, std::chrono::seconds, std::chrono::sys_seconds;
    const sys_seconds moment{seconds{second}};
    const auto day = floor<days>(moment);
    const std::chrono::year_month_day date{day};
    const auto time = (moment - day).count();
    formatted_.clear();
    append(formatted_, FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"),
           static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
           static_cast<unsigned>(date.day()), time / 3600, time / 60 % 60, time % 60);
    formatted_second_ = second;
  }
  line_ += formatted_;
  append(line_, FMT_COMPILE(".{:03}Z"), time_ms % 1000);
}

void Stream::append_properties(uint64_t customer, const Shopper& shopper, uint64_t choice) {
  switch (choice) {
    case kViewed:
      line_ += pick_product(shopper).viewed;
      break;
    case kSearched: {
      const size_t category = pick_category(shopper);
      append(line_, FMT_COMPILE(R"("query":"{}")"),
             catalogue_.query(category, random_.below(Catalogue::kQueries)));
      break;
    }
    case kAdded: {
      const Product& product = pick_product(shopper);
      append(line_, FMT_COMPILE(R"({},"quantity":{},"cart_id":"k{:07}-{}")"), product.viewed,
             1 + random_.below(3), customer, carts_[customer]);
      break;
    }
    case kOrdered:
      append_order(shopper);
      ++carts_[customer];
      break;
    default:
      break;  // the app was opened: nothing more to say
  }
}

void Stream::append_order(const Shopper& shopper) {
  append(line_, FMT_COMPILE(R"("order_id":"o{:011}","total":{},"currency":"IDR","products":[)"),
         index_, draw_total());
  const uint64_t products = 1 + random_.below(3);
  for (uint64_t i = 0; i < products; ++i) {
    const Product& product = pick_product(shopper);
    append(line_, FMT_COMPILE(R"({}{{{},"quantity":{}}})"), i == 0 ? "" : ",", product.ordered,
           1 + random_.below(3));
  }
  line_ += ']';
}

void Stream::append_padding() {
  constexpr std::string_view kText = "Dikirim dari gudang terdekat, bergaransi resmi satu tahun. ";
  if (options_.padding_bytes == 0) return;
  line_ += line_.back() == '{' ? R"("description":")" : R"(,"description":")";
  for (uint64_t left = options_.padding_bytes; left > 0;) {
    const std::string_view part = kText.substr(0, left);
    line_ += part;
    left -= part.size();
  }
  line_ += '"';
}

const Product& Stream::pick_product(const Shopper& shopper) {
  const size_t category = pick_category(shopper);
  return catalogue_.in_category(category, random_.below(Catalogue::size_of(category)));
}

size_t Stream::pick_category(const Shopper& shopper) {
  if (random_.below(100) < kFavouritePercent) return shopper.favourites[random_.below(2)];
  // One of the others: skip the two favourites, the smaller first.
  const auto [low, high] = std::minmax(shopper.favourites[0], shopper.favourites[1]);
  size_t category = random_.below(kCategories - 2);
  if (category >= low) ++category;
  if (category >= high) ++category;
  return category;
}

int64_t Stream::draw_total() {
  double total = 0;
  if (random_.below(1000) < kTailPerThousand) {
    total = std::min(kTailStart * portable_power(1 - random_.unit(), -1 / kTailAlpha), kTailEnd);
  } else {
    total = kMedianTotal * portable_exp(kTotalSigma * normal(random_));
  }
  return std::max<int64_t>(static_cast<int64_t>(total + 0.5), 1);
}

}  // namespace sapa::shop
