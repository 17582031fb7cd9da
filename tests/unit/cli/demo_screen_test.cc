#include "engine/cli/demo_screen.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/cli/demo_workspace.h"

namespace sapa {
namespace {

constexpr Timestamp kTime{1'772'852'400'000};  // 10:00 in Jakarta
constexpr uint32_t kHello = 0, kCart = 1;

struct Shown {
  explicit Shown(ScreenStyle style = {})
      : screen(
            style, demo_workspace(), [](std::string_view) { return "Rina"; }, out) {}
  std::string text() const { return out.str(); }
  ptrdiff_t lines() const {
    std::string all = text();
    return std::count(all.begin(), all.end(), '\n');
  }
  std::ostringstream out;
  DemoScreen screen;
};

TEST(DemoScreen, SaysWhoWhatAndWhy) {
  Shown shown;
  shown.screen.add(ShownTrigger{kCart, kTime, "c1", "Still there", "Your sofa waits."});
  shown.screen.show(1);
  EXPECT_EQ(shown.text(),
            "10:00  push     Rina (c1)         cart: Product Added, then no Order Completed within "
            "30m\n                \"Still there\" — Your sofa waits.\n");
}

TEST(DemoScreen, SaysWhyNot) {
  Shown shown;
  shown.screen.add(ShownSuppression{kHello, kTime, "c1", "frequency_cap, 3 of 3 in 24h"});
  shown.screen.show(1);
  EXPECT_EQ(shown.text(),
            "10:00  no       Rina (c1)         hello: frequency_cap, 3 of 3 in 24h\n");
}

TEST(DemoScreen, PrintsNoMoreThanCanBeReadAndCountsTheRest) {
  Shown shown;
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 100; ++i) {
      shown.screen.add(ShownTrigger{kHello, kTime + milliseconds(i), "c1", "Hello", ""});
      shown.screen.add(ShownSuppression{kHello, kTime, "c1", "paused"});
    }
    shown.screen.show(1);
  }
  shown.screen.show_rest();
  EXPECT_LE(shown.lines(), 80);
  EXPECT_GT(shown.lines(), 40);
  uint64_t triggers = shown.screen.shown()[kHello];
  EXPECT_NE(shown.text().find(" more triggers, "), std::string::npos);
  EXPECT_LT(triggers, 50u);
}

TEST(DemoScreen, ShowsTheCampaignThatWasSeenLeastFirst) {
  Shown shown;
  for (int i = 0; i < 20; ++i) shown.screen.add(ShownTrigger{kHello, kTime, "c1", "Hello", ""});
  shown.screen.add(ShownTrigger{kCart, kTime, "c1", "Cart", ""});
  shown.screen.show(1);
  EXPECT_EQ(shown.screen.shown()[kCart], 1u);
  EXPECT_GE(shown.screen.shown()[kHello], 1u);
}

TEST(DemoScreen, PrintsInTheOrderOfTime) {
  Shown shown;
  shown.screen.add(ShownTrigger{kHello, kTime + minutes(2), "c1", "Later", ""});
  shown.screen.add(ShownTrigger{kCart, kTime, "c1", "Earlier", ""});
  shown.screen.show(1);
  EXPECT_LT(shown.text().find("Earlier"), shown.text().find("Later"));
}

TEST(DemoScreen, TellsANewDay) {
  Shown shown;
  shown.screen.add(ShownTrigger{kHello, kTime, "c1", "Hello", ""});
  shown.screen.add(ShownTrigger{kHello, kTime + hours(24), "c1", "Hello", ""});
  shown.screen.show(1);
  EXPECT_NE(shown.text().find("-- 2026-03-08 --\n"), std::string::npos);
  EXPECT_EQ(shown.text().find("-- 2026-03-07"), std::string::npos);
}

TEST(DemoScreen, UsesColoursOnlyWhenTold) {
  Shown plain, coloured({true, 100});
  for (Shown* shown : {&plain, &coloured}) {
    shown->screen.add(ShownTrigger{kHello, kTime, "c1", "Hello", ""});
    shown->screen.show(1);
  }
  EXPECT_EQ(plain.text().find('\x1b'), std::string::npos);
  EXPECT_NE(coloured.text().find("\x1b[1;36mpopup"), std::string::npos);
}

TEST(DemoScreen, CutsByCharactersNotBytes) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 4), "abc…");
  EXPECT_EQ(cut("ééééé", 5), "ééééé");
  EXPECT_EQ(cut("ééééé", 3), "éé…");
  EXPECT_EQ(cut("", 3), "");
}

}  // namespace
}  // namespace sapa
