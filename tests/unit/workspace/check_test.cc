// `sapa check`: exit codes and output.
#include "engine/cli/check.h"

#include <sstream>

#include <gtest/gtest.h>

#include "engine/base/json.h"

namespace sapa {
namespace {

const std::string kShop = SAPA_SOURCE_DIR "/deploy/workspaces/shop";
const std::string kErrors = SAPA_SOURCE_DIR "/tests/unit/workspace/data/errors";

struct Outcome {
  int exit_code;
  std::string out, errors;
};

Outcome check(const std::string& folder, bool json) {
  std::ostringstream out, errors;
  int exit_code = run_check(folder, "", json, out, errors);
  return {exit_code, out.str(), errors.str()};
}

TEST(Check, SumsUpAWorkspaceWithoutErrors) {
  Outcome outcome = check(kShop, false);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.out.find("campaigns                                        7\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("  total "), std::string::npos);
  EXPECT_EQ(outcome.out.find("error"), std::string::npos);
}

TEST(Check, PrintsEveryErrorAndFails) {
  Outcome outcome = check(kErrors, false);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("segments.yaml:4:17: error: unknown metric `order`; did you mean "),
            std::string::npos);
  EXPECT_NE(outcome.out.find(" errors, "), std::string::npos);
  EXPECT_EQ(outcome.out.find("at most, in bytes"), std::string::npos);
}

TEST(Check, PrintsJsonThatReadsBack) {
  for (const std::string& folder : {kShop, kErrors}) {
    Outcome outcome = check(folder, true);
    Arena arena;
    JsonReader reader;
    Result<Value> value = reader.read(outcome.out, arena);
    ASSERT_TRUE(value.ok()) << value.error().message;
    bool clean = folder == kShop;
    EXPECT_EQ(value->field("ok").boolean, clean);
    EXPECT_EQ(value->field("findings").size == 0, clean);
    EXPECT_EQ(value->field("worstCaseBytes").is_absent(), !clean);
  }
}

TEST(Check, TellsBadUsageFromBadWorkspaces) {
  Outcome outcome = check("/nowhere/at/all", false);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.errors.find("/nowhere/at/all"), std::string::npos);
  EXPECT_EQ(outcome.out, "");
}

}  // namespace
}  // namespace sapa
