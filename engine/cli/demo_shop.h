// The demo's simulated shop: customers with favourite shelves who open the app, look, search, put
// into the cart, pay or leave. It begins with their past (up to a year back, so that some of them
// become defecting or inactive by time alone while the demo runs) and then goes on for ever, with
// newcomers. One stream in strictly rising time, the same for the same settings. Knows nothing of
// clocks or of the engine. One thread, first_name() apart.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/cli/demo_catalogue.h"

namespace sapa {

struct ShopEvent {
  Timestamp time;
  std::string customer_id;
  std::string json;  ///< one message in the Segment specification's form
};

struct ShopSettings {
  uint32_t customers = 400;  ///< with a past; newcomers are further ones
  uint64_t seed = 1;
  Timestamp opens;  ///< everything before is the past
};

/// Splitmix64: small, and the same on every machine.
class DemoRandom {
 public:
  explicit DemoRandom(uint64_t seed) : state_(seed) {}
  uint64_t next();
  /// From `low` to `high`, both included.
  int64_t between(int64_t low, int64_t high);
  bool chance(uint32_t percent) { return next() % 100 < percent; }

 private:
  uint64_t state_;
};

class DemoShop {
 public:
  explicit DemoShop(const ShopSettings& settings);

  Timestamp next_time() const;
  ShopEvent next();

  /// Of anybody the shop knows or will know; any thread.
  std::string_view first_name(std::string_view customer_id) const;
  /// The id of one who comes often, worth looking at.
  std::string busy_customer() const;

 private:
  /// What kind of past and present a customer has.
  enum class Habit : uint8_t {
    kLead,         ///< looks, has not ordered yet
    kFirstTimer,   ///< one order
    kRegular,      ///< several
    kKeen,         ///< comes every other hour
    kSilentLead,   ///< last here a week ago, less what makes it a week soon
    kSilentBuyer,  ///< first order two weeks ago, in the same way
    kDefecting,    ///< last here half a year ago
    kInactive,     ///< last here a year ago
    kNewcomer,     ///< comes for the first time
  };
  enum class Intent : uint8_t { kLook, kLeaveCart, kPay };
  enum class Act : uint8_t { kOpen, kIdentify, kSearch, kView, kAdd, kOrder };

  struct Line {
    uint32_t product = 0;
    uint32_t quantity = 1;
  };
  struct Step {
    Timestamp time;
    Act act = Act::kOpen;
    Line line;
    std::vector<Line> cart;  ///< of kOrder
    uint32_t visit = 0;
  };
  struct Customer {
    uint32_t number = 0;  ///< from 1
    Habit habit = Habit::kLead;
    uint32_t favourites[2] = {};
    std::string_view brand;  ///< favourite one
    uint32_t city = 0;
    bool android = true;
    bool identified = false;
    uint32_t visits = 0;
    std::deque<Step> plan;
  };
  /// Whose next step is when; the earliest first, the lower number first among equal ones.
  struct Turn {
    Timestamp time;
    uint32_t customer = 0;
    bool operator>(const Turn& other) const {
      return time != other.time ? time > other.time : customer > other.customer;
    }
  };

  Customer& add_customer(Habit habit);
  static Habit habit_of(uint32_t nth);
  void give_past(Customer& customer);
  void past_visit(Customer& customer, Timestamp around, Intent intent);
  void last_visit(Customer& customer, Timestamp end, Intent intent);
  Timestamp soon(Duration ago, uint32_t nth);

  std::vector<Step> visit(Customer& customer, Timestamp start, Intent intent);
  uint32_t choose_product(const Customer& customer, uint32_t category);
  void plan(Customer& customer, std::vector<Step> steps);
  void plan_next_visit(Customer& customer, Timestamp after);
  void queue(const Customer& customer);
  void newcomers();

  std::string message(const Customer& customer, const Step& step, Timestamp time);
  void append_properties(const Customer& customer, const Step& step, std::string& out) const;
  void append_context(const Customer& customer, std::string& out) const;

  ShopSettings settings_;
  DemoCatalogue catalogue_;
  DemoRandom random_;
  std::deque<Customer> customers_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  Timestamp next_newcomer_;
  Timestamp last_time_ = Timestamp::beginning();
  uint64_t messages_ = 0;
};

}  // namespace sapa
