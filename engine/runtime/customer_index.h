// The customers in memory by id. The map's key is a hash of the id, so that a customer's place is
// found without looking at any other memory than the map's own: what is needed soon can be asked
// for in time. `Hash` is another one in tests only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"
#include "engine/runtime/hot_customer.h"

namespace sapa {

struct IdHash {
  uint64_t operator()(std::string_view id) const { return hash64(id); }
};

template <typename Hash = IdHash>
class CustomerIndex {
 public:
  HotCustomer* find(std::string_view id) const { return locate(id).second; }

  /// Precondition: there is none with this id.
  HotCustomer* insert(std::unique_ptr<HotCustomer> hot) {
    const uint64_t own = locate(hot->id()).first;
    for (uint64_t place = Hash()(hot->id()); place != own; place = next_place(place)) {
      places_.find(place)->second->crowded = true;
    }
    return places_.emplace(own, std::move(hot)).first->second.get();
  }

  /// Precondition: not crowded.
  void erase(const HotCustomer& hot) { places_.erase(locate(hot.id()).first); }

  size_t size() const { return places_.size(); }

  /// Three steps that bring a customer into the processor's cache, each to be taken when the one
  /// before has come to its end, some hundred nanoseconds later.
  void prefetch_place(std::string_view id) const { places_.prefetch(Hash()(id)); }
  void prefetch_customer(std::string_view id) const {
    if (auto it = places_.find(Hash()(id)); it != places_.end()) it->second->prefetch();
  }
  void prefetch_record(std::string_view id) const {
    if (auto it = places_.find(Hash()(id)); it != places_.end()) it->second->prefetch_record();
  }

 private:
  struct Itself {
    size_t operator()(uint64_t hash) const { return hash; }
  };

  /// Of customers with the same hash all but the first are at the next place of the one before.
  /// (Knuth's linear congruential generator, which comes by every number before it repeats one.)
  static uint64_t next_place(uint64_t place) {
    return place * 6364136223846793005u + 1442695040888963407u;
  }

  /// Where the customer is, or (null) where to put it.
  std::pair<uint64_t, HotCustomer*> locate(std::string_view id) const {
    for (uint64_t place = Hash()(id);; place = next_place(place)) {
      auto it = places_.find(place);
      if (it == places_.end()) return {place, nullptr};
      if (it->second->id() == id) return {place, it->second.get()};
    }
  }

  absl::flat_hash_map<uint64_t, std::unique_ptr<HotCustomer>, Itself> places_;
};

}  // namespace sapa
