#include "engine/cli/demo_state_folder.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace sapa {
namespace {

namespace fs = std::filesystem;

TEST(DemoStateFolder, RemovesItsOwnFolderAtTheEnd) {
  std::string path;
  {
    auto folder = DemoStateFolder::make("");
    ASSERT_TRUE(folder.ok());
    DemoStateFolder moved = std::move(*folder);
    path = moved.path();
    EXPECT_TRUE(moved.is_temporary());
    std::ofstream(path + "/file") << "x";
    EXPECT_TRUE(fs::is_directory(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(DemoStateFolder, LeavesAFolderThatWasAskedFor) {
  auto own = DemoStateFolder::make("");
  ASSERT_TRUE(own.ok());
  std::string wanted = own->path() + "/wanted";
  fs::create_directory(wanted);
  { ASSERT_TRUE(DemoStateFolder::make(wanted).ok()); }
  EXPECT_TRUE(fs::exists(wanted));
}

TEST(DemoStateFolder, RefusesAFolderThatHoldsSomething) {
  auto own = DemoStateFolder::make("");
  ASSERT_TRUE(own.ok());
  std::ofstream(own->path() + "/file") << "x";
  auto refused = DemoStateFolder::make(own->path());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUser);
  EXPECT_TRUE(fs::exists(own->path() + "/file"));
}

}  // namespace
}  // namespace sapa
