// A bump allocator for what lives as long as one event or one evaluation: values, strings, lists.
// Nothing allocated here is destroyed, so only trivially destructible types may be put in.
// reset() keeps the largest block, so that a warm arena allocates nothing. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sapa {

class Arena {
 public:
  explicit Arena(size_t first_block_bytes = 4096) : next_block_bytes_(first_block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* allocate(size_t bytes, size_t alignment = alignof(std::max_align_t)) {
    uintptr_t at = (cursor_ + alignment - 1) & ~(alignment - 1);
    if (at + bytes > end_ || cursor_ == 0) return allocate_in_new_block(bytes, alignment);
    cursor_ = at + bytes;
    return reinterpret_cast<void*>(at);
  }

  /// Uninitialised room for `count` objects of T.
  template <typename T>
  T* array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  template <typename T, typename... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T{static_cast<Args&&>(args)...};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// Forgets everything; every pointer handed out becomes invalid.
  void reset() {
    bytes_in_full_blocks_ = 0;
    if (blocks_.empty()) return;
    if (blocks_.size() > 1) {
      blocks_.front() = std::move(blocks_.back());
      blocks_.resize(1);
    }
    cursor_ = reinterpret_cast<uintptr_t>(blocks_.front().memory.get());
    end_ = cursor_ + blocks_.front().bytes;
  }

  /// Bytes handed out since the last reset, padding included; for limits on evaluation.
  size_t bytes_used() const {
    if (blocks_.empty()) return 0;
    return bytes_in_full_blocks_ + blocks_.back().bytes - (end_ - cursor_);
  }

 private:
  static constexpr size_t kLargestBlockBytes = 4 << 20;

  struct Block {
    std::unique_ptr<char[]> memory;
    size_t bytes;
  };

  void* allocate_in_new_block(size_t bytes, size_t alignment) {
    if (!blocks_.empty()) {
      bytes_in_full_blocks_ += blocks_.back().bytes;
      next_block_bytes_ = std::min(blocks_.back().bytes * 2, kLargestBlockBytes);
    }
    size_t size = next_block_bytes_ > bytes + alignment ? next_block_bytes_ : bytes + alignment;
    blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    cursor_ = reinterpret_cast<uintptr_t>(blocks_.back().memory.get());
    end_ = cursor_ + size;
    return allocate(bytes, alignment);
  }

  std::vector<Block> blocks_;
  uintptr_t cursor_ = 0;
  uintptr_t end_ = 0;
  size_t next_block_bytes_;
  size_t bytes_in_full_blocks_ = 0;
};

}  // namespace sapa
