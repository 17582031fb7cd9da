// A list in a customer's record. It stays the bytes that it was stored as until somebody looks at
// it, and is stored as these bytes again unless somebody has changed it: most events look at none.
// For an item type T, two functions say what its bytes are:
//   bool read_item(ByteReader&, int64_t base, T&)      false for what can't be right
//   void write_item(const T&, int64_t base, ByteWriter&)
// Times are stored relative to `base`, the same for all of a record.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "engine/customer/bytes.h"

namespace sapa {

template <typename T>
class StoredList {
 public:
  StoredList() = default;
  StoredList(std::initializer_list<T> items) : items_(items), loaded_(true), changed_(true) {}

  /// Does not decode.
  bool empty() const { return loaded_ ? items_.empty() : stored_.empty(); }
  size_t size() const { return items().size(); }
  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  const T& operator[](size_t i) const { return items()[i]; }
  const T& front() const { return items().front(); }
  const T& back() const { return items().back(); }
  const std::vector<T>& items() const {
    if (!loaded_) load();
    return items_;
  }
  /// To be changed; from then on it is stored anew.
  std::vector<T>& change() {
    if (!loaded_) load();
    changed_ = true;
    return items_;
  }
  /// Whether change() was called since clear() or restore().
  bool changed() const { return changed_; }
  /// As std::erase_if, but a list of which nothing goes is not changed.
  template <typename Gone>
  void erase_if(Gone gone) {
    for (const T& item : items()) {
      if (gone(item)) return void(std::erase_if(change(), gone));
    }
  }

  /// As new; keeps its memory.
  void clear() { restore({}, 0); }
  /// Takes the bytes of a store(), which must stay as they are until they have been stored again or
  /// the list is cleared. What can't be read, once it is looked at, counts as nothing.
  void restore(std::string_view bytes, int64_t base) {
    stored_ = bytes;
    base_ = base;
    loaded_ = changed_ = false;
  }
  /// text of: count, item*. Of a list that is not empty.
  void store(int64_t base, ByteWriter& out) const {
    if (!changed_ && base == base_) return out.text(stored_);
    out.text_of([&] {
      out.varint(items().size());
      for (const T& item : items()) write_item(item, base, out);
    });
  }

 private:
  /// Changes nothing that can be told from outside.
  void load() const {
    loaded_ = true;
    ByteReader in(stored_);
    if (stored_.empty()) return items_.clear();
    items_.resize(
        in.count(kLeastItemBytes));  // those of the record before have memory of their own already
    for (T& item : items_) {
      if (!read_item(in, base_, item)) return items_.clear();
    }
    if (!in.ok() || !in.done()) items_.clear();
  }

  static constexpr size_t kLeastItemBytes = 5;  // a definition and a time

  std::string_view stored_;
  int64_t base_ = 0;
  mutable std::vector<T> items_;  // anything while not loaded
  mutable bool loaded_ = false;   // items_ says what stored_ said
  bool changed_ = false;          // items_ is right, stored_ outdated
};

}  // namespace sapa
