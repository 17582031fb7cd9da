// Against a plain list.
#include "engine/customer/seen_messages.h"

#include <algorithm>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(SeenMessages, AreThoseOfAPlainList) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    SeenMessages seen;
    std::deque<std::pair<uint64_t, int64_t>> model;
    const int64_t within = 1 + static_cast<int64_t>(random() % 1000);
    const size_t most = 1 + random() % 12;
    int64_t now = static_cast<int64_t>(random() % 2'000'000'000'000) - 200'000'000'000;
    for (int i = 0; i < 100; ++i) {
      now += static_cast<int64_t>(random() % 60);
      // Some come late; few ids, so that there are repeats.
      const int64_t time = now - (random() % 5 == 0 ? static_cast<int64_t>(random() % 500) : 0);
      const uint64_t id = random() % 40 * 0x1234'5678'9ABC'DEF1;
      const bool known = std::any_of(model.begin(), model.end(), [&](const auto& message) {
        return message.first == (id & SeenMessages::kHashMask);
      });
      ASSERT_EQ(seen.contains(id), known);
      if (known) continue;
      while (!model.empty() && model.front().second < now - within) model.pop_front();
      while (model.size() >= most) model.pop_front();
      model.emplace_back(id & SeenMessages::kHashMask, time);
      seen.drop(now - within, most);
      seen.add(id, time);
      ASSERT_EQ(seen.size(), model.size());
      if (random() % 3 != 0) continue;
      std::string bytes = written([&](ByteWriter& out) { seen.encode(out); });
      SeenMessages back;
      ByteReader in(bytes);
      back.decode(in);
      ASSERT_TRUE(in.ok() && in.done());
      ASSERT_EQ(back, seen);
      seen = back;
    }
  }
}

}  // namespace
}  // namespace sapa
