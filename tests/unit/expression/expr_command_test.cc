// `sapa expr`: one answer a line, whatever the line holds.
#include <sstream>

#include <gtest/gtest.h>

#include "engine/cli/expr.h"

namespace sapa {
namespace {

std::vector<std::string> answers(const std::string& input, bool typed = false) {
  std::istringstream in(input);
  std::ostringstream out;
  EXPECT_EQ(run_expr(in, out, typed), 0);
  std::vector<std::string> lines;
  std::istringstream split(out.str());
  for (std::string line; std::getline(split, line);) lines.push_back(line);
  return lines;
}

TEST(ExprCommand, AnswersPlainJson) {
  auto lines = answers(R"json({"expr": "x.price * 2", "vars": {"x": {"price": 1.5}}}
{"expr": "[1, 'a', null, {'b': true}]"}
{"expr": "timestamp(0)"}
{"expr": "name.size()", "vars": {"name": "Ani"}}
)json");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], R"json({"value":3})json");
  EXPECT_EQ(lines[1], R"json({"value":[1,"a",null,{"b":true}]})json");
  EXPECT_EQ(lines[3], R"json({"value":3})json");
}

TEST(ExprCommand, AnswersTypedJson) {
  auto lines = answers(R"json({"expr": "x + 1u", "vars": {"x": {"uint64Value": "4"}}}
{"expr": "[duration('1.5s'), b'a', 1.0/0.0, int, null]", "check": false}
{"expr": "x", "vars": {"x": {"mapValue": {"entries": [{"key": {"int64Value": "1"}, "value": {"bytesValue": "YQ=="}}]}}}, "check": false}
{"expr": "[1].map(x, string(x))"}
{"expr": "a + 1", "check_only": true, "type_env": [{"name": "a", "ident": {"type": {"primitive": "INT64"}}}]}
)json",
                       true);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], R"json({"value":{"uint64Value":"5"},"type":{"dyn":{}}})json");
  EXPECT_EQ(
      lines[1],
      R"json({"value":{"listValue":{"values":[{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}},{"bytesValue":"YQ=="},{"doubleValue":"Infinity"},{"typeValue":"int"},{"nullValue":null}]}}})json");
  EXPECT_EQ(
      lines[2],
      R"json({"value":{"mapValue":{"entries":[{"key":{"int64Value":"1"},"value":{"bytesValue":"YQ=="}}]}}})json");
  EXPECT_EQ(
      lines[3],
      R"json({"value":{"listValue":{"values":[{"stringValue":"1"}]}},"type":{"list_type":{"elem_type":{"primitive":"STRING"}}}})json");
  EXPECT_EQ(lines[4], R"json({"type":{"primitive":"INT64"}})json");
}

TEST(ExprCommand, AnswersEveryLineOnce) {
  std::string deep(100'000, '[');
  std::string huge = "{\"expr\": \"" + std::string(5 << 20, 'a') + "\"}";
  auto lines = answers("garbage\n\n[]\n{}\n{\"expr\": 1}\n{\"expr\": \"1\", \"vars\": []}\n" +
                       deep + "\n" + huge + "\n{\"expr\": \"" + std::string(30'000, '(') +
                       "\"}\n\xff\xfe\n" + "{\"expr\": \"1 + 1\"}");
  ASSERT_EQ(lines.size(), 11u);
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    EXPECT_EQ(lines[i].rfind("{\"error\":", 0), 0u) << i << ": " << lines[i].substr(0, 200);
  }
  EXPECT_EQ(lines.back(), R"json({"value":2})json");
}

TEST(ExprCommand, SaysWhereAndWhatWasMeant) {
  auto lines = answers("{\"expr\": \"1 + customr\", \"vars\": {\"customer\": 1}}\n");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(
      lines[0],
      R"json({"error":"at 5: undeclared reference to 'customr' (did you mean 'customer'?)"})json");
}

TEST(ExprCommand, TalksToPeople) {
  std::istringstream in("1 + 2\n1 +\n\n1 / 0\n");
  std::ostringstream out;
  EXPECT_EQ(run_expr_interactive(in, out), 0);
  EXPECT_NE(out.str().find("3  (int)"), std::string::npos);
  EXPECT_NE(out.str().find("unexpected end of the expression"), std::string::npos);
  EXPECT_NE(out.str().find("error: division by zero"), std::string::npos);
}

}  // namespace
}  // namespace sapa
