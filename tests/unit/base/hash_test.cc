// Hashes are part of what is stored and of where records go: they must never change.
#include "engine/base/hash.h"

#include <set>

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(KafkaPartition, AgreesWithJavasDefaultPartitioner) {
  // murmur2 of these keys as the tests of Kafka's own Utils have them.
  struct Known {
    std::string_view key;
    int32_t murmur2;
  };
  constexpr Known kKnown[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  };
  for (const Known& known : kKnown) {
    for (int32_t partitions : {1, 2, 3, 4, 7, 64, 1000, 2147483647}) {
      EXPECT_EQ(kafka_partition(known.key, partitions), (known.murmur2 & 0x7fffffff) % partitions)
          << known.key << " of " << partitions;
    }
  }
}

TEST(Hash64, NeverChanges) {
  EXPECT_EQ(hash64(""), hash64("", 0));
  EXPECT_EQ(hash64("Order Completed"), hash64(std::string("Order ") + "Completed"));
  // Written down when the stored formats were: triggers' ids and deduplication depend on them.
  EXPECT_EQ(hash64(""), 0xe963b066693d8911);
  EXPECT_EQ(hash64("a"), 0xe00d3a384b55b527);
  EXPECT_EQ(hash64("12345678"), 0xe6b5ebda5d43fde2);
  EXPECT_EQ(hash64("e00000000017", 1), 0xfa5cac9fe8080097);
}

TEST(Hash64, TellsApartWhatDiffersInOneByteOrItsLength) {
  std::set<uint64_t> seen;
  size_t made = 0;
  for (size_t length = 0; length < 40; ++length) {
    std::string text(length, '\0');
    seen.insert(hash64(text)), ++made;
    for (size_t i = 0; i < length; ++i) {
      for (char c : {'\1', 'x', '\xFF'}) {
        text[i] = c;
        seen.insert(hash64(text)), ++made;
      }
      text[i] = '\0';
    }
  }
  EXPECT_EQ(seen.size(), made);
}

TEST(Hash64, SeedsAreOtherHashes) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 1000; ++seed) seen.insert(hash64("customer", seed));
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace sapa
