#include <gtest/gtest.h>

#include "engine/scenario/junit_report.h"

namespace sapa::scenarios {
namespace {

TEST(JunitReport, CountsAndEscapes) {
  FileResult good{"tests/a.yaml", {}, {}};
  ScenarioResult passed;
  passed.name = "Passes <\"&'>";
  passed.position.line = 3;
  passed.seconds = 0.25;
  ScenarioResult failed = passed;
  failed.name = "Fails";
  failed.differences = {{"triggers", Difference::Mark::kMissing, "title: <b>\x01", {}}};
  ScenarioResult broken = passed;
  broken.name = "Breaks";
  broken.error = "the event is refused";
  good.scenarios = {passed, failed, broken};
  FileResult unusable{"tests/b.yaml", {}, {}};
  Finding finding;
  finding.position = {"tests/b.yaml", 2, 5};
  finding.message = "unknown key `a`";
  unusable.findings = {finding};
  EXPECT_EQ(
      junit_report({good, unusable}),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"sapa test\" tests=\"4\" failures=\"1\" errors=\"2\" time=\"0.750000\">\n"
      "  <testsuite name=\"tests/a.yaml\" tests=\"3\" failures=\"1\" errors=\"1\" "
      "time=\"0.750000\">\n"
      "    <testcase name=\"Passes &lt;&quot;&amp;'&gt;\" classname=\"tests/a.yaml\" "
      "file=\"tests/a.yaml\" line=\"3\" time=\"0.250000\"/>\n"
      "    <testcase name=\"Fails\" classname=\"tests/a.yaml\" file=\"tests/a.yaml\" line=\"3\" "
      "time=\"0.250000\">\n"
      "      <failure message=\"the outcome differs\" type=\"difference\">triggers (- missing, + "
      "unexpected, ~ differs):\n"
      "  - title: &lt;b&gt;\xEF\xBF\xBD\n"
      "</failure>\n"
      "    </testcase>\n"
      "    <testcase name=\"Breaks\" classname=\"tests/a.yaml\" file=\"tests/a.yaml\" line=\"3\" "
      "time=\"0.250000\">\n"
      "      <error message=\"the event is refused\" type=\"error\">the event is refused\n"
      "</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"tests/b.yaml\" tests=\"1\" failures=\"0\" errors=\"1\" "
      "time=\"0.000000\">\n"
      "    <testcase name=\"(the file itself)\" classname=\"tests/b.yaml\" file=\"tests/b.yaml\" "
      "time=\"0.000000\">\n"
      "      <error message=\"tests/b.yaml:2:5: error: unknown key `a`\" "
      "type=\"error\">tests/b.yaml:2:5: error: unknown key `a`\n"
      "</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

}  // namespace
}  // namespace sapa::scenarios
