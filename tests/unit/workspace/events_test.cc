// `events:` gives properties their types; what is not declared stays dynamic.
#include <gtest/gtest.h>

#include "tests/unit/workspace/loading.h"

namespace sapa {
namespace {

constexpr const char* kEvents = R"(events:
  Product Viewed: {category: string, price: number, quantity: int, tags: list of string, vip: bool}
  Order Completed: {total: double, category: string, price: string, items: list}
)";

std::string findings_of(const std::string& when, const std::string& title = "t") {
  return all_of(
      load_workspace_texts(
          {{"test.yaml", std::string(kEvents) + "---\ncampaign: a\nchannel: push\nwhen: " + when +
                             "\nmessage: {title: \"" + title + "\"}\n"}})
          .findings);
}

std::string viewed(const std::string& condition) {
  return findings_of("{event: Product Viewed, if: \"" + condition + "\"}");
}

TEST(DeclaredEvents, LetPropertiesBeUsedAsTheirTypes) {
  for (const char* condition :
       {"event.properties.category.startsWith('b')", "event.properties.price > 5",
        "event.properties.price * 2 > 5.0", "event.properties.price == 5",
        "event.properties.quantity == 2", "'x' in event.properties.tags", "event.properties.vip",
        "event.properties.?coupon.orValue('') == 'X'", "event.properties.undeclared_thing == 3",
        "has(event.properties.price)", "event.properties.price.orValue(0) > 3"}) {
    EXPECT_EQ(viewed(condition), "") << condition;
  }
}

TEST(DeclaredEvents, RefuseWhatTheTypesCannotDo) {
  EXPECT_NE(viewed("event.properties.category > 5").find("no `>` for (string, int)"),
            std::string::npos);
  EXPECT_NE(viewed("event.properties.price == '5'").find("no `==` for (double, string)"),
            std::string::npos);
  EXPECT_NE(viewed("event.properties.price.startsWith('5')").find("error"), std::string::npos);
  EXPECT_NE(viewed("event.properties.quantity == 2.5").find("did you mean"), std::string::npos);
  EXPECT_NE(viewed("event.properties.category").find("must be true or false"), std::string::npos);
}

TEST(DeclaredEvents, TellThePlaceAndTheLine) {
  std::string text = viewed("event.properties.category > 5");
  EXPECT_TRUE(text.starts_with("test.yaml:7:62: error: ")) << text;
  EXPECT_NE(text.find("  7 | when: {event: Product Viewed"), std::string::npos);
  EXPECT_NE(text.find("^"), std::string::npos);
}

TEST(DeclaredEvents, TellThePlaceInsideBlocksAndTexts) {
  std::string block = findings_of(
      "\n  event: Product Viewed\n  if: >-\n    event.properties.vip &&\n"
      "    event.properties.category > 5");
  EXPECT_TRUE(block.starts_with("test.yaml:11:31: error: no `>` for (string, int)")) << block;
  std::string text =
      findings_of("{event: Product Viewed}", "Only {{ event.properties.category - 1 }}!");
  EXPECT_TRUE(text.starts_with("test.yaml:8:53: error: no `-` for (string, int)")) << text;
}

TEST(DeclaredEvents, WarnOfNamesThatAreAlmostDeclared) {
  std::string text = viewed("event.properties.categroy == 'bags'");
  EXPECT_NE(
      text.find("warning: the event declares no property `categroy`; did you mean `category`?"),
      std::string::npos)
      << text;
}

TEST(DeclaredEvents, AreKnownInPatternsMetricsAndTexts) {
  EXPECT_NE(
      findings_of("{sequence: [{event: Product Viewed, as: seen}, {event: Order Completed, if: "
                  "\"event.properties.total > seen.properties.category\"}], within: 1h}")
          .find("no `>` for (double, string)"),
      std::string::npos);
  EXPECT_NE(findings_of("{event: Product Viewed, without: {event: Order Completed, if: "
                        "\"event.properties.total == 'x'\"}, within: 1h}")
                .find("no `==` for (double, string)"),
            std::string::npos);
  LoadedWorkspace metric = load_workspace_texts(
      {{"test.yaml",
        std::string(kEvents) +
            "metrics:\n  m: {sum: event.properties.category, of: Order Completed}\n"}});
  EXPECT_NE(all_of(metric.findings).find("`sum` needs a number, but this is of type string"),
            std::string::npos)
      << all_of(metric.findings);
}

TEST(DeclaredEvents, AgreeOrAreDynamicWhereSeveralAreMeant) {
  const char* several = "{event: [Product Viewed, Order Completed], if: \"";
  EXPECT_NE(findings_of(several + std::string("event.properties.category > 5\"}")).find("no `>`"),
            std::string::npos);
  EXPECT_EQ(findings_of(several + std::string("event.properties.price > 5\"}")), "");
  EXPECT_EQ(
      findings_of("{event: [Product Viewed, Unknown], if: \"event.properties.category > 5\"}"), "");
}

TEST(DeclaredEvents, AreThemselvesChecked) {
  auto findings = [](const std::string& text) {
    return all_of(load_workspace_texts({{"test.yaml", text}}).findings);
  };
  EXPECT_NE(findings("events: {A: {x: strin}}").find("did you mean `string`?"), std::string::npos);
  EXPECT_NE(findings("events: {A: text}").find("declared by its properties"), std::string::npos);
  EXPECT_NE(findings("events: {any: {x: int}}").find("declared under its name"), std::string::npos);
  EXPECT_NE(findings("events: {A: {x: int}}\n---\nevents: {A: {y: int}}").find("defined twice"),
            std::string::npos);
}

}  // namespace
}  // namespace sapa
