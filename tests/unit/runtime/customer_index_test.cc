// Against a std::map, with hashes that collide as much as they like.
#include "engine/runtime/customer_index.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sapa {
namespace {

struct FewHashes {
  uint64_t operator()(std::string_view id) const { return id.size() % 3; }
};

template <typename Hash>
void compare_with_a_map() {
  std::mt19937 random(1);
  CustomerIndex<Hash> index;
  std::map<std::string, HotCustomer*> model;
  for (int i = 0; i < 3'000; ++i) {
    std::string id(1 + random() % 12, static_cast<char>('a' + random() % 4));
    auto known = model.find(id);
    ASSERT_EQ(index.find(id), known == model.end() ? nullptr : known->second);
    index.prefetch_place(id);
    index.prefetch_customer(id);
    index.prefetch_record(id);
    if (known == model.end()) {
      model[id] = index.insert(std::make_unique<HotCustomer>(id));
      ASSERT_EQ(model[id]->id(), id);
    } else if (!known->second->crowded && random() % 2 == 0) {
      index.erase(*known->second);
      model.erase(known);
    }
    ASSERT_EQ(index.size(), model.size());
  }
}

TEST(CustomerIndex, FindsThoseThatAreThere) { compare_with_a_map<IdHash>(); }
TEST(CustomerIndex, FindsThoseWithTheSameHash) { compare_with_a_map<FewHashes>(); }

}  // namespace
}  // namespace sapa
