#include "engine/scenario/junit_report.h"

#include <cstdio>

namespace sapa::scenarios {
namespace {

/// Characters that XML 1.0 can't hold become U+FFFD.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte < 0x20 && c != '\n' && c != '\t') {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  std::string text = escaped(value);
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
    text.replace(at, 1, "&#10;");
  }
  return " " + std::string(name) + "=\"" + text + "\"";
}

std::string seconds(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6f", value);
  return buffer;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

struct Totals {
  size_t tests = 0, failures = 0, errors = 0;
  double time = 0;
  std::string attributes() const {
    return attribute("tests", std::to_string(tests)) +
           attribute("failures", std::to_string(failures)) +
           attribute("errors", std::to_string(errors)) + attribute("time", seconds(time));
  }
};

Totals totals_of(const FileResult& file) {
  Totals totals;
  for (const ScenarioResult& result : file.scenarios) {
    totals.time += result.seconds;
    totals.errors += !result.error.empty();
    totals.failures += result.error.empty() && !result.passed();
  }
  totals.tests = file.scenarios.size() + !file.findings.empty();
  totals.errors += !file.findings.empty();
  return totals;
}

/// A case that went wrong: as an error if it could not be run, as a failure if it gave something
/// else.
std::string trouble(bool is_error, const std::string& text) {
  const char* tag = is_error ? "error" : "failure";
  std::string summary = is_error ? first_line(text) : "the outcome differs";
  return std::string("      <") + tag + attribute("message", summary) +
         attribute("type", is_error ? "error" : "difference") + ">" + escaped(text) + "</" + tag +
         ">\n";
}

std::string case_of(const FileResult& file, const ScenarioResult& result) {
  std::string text = "    <testcase" + attribute("name", result.name) +
                     attribute("classname", file.path) + attribute("file", file.path) +
                     attribute("line", std::to_string(result.position.line)) +
                     attribute("time", seconds(result.seconds));
  if (result.passed()) return text + "/>\n";
  return text + ">\n" + trouble(!result.error.empty(), result.explanation()) + "    </testcase>\n";
}

std::string case_of_findings(const FileResult& file) {
  std::string text;
  for (const Finding& finding : file.findings) text += to_string(finding) + "\n";
  return "    <testcase" + attribute("name", "(the file itself)") +
         attribute("classname", file.path) + attribute("file", file.path) +
         attribute("time", seconds(0)) + ">\n" + trouble(true, text) + "    </testcase>\n";
}

}  // namespace

std::string junit_report(const std::vector<FileResult>& files) {
  Totals all;
  std::string suites;
  for (const FileResult& file : files) {
    Totals totals = totals_of(file);
    all.tests += totals.tests;
    all.failures += totals.failures;
    all.errors += totals.errors;
    all.time += totals.time;
    suites += "  <testsuite" + attribute("name", file.path) + totals.attributes() + ">\n";
    if (!file.findings.empty()) suites += case_of_findings(file);
    for (const ScenarioResult& result : file.scenarios) suites += case_of(file, result);
    suites += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         attribute("name", "sapa test") + all.attributes() + ">\n" + suites + "</testsuites>\n";
}

}  // namespace sapa::scenarios
