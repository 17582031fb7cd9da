#include "engine/cli/check.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>

#include "engine/base/json.h"
#include "engine/cli/workspace_changes.h"
#include "engine/workspace/loader.h"

namespace sapa {
namespace {

constexpr size_t kShownParts = 10;

/// From the workspace that is in use now; nothing if none was named.
using Changes = std::optional<std::vector<WorkspaceChange>>;

struct Summary {
  size_t errors = 0, warnings = 0;
};

Summary count(const std::vector<Finding>& findings) {
  Summary summary;
  for (const Finding& finding : findings) {
    bool is_error = finding.severity == Finding::Severity::kError;
    ++(is_error ? summary.errors : summary.warnings);
  }
  return summary;
}

std::string number_of(size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

void print_row(std::string_view name, size_t value, std::ostream& out) {
  out << "  " << std::left << std::setw(40) << name << std::right << std::setw(10) << value << "\n";
}

void print_text(const LoadedWorkspace& loaded, const Changes& changes, std::ostream& out) {
  for (const Finding& finding : loaded.findings) out << to_string(finding) << "\n";
  Summary summary = count(loaded.findings);
  if (!loaded.findings.empty()) {
    out << "\n"
        << number_of(summary.errors, "error") << ", " << number_of(summary.warnings, "warning")
        << "\n";
  }
  if (loaded.workspace == nullptr) return;
  const Workspace& workspace = *loaded.workspace;
  out << (loaded.findings.empty() ? "" : "\n") << "workspace " << workspace.fingerprint << "\n";
  print_row("metrics", workspace.metrics.size(), out);
  print_row("segments", workspace.segments.size(), out);
  print_row("lifecycle stages", workspace.lifecycle.stages.size(), out);
  print_row("campaigns", workspace.campaigns.size(), out);
  WorstCase worst = worst_case_bytes(workspace);
  out << "\nat most, in bytes per customer\n";
  uint64_t rest = 0;
  for (size_t i = 0; i < worst.parts.size(); ++i) {
    if (i < kShownParts) {
      print_row(worst.parts[i].name, worst.parts[i].bytes, out);
    } else {
      rest += worst.parts[i].bytes;
    }
  }
  if (rest > 0) print_row("everything else", rest, out);
  print_row("total", worst.total, out);
  if (changes) print_changes(*changes, out);
}

void append_member(std::string_view name, std::string_view text, std::string& out) {
  append_json_string(name, out);
  out += ':';
  append_json_string(text, out);
}

void append_number(std::string_view name, uint64_t number, std::string& out) {
  append_json_string(name, out);
  out += ':' + std::to_string(number);
}

void append_finding(const Finding& finding, std::string& out) {
  bool is_error = finding.severity == Finding::Severity::kError;
  out += '{';
  append_member("severity", is_error ? "error" : "warning", out);
  out += ',';
  append_member("file", finding.position.file, out);
  out += ',';
  append_number("line", finding.position.line, out);
  out += ',';
  append_number("column", finding.position.column, out);
  out += ',';
  append_number("length", finding.length, out);
  out += ',';
  append_member("message", finding.message, out);
  if (!finding.suggestion.empty()) {
    out += ',';
    append_member("suggestion", finding.suggestion, out);
  }
  out += '}';
}

void append_workspace(const Workspace& workspace, std::string& out) {
  append_member("fingerprint", workspace.fingerprint, out);
  out += ',';
  append_number("metrics", workspace.metrics.size(), out);
  out += ',';
  append_number("segments", workspace.segments.size(), out);
  out += ',';
  append_number("stages", workspace.lifecycle.stages.size(), out);
  out += ',';
  append_number("campaigns", workspace.campaigns.size(), out);
  WorstCase worst = worst_case_bytes(workspace);
  out += ",\"worstCaseBytes\":{";
  append_number("total", worst.total, out);
  out += ",\"parts\":[";
  for (size_t i = 0; i < worst.parts.size(); ++i) {
    out += i == 0 ? "{" : ",{";
    append_member("name", worst.parts[i].name, out);
    out += ',';
    append_number("bytes", worst.parts[i].bytes, out);
    out += '}';
  }
  out += "]}";
}

void print_json(const LoadedWorkspace& loaded, const Changes& changes, std::ostream& out) {
  std::string text = "{\"ok\":";
  text += loaded.workspace == nullptr ? "false" : "true";
  text += ",\"findings\":[";
  for (size_t i = 0; i < loaded.findings.size(); ++i) {
    if (i > 0) text += ',';
    append_finding(loaded.findings[i], text);
  }
  text += ']';
  if (loaded.workspace != nullptr) {
    text += ',';
    append_workspace(*loaded.workspace, text);
    if (changes) {
      text += ",\"changes\":";
      append_changes(*changes, text);
    }
  }
  out << text << "}\n";
}

}  // namespace

int run_check(const std::string& folder, const std::string& against, bool json, std::ostream& out,
              std::ostream& errors) {
  Result<LoadedWorkspace> loaded = load_workspace(folder);
  if (!loaded.ok()) {
    errors << "sapa check: " << loaded.error().message << "\n";
    return 2;
  }
  Changes changes;
  if (!against.empty() && loaded->workspace != nullptr) {
    Result<LoadedWorkspace> before = load_workspace(against);
    if (!before.ok() || before->workspace == nullptr) {
      errors << "sapa check: "
             << (before.ok() ? "the workspace in `" + against + "` has errors; `sapa check " +
                                   against + "` shows them"
                             : before.error().message)
             << "\n";
      return 2;
    }
    changes = compare_workspaces(*before->workspace, *loaded->workspace);
  }
  if (json) {
    print_json(*loaded, changes, out);
  } else {
    print_text(*loaded, changes, out);
  }
  return loaded->workspace == nullptr ? 1 : 0;
}

void add_check(CLI::App& app, int& exit_code) {
  struct Options {
    std::string folder, against;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* check = app.add_subcommand(
      "check", "Report every error of a workspace, and the most that a customer's record can take");
  check->add_option("DIR", options->folder, "The folder with the workspace's YAML files")
      ->required();
  check->add_option("--against", options->against,
                    "Folder of the workspace that is in use now: also say what becomes of the "
                    "kept state");
  check->add_flag("--json", options->json, "Print one JSON object instead of text");
  check->footer(
      "Examples:\n"
      "  sapa check deploy/workspaces/shop\n"
      "  sapa check my-campaigns --against /etc/sapa/campaigns\n"
      "  sapa check --json my-campaigns | jq '.findings[].message'\n"
      "\n"
      "Exit code: 0 without errors, 1 if the workspace has errors, 2 if it (or that of --against) "
      "cannot be used.");
  check->callback([options, &exit_code] {
    exit_code = run_check(options->folder, options->against, options->json, std::cout, std::cerr);
  });
}

}  // namespace sapa
