#include "engine/base/arena.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(Arena, GivesAlignedMemoryThatNobodyElseHas) {
  std::mt19937_64 random(1);
  Arena arena(64);
  std::vector<std::pair<char*, size_t>> blocks;
  for (int i = 0; i < 5000; ++i) {
    size_t bytes = random() % 300, alignment = size_t{1} << random() % 6;
    auto* at = static_cast<char*>(arena.allocate(bytes, alignment));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(at) % alignment, 0u);
    std::memset(at, i % 251, bytes);
    blocks.emplace_back(at, bytes);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t j = 0; j < blocks[i].second; ++j) {
      ASSERT_EQ(static_cast<uint8_t>(blocks[i].first[j]), i % 251);
    }
  }
}

TEST(Arena, CopiesTexts) {
  Arena arena(16);
  std::string text = "a text that is longer than the first block";
  std::string_view copy = arena.copy(text);
  text[0] = 'X';
  EXPECT_EQ(copy, "a text that is longer than the first block");
  EXPECT_EQ(arena.copy(""), "");
}

TEST(Arena, AWarmOneTakesNoNewMemory) {
  Arena arena(64);
  for (int i = 0; i < 100; ++i) arena.allocate(100);
  arena.reset();
  EXPECT_EQ(arena.bytes_used(), 0u);
  void* first = arena.allocate(100);
  arena.reset();
  EXPECT_EQ(arena.allocate(100), first);
  EXPECT_GE(arena.bytes_used(), 100u);
  EXPECT_LT(arena.bytes_used(), 200u);
}

TEST(Arena, CountsWhatItHasHandedOut) {
  Arena arena(64);
  size_t handed = 0;
  for (int i = 1; i < 200; ++i) {
    arena.allocate(static_cast<size_t>(i), 1);
    handed += static_cast<size_t>(i);
    ASSERT_GE(arena.bytes_used(), handed);
  }
}

}  // namespace
}  // namespace sapa
