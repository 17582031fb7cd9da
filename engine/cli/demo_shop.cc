#include "engine/cli/demo_shop.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "engine/base/hash.h"

namespace sapa {
namespace {

/// The shop is in full swing when it opens: the customers of the present begin to come so much
/// earlier.
constexpr Duration kHeadStart = minutes(90);
/// Whoever falls silent does so within so much after the opening.
constexpr Duration kSoon = hours(3);

constexpr std::array<std::string_view, 40> kFirstNames = {
    "Rina",    "Budi",   "Siti",  "Agus",  "Dewi", "Andi",  "Putri", "Joko",  "Maya",  "Rizky",
    "Ayu",     "Hendra", "Lina",  "Fajar", "Nur",  "Dimas", "Wulan", "Eko",   "Citra", "Bayu",
    "Indah",   "Yudi",   "Ratna", "Arif",  "Sari", "Tono",  "Mega",  "Ilham", "Fitri", "Galih",
    "Kartika", "Reza",   "Novi",  "Surya", "Tari", "Wawan", "Yanti", "Zaki",  "Bunga", "Gita"};

struct City {
  std::string_view name;
  std::string_view time_zone;
};
/// Jakarta stands there more than once, since most customers live there.
constexpr std::array<City, 10> kCities = {{{"Jakarta", "Asia/Jakarta"},
                                           {"Jakarta", "Asia/Jakarta"},
                                           {"Jakarta", "Asia/Jakarta"},
                                           {"Jakarta", "Asia/Jakarta"},
                                           {"Tangerang", "Asia/Jakarta"},
                                           {"Bandung", "Asia/Jakarta"},
                                           {"Surabaya", "Asia/Jakarta"},
                                           {"Medan", "Asia/Jakarta"},
                                           {"Denpasar", "Asia/Makassar"},
                                           {"Makassar", "Asia/Makassar"}}};

std::string customer_id(uint32_t number) { return fmt::format("c{:04}", number); }

void append_product(const DemoCatalogue& catalogue, uint32_t index, std::string& out) {
  const DemoProduct& product = catalogue.product(index);
  fmt::format_to(std::back_inserter(out),
                 R"("product_id":"{}","category":"{}","brand":"{}","name":"{}","price":{},)"
                 R"("currency":"IDR")",
                 product.id, catalogue.category_name(product.category), product.brand, product.name,
                 product.price);
}

}  // namespace

uint64_t DemoRandom::next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

int64_t DemoRandom::between(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
}

DemoShop::DemoShop(const ShopSettings& settings)
    : settings_(settings), random_(settings.seed), next_newcomer_(settings.opens - kHeadStart) {
  for (uint32_t i = 0; i < settings.customers; ++i) {
    Customer& customer = add_customer(habit_of(i));
    give_past(customer);
    queue(customer);
  }
  newcomers();
}

/// Mixed well, so that any fifty customers have every kind among them.
DemoShop::Habit DemoShop::habit_of(uint32_t nth) {
  uint32_t place = nth * 7 % 50;
  if (place < 15) return Habit::kRegular;
  if (place < 26) return Habit::kLead;
  if (place < 35) return Habit::kFirstTimer;
  if (place < 38) return Habit::kKeen;
  if (place < 41) return Habit::kSilentLead;
  if (place < 44) return Habit::kSilentBuyer;
  if (place < 48) return Habit::kDefecting;
  return Habit::kInactive;
}

DemoShop::Customer& DemoShop::add_customer(Habit habit) {
  Customer& customer = customers_.emplace_back();
  customer.number = static_cast<uint32_t>(customers_.size());
  customer.habit = habit;
  for (uint32_t& favourite : customer.favourites) {
    favourite = static_cast<uint32_t>(random_.between(0, catalogue_.categories() - 1));
  }
  const auto& shelf = catalogue_.shelf(customer.favourites[0]);
  customer.brand = catalogue_.product(shelf[random_.next() % shelf.size()]).brand;
  customer.city = static_cast<uint32_t>(random_.next() % kCities.size());
  customer.android = random_.chance(80);
  return customer;
}

/// A moment so long ago that the silence since then gets `ago` long soon after the opening. Spread
/// by the golden ratio, so that it is now somebody's turn and now another's.
Timestamp DemoShop::soon(Duration ago, uint32_t nth) {
  double turn = 0.618033988749895 * nth;
  turn -= static_cast<double>(static_cast<int64_t>(turn));
  return settings_.opens - ago + seconds(30) +
         milliseconds(static_cast<int64_t>(turn * static_cast<double>(kSoon.ms)));
}

void DemoShop::give_past(Customer& customer) {
  int64_t visits = random_.between(3, 5);
  switch (customer.habit) {
    case Habit::kLead:
      visits -= 2;
      for (int64_t day = visits * 15; visits > 0; --visits, day -= random_.between(6, 14)) {
        bool leaves_cart = random_.chance(40);
        past_visit(customer, settings_.opens - days(day),
                   leaves_cart ? Intent::kLeaveCart : Intent::kLook);
      }
      break;
    case Habit::kFirstTimer:
      past_visit(customer, settings_.opens - days(random_.between(40, 80)), Intent::kLook);
      past_visit(customer, settings_.opens - days(random_.between(3, 35)), Intent::kPay);
      break;
    case Habit::kRegular:
    case Habit::kKeen:
      for (int64_t day = visits * 20; visits > 0; --visits, day -= random_.between(8, 19)) {
        bool pays = visits <= 2 || random_.chance(60);
        past_visit(customer, settings_.opens - days(day), pays ? Intent::kPay : Intent::kLook);
      }
      break;
    case Habit::kSilentLead:
      last_visit(customer, soon(days(7), customer.number), Intent::kLook);
      break;
    case Habit::kSilentBuyer:
      last_visit(customer, soon(days(14), customer.number), Intent::kPay);
      break;
    case Habit::kDefecting:
      past_visit(customer, settings_.opens - days(random_.between(215, 260)), Intent::kPay);
      last_visit(customer, soon(days(182), customer.number), Intent::kLook);
      break;
    case Habit::kInactive:
      past_visit(customer, settings_.opens - days(random_.between(380, 400)), Intent::kPay);
      last_visit(customer, soon(days(365), customer.number), Intent::kLook);
      break;
    case Habit::kNewcomer:
      break;
  }
}

/// Some time in the ten hours before `around`.
void DemoShop::past_visit(Customer& customer, Timestamp around, Intent intent) {
  plan(customer, visit(customer, around - minutes(random_.between(100, 600)), intent));
}

/// A visit whose last step is at `end`.
void DemoShop::last_visit(Customer& customer, Timestamp end, Intent intent) {
  std::vector<Step> steps = visit(customer, end, intent);
  Duration too_late = steps.back().time - end;
  for (Step& step : steps) step.time = step.time - too_late;
  plan(customer, std::move(steps));
}

uint32_t DemoShop::choose_product(const Customer& customer, uint32_t category) {
  const auto& shelf = catalogue_.shelf(category);
  uint32_t chosen = shelf[random_.next() % shelf.size()];
  bool loyal = random_.chance(50);
  for (int tries = 0; loyal && tries < 6; ++tries) {
    if (catalogue_.product(chosen).brand == customer.brand) break;
    chosen = shelf[random_.next() % shelf.size()];
  }
  return chosen;
}

std::vector<DemoShop::Step> DemoShop::visit(Customer& customer, Timestamp start, Intent intent) {
  std::vector<Step> steps;
  std::vector<Line> cart;
  Timestamp now = start;
  uint32_t number = ++customer.visits;
  auto step = [&](Act act, Line line = {}) { steps.push_back({now, act, line, {}, number}); };
  auto wait = [&](int64_t low, int64_t high) {
    now = now + milliseconds(random_.between(low * 1000, high * 1000));
  };
  auto any_category = [&] {
    return static_cast<uint32_t>(random_.between(0, catalogue_.categories() - 1));
  };
  uint32_t main = customer.favourites[random_.chance(70) ? 0 : 1];
  if (random_.chance(15)) main = any_category();
  step(Act::kOpen);
  if (!customer.identified) {
    wait(2, 6);
    step(Act::kIdentify);
    customer.identified = true;
  }
  int64_t views = random_.between(2, 6);
  for (int64_t i = 1; i <= views; ++i) {
    Line line{choose_product(customer, random_.chance(85) ? main : any_category())};
    wait(5, 40);
    if (random_.chance(20)) {
      step(Act::kSearch, line);
      wait(3, 12);
    }
    step(Act::kView, line);
    if (intent == Intent::kLook || (i < views && !random_.chance(25))) continue;
    wait(4, 25);
    line.quantity = random_.chance(80) ? 1 : static_cast<uint32_t>(random_.between(2, 3));
    step(Act::kAdd, line);
    cart.push_back(line);
  }
  if (intent == Intent::kPay) {
    wait(30, 180);
    step(Act::kOrder);
    steps.back().cart = std::move(cart);
  }
  return steps;
}

void DemoShop::plan(Customer& customer, std::vector<Step> steps) {
  for (Step& step : steps) customer.plan.push_back(std::move(step));
}

void DemoShop::queue(const Customer& customer) {
  turns_.push({customer.plan.front().time, customer.number});
}

void DemoShop::plan_next_visit(Customer& customer, Timestamp after) {
  Timestamp start = settings_.opens - kHeadStart;
  bool first = after < start;
  after = std::max(after, start);
  switch (customer.habit) {
    case Habit::kKeen:
      after = after + minutes(random_.between(first ? 0 : 25, 70));
      break;
    case Habit::kLead:
    case Habit::kFirstTimer:
    case Habit::kRegular:
    case Habit::kNewcomer:
      after = after + minutes(random_.between(first ? 0 : 120, 600));
      break;
    case Habit::kSilentLead:
    case Habit::kSilentBuyer:
    case Habit::kDefecting:
    case Habit::kInactive:
      // Back some time after the silence has been noticed.
      if (first) after = settings_.opens + kSoon;
      after = after + minutes(random_.between(120, 3000));
      break;
  }
  after = after + milliseconds(random_.between(0, 59'999));
  bool is_lead = customer.habit == Habit::kLead || customer.habit == Habit::kSilentLead;
  int64_t mood = random_.between(0, 99);
  Intent intent = mood < 45 ? Intent::kLook : mood < 75 ? Intent::kLeaveCart : Intent::kPay;
  if (is_lead && intent == Intent::kPay && random_.chance(50)) intent = Intent::kLeaveCart;
  plan(customer, visit(customer, after, intent));
}

/// Those who come for the first time before anybody else's turn.
void DemoShop::newcomers() {
  while (turns_.empty() || next_newcomer_ <= turns_.top().time) {
    Customer& customer = add_customer(Habit::kNewcomer);
    Intent intent = random_.chance(35) ? Intent::kPay : Intent::kLook;
    plan(customer, visit(customer, next_newcomer_, intent));
    queue(customer);
    int64_t mean = 1200 * 60'000 / std::max<int64_t>(1, settings_.customers);
    next_newcomer_ = next_newcomer_ + milliseconds(random_.between(mean / 2, mean * 3 / 2));
  }
}

Timestamp DemoShop::next_time() const {
  return std::max(turns_.top().time, last_time_ + milliseconds(1));
}

ShopEvent DemoShop::next() {
  Timestamp time = last_time_ = next_time();
  Customer& customer = customers_[turns_.top().customer - 1];
  turns_.pop();
  Step step = std::move(customer.plan.front());
  customer.plan.pop_front();
  ShopEvent event{time, customer_id(customer.number), message(customer, step, time)};
  if (customer.plan.empty()) plan_next_visit(customer, time);
  queue(customer);
  newcomers();
  return event;
}

std::string DemoShop::message(const Customer& customer, const Step& step, Timestamp time) {
  static constexpr std::string_view kNames[] = {"Application Opened", "",
                                                "Products Searched",  "Product Viewed",
                                                "Product Added",      "Order Completed"};
  std::string id = customer_id(customer.number);
  std::string out = R"({"type":)";
  if (step.act == Act::kIdentify) {
    out += R"("identify")";
  } else {
    out += fmt::format(R"("track","event":"{}")", kNames[static_cast<size_t>(step.act)]);
  }
  fmt::format_to(std::back_inserter(out),
                 R"(,"messageId":"d{:08}","userId":"{}","timestamp":"{}",)", ++messages_, id,
                 format_rfc3339(time));
  if (step.act == Act::kIdentify) {
    fmt::format_to(std::back_inserter(out), R"("traits":{{"first_name":"{}","city":"{}"}},)",
                   first_name(id), kCities[customer.city].name);
  } else {
    out += R"("properties":{)";
    append_properties(customer, step, out);
    out += "},";
  }
  append_context(customer, out);
  out += '}';
  return out;
}

void DemoShop::append_properties(const Customer& customer, const Step& step,
                                 std::string& out) const {
  auto at = std::back_inserter(out);
  switch (step.act) {
    case Act::kOpen:
    case Act::kIdentify:
      break;
    case Act::kSearch:
      fmt::format_to(at, R"("query":"{}")", catalogue_.product(step.line.product).query);
      break;
    case Act::kView:
      append_product(catalogue_, step.line.product, out);
      break;
    case Act::kAdd:
      append_product(catalogue_, step.line.product, out);
      fmt::format_to(at, R"(,"quantity":{},"cart_id":"k{}-{}")", step.line.quantity,
                     customer.number, step.visit);
      break;
    case Act::kOrder: {
      int64_t total = 0;
      std::string products;
      for (const Line& line : step.cart) {
        const DemoProduct& product = catalogue_.product(line.product);
        total += product.price * line.quantity;
        if (!products.empty()) products += ',';
        products += fmt::format(R"({{"product_id":"{}","category":"{}","price":{},"quantity":{}}})",
                                product.id, catalogue_.category_name(product.category),
                                product.price, line.quantity);
      }
      fmt::format_to(at, R"("order_id":"o{}-{}","total":{},"currency":"IDR","products":[{}])",
                     customer.number, step.visit, total, products);
      break;
    }
  }
}

void DemoShop::append_context(const Customer& customer, std::string& out) const {
  const City& city = kCities[customer.city];
  fmt::format_to(std::back_inserter(out),
                 R"("context":{{"app":{{"name":"shop","version":"5.2.1"}},)"
                 R"("device":{{"type":"{}"}},"locale":"id-ID","timezone":"{}","city":"{}"}})",
                 customer.android ? "android" : "ios", city.time_zone, city.name);
}

std::string_view DemoShop::first_name(std::string_view id) const {
  return kFirstNames[hash64(id, settings_.seed) % kFirstNames.size()];
}

std::string DemoShop::busy_customer() const {
  for (uint32_t i = 0; i < settings_.customers; ++i) {
    if (habit_of(i) == Habit::kKeen) return customer_id(i + 1);
  }
  return customer_id(1);
}

}  // namespace sapa
