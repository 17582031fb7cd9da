// What the demo's shop sells: the brands and shelves of an Indonesian home retailer, with prices in
// rupiah. The same in every run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sapa {

struct DemoProduct {
  std::string id;  ///< "p0042"
  uint32_t category = 0;
  std::string_view brand;
  std::string name;   ///< brand and thing: "Krisbow Bor Listrik"
  std::string query;  ///< what somebody types who looks for it: "bor listrik"
  int64_t price = 0;  ///< rupiah
};

class DemoCatalogue {
 public:
  DemoCatalogue();

  uint32_t categories() const { return static_cast<uint32_t>(by_category_.size()); }
  std::string_view category_name(uint32_t category) const;
  /// Indexes into products(); never empty.
  const std::vector<uint32_t>& shelf(uint32_t category) const { return by_category_[category]; }
  const DemoProduct& product(uint32_t index) const { return products_[index]; }
  size_t size() const { return products_.size(); }

 private:
  std::vector<DemoProduct> products_;
  std::vector<std::vector<uint32_t>> by_category_;
};

}  // namespace sapa
