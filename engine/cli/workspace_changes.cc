#include "engine/cli/workspace_changes.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "engine/message/json_fields.h"

namespace sapa {
namespace {

using Subject = WorkspaceChange::Kind;
using Outcome = WorkspaceChange::Outcome;

constexpr Outcome kOutcomes[] = {Outcome::kKept, Outcome::kAdded, Outcome::kRemoved,
                                 Outcome::kReset};
constexpr Subject kSubjects[] = {Subject::kMetric, Subject::kSegment, Subject::kStage,
                                 Subject::kCampaign};

}  // namespace

void print_changes(const std::vector<WorkspaceChange>& changes, std::ostream& out) {
  fmt::print(out, "\nkept state\n  {:<12}", "");
  for (Outcome outcome : kOutcomes) fmt::print(out, " {:>8}", outcome_name(outcome));
  out << "\n";
  for (Subject subject : kSubjects) {
    fmt::print(out, "  {:<12}", std::string(kind_name(subject)) + "s");
    for (Outcome outcome : kOutcomes) {
      fmt::print(out, " {:>8}", count_changes(changes, subject, outcome));
    }
    out << "\n";
  }
  bool any = false;
  for (const WorkspaceChange& change : changes) {
    if (change.outcome == Outcome::kKept && change.why.empty()) continue;
    if (!any) out << "\n";
    any = true;
    std::string what = change.kind == Subject::kPolicy
                           ? "policy"
                           : fmt::format("{} {}", kind_name(change.kind), change.name);
    fmt::print(out, "  {:<8} {:<32}", outcome_name(change.outcome), what);
    if (!change.why.empty()) out << " " << change.why;
    out << "\n";
  }
  if (!any) out << "\nnothing is different\n";
}

void append_changes(const std::vector<WorkspaceChange>& changes, std::string& out) {
  JsonFields fields(out);
  fields.key("summary");
  {
    JsonFields summary(out);
    for (Subject subject : kSubjects) {
      summary.key(std::string(kind_name(subject)) + "s");
      JsonFields counts(out);
      for (Outcome outcome : kOutcomes) {
        counts.integer(outcome_name(outcome),
                       static_cast<int64_t>(count_changes(changes, subject, outcome)));
      }
    }
  }
  fields.key("definitions") += '[';
  bool first = true;
  for (const WorkspaceChange& change : changes) {
    if (!first) out += ',';
    first = false;
    JsonFields entry(out);
    entry.text("kind", kind_name(change.kind));
    entry.text("name", change.name);
    entry.text("outcome", outcome_name(change.outcome));
    entry.text_unless_empty("why", change.why);
    if (change.position.line == 0) continue;
    entry.text("file", change.position.file);
    entry.integer("line", change.position.line);
  }
  out += ']';
}

}  // namespace sapa
