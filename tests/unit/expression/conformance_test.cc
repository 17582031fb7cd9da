// The cases of CEL's conformance suite, if the file is there: at least 98 of 100 must pass, and the
// others are listed in engine/expression/README.md.
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "case_data.h"
#include "engine/base/json.h"

namespace sapa::expression {
namespace {

std::string cases_path() {
  const char* from_environment = std::getenv("SAPA_SHARED_DATA");
  return std::string(from_environment ? from_environment : SAPA_SHARED_DATA) + "/cel/cases.jsonl";
}

/// Empty if the case passes.
std::string difference(const Value& row) {
  Outcome outcome = run_case(row);
  Value expect = row.field("expect");
  std::string got = outcome.error.empty() ? outcome.value + " of type " + outcome.type
                                          : "the error " + outcome.error;
  if (!expect.field("error").is_absent()) {
    return outcome.error.empty() ? "should fail, gives " + got : "";
  }
  if (!outcome.error.empty()) return got;
  Value type = expect.field("deduced_type");
  if (!type.is_absent() && to_json(type) != outcome.type) {
    return "should have type " + to_json(type) + ", gives " + got;
  }
  Value value = expect.field("value");
  if (!value.is_absent() && normal_form(value) != outcome.value) {
    return "should be " + normal_form(value) + ", gives " + got;
  }
  return "";
}

TEST(Conformance, PassesTheSuite) {
  if (!std::filesystem::exists(cases_path())) {
    std::cout << "no conformance cases at " << cases_path() << "; the project's own have run\n";
    return;
  }
  Arena arena;
  std::vector<Value> rows = read_json_lines(cases_path(), arena);
  ASSERT_GT(rows.size(), 100u);
  size_t failed = 0;
  for (const Value& row : rows) {
    std::string why = row.is(Kind::kMap) ? difference(row) : "unreadable line";
    if (why.empty()) continue;
    ++failed;
    std::cout << row.field("id").as_string() << ": " << row.field("expr").as_string() << "\n  "
              << why << "\n";
  }
  std::cout << rows.size() - failed << " of " << rows.size() << " conformance cases pass\n";
  EXPECT_LE(failed * 100, rows.size() * 2);
}

}  // namespace
}  // namespace sapa::expression
