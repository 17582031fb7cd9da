// Which process keeps a standby of which partition.
#include <map>

#include <gtest/gtest.h>

#include "connectors/kafka/changelog_tail.h"

namespace sapa::kafka {
namespace {

std::map<int32_t, int> standbys(const std::vector<std::string>& instances, int replicas) {
  std::map<int32_t, int> count;
  for (const std::string& instance : instances) {
    for (int32_t partition : standby_candidates(64, instance, instances, replicas)) {
      ++count[partition];
    }
  }
  return count;
}

TEST(StandbyCandidates, WithOneOtherProcessEverythingIsCovered) {
  for (const auto& [partition, count] : standbys({"a", "b"}, 1)) EXPECT_EQ(count, 2) << partition;
}

TEST(StandbyCandidates, OneMoreThanTheReplicasSinceOneOfThemMayBeTheOwner) {
  const auto count = standbys({"a", "b", "c", "d", "e"}, 2);
  EXPECT_EQ(count.size(), 64u);
  for (const auto& [partition, of_it] : count) EXPECT_EQ(of_it, 3) << partition;
}

TEST(StandbyCandidates, WhoIsNotInTheGroupYetCountsItselfIn) {
  EXPECT_EQ(standby_candidates(4, "new", {}, 1).size(), 4u);
}

TEST(StandbyCandidates, AProcessThatLeavesMovesOnlyWhatItStoodFor) {
  const std::vector<std::string> before{"a", "b", "c", "d"}, after{"a", "b", "c"};
  for (const std::string& instance : after) {
    const auto then = standby_candidates(64, instance, before, 1);
    const auto now = standby_candidates(64, instance, after, 1);
    EXPECT_TRUE(std::includes(now.begin(), now.end(), then.begin(), then.end())) << instance;
  }
}

TEST(InstanceOfMember, IsWhatStandsBeforeWorkerAndUuid) {
  EXPECT_EQ(instance_of_member("shop-7-0-123e4567-e89b-12d3-a456-426614174000"), "shop-7");
  EXPECT_EQ(instance_of_member("sapa-123e4567-e89b-12d3-a456-426614174000"), "")
      << "a dynamic member";
  EXPECT_EQ(instance_of_member("short"), "");
}

}  // namespace
}  // namespace sapa::kafka
