#include "engine/message/render.h"

#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

class RenderTest : public testing::Test {
 protected:
  void message(const std::string& yaml) {
    LoadedWorkspace loaded = load_workspace_texts(
        {{"test.yaml", "campaign: c\nchannel: push\nwhen: {event: E}\nmessage: " + yaml + "\n"}});
    ASSERT_NE(loaded.workspace, nullptr) << to_string(loaded.findings.at(0));
    workspace_ = loaded.workspace;
    customer_.id = "u1";
  }
  bool render(const std::string& properties, std::string_view locale = "en") {
    arena_ = Arena();
    Value value = *JsonReader().read(properties, arena_);
    EventView view;
    view.message = view.context = view.traits = Value::of_map(nullptr, 0);
    view.properties = value;
    Evaluation evaluation(*workspace_, arena_);
    evaluation.begin(customer_, &view, Timestamp{0});
    content_ = {};
    return Renderer().render(workspace_->campaigns[0], locale, evaluation, arena_, content_, why_);
  }

  std::shared_ptr<const Workspace> workspace_;
  Customer customer_;
  Arena arena_;
  Content content_;
  std::string_view why_;
};

TEST_F(RenderTest, LiteralsAndExpressionsTakeTurns) {
  message(R"({title: "{{ event.properties.a }}-{{ event.properties.b }}!", body: "plain"})");
  ASSERT_TRUE(render(R"({"a":1,"b":"x"})"));
  EXPECT_EQ(content_.title, "1-x!");
  EXPECT_EQ(content_.body, "plain");
  EXPECT_EQ(content_.link, "");
}

TEST_F(RenderTest, AMessageOfUnreasonableLengthIsRefused) {
  message(R"({title: "{{ event.properties.a }}", body: "{{ event.properties.a }}"})");
  std::string half(kMostContentBytes / 2, 'x');
  EXPECT_TRUE(render(R"({"a":")" + half + R"("})"));
  EXPECT_FALSE(render(R"({"a":")" + half + R"(x"})"));
  EXPECT_EQ(why_, "body: the message's texts are longer than 64 KiB");
}

TEST_F(RenderTest, TheTextThatFailedIsNamed) {
  message(
      R"({title: t, buttons: [{label: "{{ event.properties.a }}"}], data: {price: "{{ event.properties.b }}"}})");
  EXPECT_FALSE(render(R"({"b":1})"));
  EXPECT_EQ(why_, "button's label: no such key: a");
  EXPECT_FALSE(render(R"({"a":1})"));
  EXPECT_EQ(why_, "price: no such key: b");
}

TEST_F(RenderTest, ALocaleFallsBackToItsLanguageAndThenToTheFirst) {
  message("{title: {id: satu, en: one, en-GB: one indeed}}");
  for (auto [locale, title] : {std::pair{"id", "satu"},
                               {"id-ID", "satu"},
                               {"en-GB", "one indeed"},
                               {"en-US", "one"},
                               {"en_US", "one"},
                               {"fr", "satu"},
                               {"", "satu"}}) {
    ASSERT_TRUE(render("{}", locale));
    EXPECT_EQ(content_.title, title) << locale;
  }
}

TEST_F(RenderTest, CustomersTextsAreNotTemplates) {
  message(R"({title: "{{ event.properties.a }}"})");
  ASSERT_TRUE(render(R"({"a":"{{ customer.id }}"})"));
  EXPECT_EQ(content_.title, "{{ customer.id }}");
}

}  // namespace
}  // namespace sapa
