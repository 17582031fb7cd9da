// Against a plain list.
#include "engine/customer/seen_messages.h"

#include <algorithm>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace sapa {
namespace {

int64_t second_of(int64_t ms) { return std::clamp<int64_t>(ms / 1000, 0, 0xFFFF'FFFF); }

TEST(SeenMessages, AreThoseOfAPlainList) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    SeenMessages seen;
    std::deque<std::pair<uint64_t, int64_t>> model;
    const int64_t within = 1 + static_cast<int64_t>(random() % 100'000);
    const size_t most = 1 + random() % 12;
    // Before 1970 and beyond 32 bits of seconds, too.
    int64_t now = static_cast<int64_t>(random() % 5'000'000'000'000) - 200'000'000'000;
    for (int i = 0; i < 100; ++i) {
      now += static_cast<int64_t>(random() % 6000);
      // Some come late; few ids, so that there are repeats.
      const int64_t time = now - (random() % 5 == 0 ? static_cast<int64_t>(random() % 50'000) : 0);
      const uint64_t id = random() % 40 * 0x1234'5678'9ABC'DEF1;
      const bool known = std::any_of(model.begin(), model.end(), [&](const auto& message) {
        return message.first == (id & SeenMessages::kHashMask);
      });
      ASSERT_EQ(seen.contains(id), known);
      if (known) continue;
      while (model.size() >= most) model.pop_front();
      while (!model.empty() && model.front().second < second_of(now - within)) model.pop_front();
      model.emplace_back(id & SeenMessages::kHashMask, second_of(time));
      seen.drop(now - within, most);
      seen.add(id, time);
      ASSERT_EQ(seen.size(), model.size());
      if (random() % 3 != 0) continue;
      std::string bytes = written([&](ByteWriter& out) { seen.encode(out); });
      SeenMessages back;
      ByteReader in(bytes);
      ASSERT_TRUE(back.decode(in));
      ASSERT_TRUE(in.ok() && in.done());
      ASSERT_EQ(back, seen);
      seen = back;
    }
  }
}

TEST(SeenMessages, ARepeatIsKnownForAllOfTheHorizon) {
  SeenMessages seen;
  seen.add(1, 10'999);
  seen.drop(10'999, 8);
  EXPECT_TRUE(seen.contains(1));
  seen.drop(11'000, 8);
  EXPECT_FALSE(seen.contains(1));
}

TEST(SeenMessages, APartOfAnEntryIsRefused) {
  std::string bytes = written([](ByteWriter& out) { out.text("0123456789012"); });
  SeenMessages seen;
  ByteReader in(bytes);
  EXPECT_FALSE(seen.decode(in));
}

}  // namespace
}  // namespace sapa
