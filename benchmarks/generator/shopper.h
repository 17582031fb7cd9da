// What is fixed about a customer of the shop: where they live, what they like, which phone they
// hold. Computed from the seed and the customer's number, so that millions of customers cost no
// memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sapa::shop {

struct Shopper {
  std::array<size_t, 2> favourites;  // two different categories
  size_t context;                    // index into Shoppers::context
};

class Shoppers {
 public:
  Shoppers(uint64_t seed, uint64_t customers);

  /// The customer's number in [1, customers] for a popularity rank in [1, customers]: one to one,
  /// and scattered, so that popular customers are not neighbours in an ordered store.
  uint64_t number_of_rank(uint64_t rank) const;

  Shopper shopper(uint64_t number) const;

  /// The events' `context` of a shopper, as JSON.
  const std::string& context(size_t index) const { return contexts_[index]; }

 private:
  uint64_t seed_;
  uint64_t customers_;
  uint64_t step_;  // without a common divisor with customers_
  uint64_t offset_;
  std::vector<std::string> contexts_;
};

}  // namespace sapa::shop
