// What the shop sells: 2,000 products in 12 categories, each with a fixed brand, name and price,
// the same for every seed. Also what people type into the search box.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sapa::shop {

constexpr size_t kCategories = 12;
constexpr size_t kProducts = 2000;

struct Product {
  size_t category = 0;
  std::string brand;
  std::string name;
  int64_t price = 0;  // rupiah, whole thousands

  // Fragments of JSON without braces, since they are written far more often than they change.
  std::string viewed;  // "product_id":…,"category":…,"brand":…,"name":…,"price":…,"currency":"IDR"
  std::string ordered;  // "product_id":…,"category":…,"price":…
};

class Catalogue {
 public:
  Catalogue();

  const Product& product(size_t index) const { return products_[index]; }

  /// How many products a category has, and its nth.
  static size_t size_of(size_t category);
  const Product& in_category(size_t category, size_t nth) const {
    return products_[category + nth * kCategories];
  }

  static std::string_view category_name(size_t category);

  /// Search terms of a category; all categories have equally many.
  static constexpr size_t kQueries = 8;
  const std::string& query(size_t category, size_t nth) const { return queries_[category][nth]; }

 private:
  std::vector<Product> products_;
  std::array<std::array<std::string, kQueries>, kCategories> queries_;
};

}  // namespace sapa::shop
