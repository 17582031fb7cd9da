// The project's own cases: cases/*.jsonl, each {"expr": …, "is": an expression with the same value}
// or
// {"expr": …, "fails": a part of the message}.
#include <filesystem>

#include <gtest/gtest.h>

#include "case_data.h"

namespace sapa::expression {
namespace {

class OwnCases : public testing::TestWithParam<std::string> {};

TEST_P(OwnCases, HaveTheirValuesAndErrors) {
  Arena arena;
  std::string path = std::string(SAPA_CASES_DIR) + "/" + GetParam() + ".jsonl";
  std::vector<Value> rows = read_json_lines(path, arena);
  ASSERT_GE(rows.size(), 10u) << path;
  for (const Value& row : rows) {
    ASSERT_TRUE(row.is(Kind::kMap)) << path << ": " << row.as_string();
    std::string expr(row.field("expr").as_string());
    Outcome outcome = run_case(row);
    Value fails = row.field("fails");
    if (fails.is(Kind::kString)) {
      EXPECT_NE(outcome.error.find(fails.as_string()), std::string::npos)
          << expr << "\n  should fail with: " << fails.as_string() << "\n  error: " << outcome.error
          << "\n  value: " << outcome.value;
      EXPECT_FALSE(outcome.error.empty()) << expr;
    } else {
      Outcome expected = run_expression(row.field("is").as_string());
      ASSERT_EQ(expected.error, "") << row.field("is").as_string();
      EXPECT_EQ(outcome.error, "") << expr;
      EXPECT_EQ(outcome.value, expected.value) << expr;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, OwnCases,
                         testing::Values("conversions", "errors_absorbed", "literals", "macros",
                                         "names", "numbers", "operators", "optionals", "texts",
                                         "times"),
                         [](const auto& file) { return file.param; });

TEST(OwnCases, AreAllListed) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SAPA_CASES_DIR)) {
    files += entry.path().extension() == ".jsonl";
  }
  EXPECT_EQ(files, 10u);
}

}  // namespace
}  // namespace sapa::expression
