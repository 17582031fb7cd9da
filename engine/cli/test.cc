#include "engine/cli/test.h"

#include <fstream>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "engine/base/json.h"
#include "engine/message/json_fields.h"
#include "engine/scenario/junit_report.h"
#include "engine/scenario/scenario_files.h"

namespace sapa {
namespace {

using scenarios::Difference;
using scenarios::FileResult;
using scenarios::ScenarioResult;

struct Totals {
  size_t passed = 0, failed = 0, broken_files = 0;
  explicit Totals(const std::vector<FileResult>& files) {
    for (const FileResult& file : files) {
      passed += file.passed();
      failed += file.failed();
      broken_files += !file.findings.empty();
    }
  }
  bool ok() const { return failed == 0 && broken_files == 0; }
};

std::string number_of(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string indented(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    out += "      " + text.substr(at, end - at);
    at = end;
  }
  return out;
}

void print_file(const FileResult& file, bool verbose, std::ostream& out) {
  if (!file.findings.empty()) {
    fmt::print(out, "{}: cannot be used\n", file.path);
    for (const Finding& finding : file.findings) out << to_string(finding) << "\n";
    return;
  }
  fmt::print(out, "{}: {} passed", file.path, file.passed());
  if (file.failed() > 0) fmt::print(out, ", {} failed", file.failed());
  out << "\n";
  for (const ScenarioResult& result : file.scenarios) {
    if (result.passed()) {
      if (verbose) fmt::print(out, "  ok    {} ({:.1f} ms)\n", result.name, result.seconds * 1000);
      continue;
    }
    fmt::print(out, "  FAIL  {} ({}:{})\n{}", result.name, file.path, result.position.line,
               indented(result.explanation()));
  }
}

void print_text(const std::vector<FileResult>& files, bool verbose, std::ostream& out) {
  for (const FileResult& file : files) print_file(file, verbose, out);
  Totals totals(files);
  fmt::print(out, "\n{} in {}: {} passed, {} failed",
             number_of(totals.passed + totals.failed, "scenario"), number_of(files.size(), "file"),
             totals.passed, totals.failed);
  if (totals.broken_files > 0) {
    fmt::print(out, "; {} cannot be used", number_of(totals.broken_files, "file"));
  }
  out << "\n";
}

/// A JSON list of what `append` appends for each item.
template <typename List, typename Append>
void append_list(const List& list, std::string& out, Append append) {
  out += '[';
  for (const auto& item : list) {
    if (out.back() != '[') out += ',';
    append(item);
  }
  out += ']';
}

void append_difference(const Difference& difference, std::string& out) {
  static constexpr std::string_view kMarks[] = {"right", "missing", "unexpected", "differs"};
  JsonFields fields(out);
  fields.text("in", difference.in);
  fields.text("what", kMarks[static_cast<size_t>(difference.mark)]);
  fields.text("text", difference.text);
  if (difference.fields.empty()) return;
  append_list(difference.fields, fields.key("fields"),
              [&](const std::string& field) { append_json_string(field, out); });
}

void append_result(const ScenarioResult& result, std::string& out) {
  JsonFields fields(out);
  fields.text("name", result.name);
  fields.integer("line", result.position.line);
  fields.boolean("passed", result.passed());
  fields.key("seconds") += fmt::format("{:.6f}", result.seconds);
  fields.text_unless_empty("error", result.error);
  fields.text_unless_empty("onlyWhen", result.passed() ? "" : result.only_when);
  if (result.differences.empty()) return;
  append_list(result.differences, fields.key("differences"),
              [&](const Difference& difference) { append_difference(difference, out); });
}

void append_finding(const Finding& finding, std::string& out) {
  JsonFields fields(out);
  fields.text("file", finding.position.file);
  fields.integer("line", finding.position.line);
  fields.integer("column", finding.position.column);
  fields.text("message", finding.message);
  fields.text_unless_empty("suggestion", finding.suggestion);
}

void print_json(const std::vector<FileResult>& files, std::ostream& out) {
  Totals totals(files);
  std::string text;
  {
    JsonFields fields(text);
    fields.boolean("ok", totals.ok());
    fields.integer("passed", static_cast<int64_t>(totals.passed));
    fields.integer("failed", static_cast<int64_t>(totals.failed));
    append_list(files, fields.key("files"), [&](const FileResult& file) {
      JsonFields entry(text);
      entry.text("file", file.path);
      append_list(file.findings, entry.key("errors"),
                  [&](const Finding& finding) { append_finding(finding, text); });
      append_list(file.scenarios, entry.key("scenarios"),
                  [&](const ScenarioResult& result) { append_result(result, text); });
    });
  }
  out << text << "\n";
}

Result<std::vector<FileResult>> run_all(const TestCommand& command) {
  scenarios::ScenarioFiles files;
  std::vector<FileResult> results;
  size_t run = 0;
  bool all_usable = true;
  for (const std::string& path : command.paths) {
    auto places = scenarios::find_scenarios(path, command.workspace);
    if (!places) return places.error();
    for (const scenarios::ScenarioPlace& place : *places) {
      auto loaded = files.load(place);
      if (!loaded) return loaded.error();
      results.push_back(scenarios::run_scenarios(place.path, *loaded, command.filter));
      run += results.back().scenarios.size();
      all_usable &= results.back().findings.empty();
    }
  }
  if (run == 0 && all_usable) {
    return user_error("no scenario's name holds '" + command.filter + "'");
  }
  return results;
}

}  // namespace

int run_tests(const TestCommand& command, std::ostream& out, std::ostream& errors) {
  auto results = run_all(command);
  if (!results) {
    errors << "sapa test: " << results.error().message << "\n";
    return 2;
  }
  if (!command.junit_file.empty()) {
    std::ofstream file(command.junit_file, std::ios::binary | std::ios::trunc);
    file << scenarios::junit_report(*results);
    file.close();
    if (!file) {
      errors << "sapa test: can't write " << command.junit_file << "\n";
      return 2;
    }
  }
  if (command.json) {
    print_json(*results, out);
  } else {
    print_text(*results, command.verbose, out);
  }
  return Totals(*results).ok() ? 0 : 1;
}

void add_test(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<TestCommand>();
  CLI::App* sub = app.add_subcommand("test",
                                     "Run a workspace's scenarios: what happens, and what "
                                     "must come out of it");
  sub->add_option("PATH", command->paths,
                  "A workspace's folder, whose scenarios are in its folder `tests`, or a file of "
                  "scenarios; more than one")
      ->required();
  sub->add_option("--workspace,-w", command->workspace,
                  "Folder of the workspace of files that lie in no workspace's `tests`");
  sub->add_option("--filter,-f", command->filter, "Only scenarios whose name holds this text");
  sub->add_option("--junit", command->junit_file, "Also write a report in JUnit's XML here");
  sub->add_flag("--json", command->json, "Print one JSON object instead of text");
  sub->add_flag("--verbose,-v", command->verbose, "Name the scenarios that pass, too");
  sub->footer(
      "A scenario in my-shop/tests/cart.yaml:\n"
      "  scenarios:\n"
      "  - name: AnOrderIsNotReminded\n"
      "    steps:\n"
      "    - {at: \"10:00\", user: u1, track: Product Added, properties: {name: Wajan}}\n"
      "    - {at: \"10:20\", user: u1, track: Order Completed, properties: {total: 90000}}\n"
      "    - {at: \"10:30\", user: u2, track: Product Added, properties: {name: Panci}}\n"
      "    - {clock: \"12:00\"}\n"
      "    triggers:\n"
      "    - {campaign: cart-reminder, user: u2, at: \"11:00\"}\n"
      "deploy/workspaces/README.md describes all of it.\n"
      "\n"
      "Examples:\n"
      "  sapa test deploy/workspaces/retailer\n"
      "  sapa test my-shop --filter Cart --verbose\n"
      "  sapa test my-shop --junit report.xml\n"
      "  sapa test --workspace my-shop draft.yaml --json | jq '.files[].scenarios[]'\n"
      "\n"
      "Exit code: 0 if all pass, 1 if one fails or a file has errors, 2 if there is nothing to "
      "run.");
  sub->callback([command, &exit_code] { exit_code = run_tests(*command, std::cout, std::cerr); });
}

}  // namespace sapa
