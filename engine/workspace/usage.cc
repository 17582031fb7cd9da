// What the programs of a workspace read: for the index, for what patterns must capture, and for
// what nothing uses.
#include <algorithm>

#include "engine/workspace/loading.h"
#include "engine/workspace/variables.h"

namespace sapa {
namespace {

using expression::Program;
using Path = std::vector<std::string>;

void sort_unique(std::vector<uint32_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

void add_programs(const LocalizedText& text, std::vector<const Program*>& out) {
  for (const auto& [locale, one] : text.by_locale) {
    for (const ProgramPtr& program : one.expressions) out.push_back(program.get());
  }
}

void add_path(Path path, std::vector<Path>& captures) {
  auto is_prefix = [](const Path& shorter, const Path& longer) {
    return shorter.size() <= longer.size() &&
           std::equal(shorter.begin(), shorter.end(), longer.begin());
  };
  for (const Path& known : captures) {
    if (is_prefix(known, path)) return;
  }
  std::erase_if(captures, [&](const Path& known) { return is_prefix(path, known); });
  const auto place = std::lower_bound(captures.begin(), captures.end(), path);
  captures.insert(place, std::move(path));
}

/// `kind` is a StepSlot. A step's time is always kept, so it needs no capture.
void add_capture(uint32_t kind, const Path& path, std::vector<Path>& captures) {
  Path full;
  switch (kind) {
    case variables::kStepMessage:
      break;
    case variables::kStepName:
      full.emplace_back("event");
      break;
    case variables::kStepProperties:
      full.emplace_back("properties");
      break;
    case variables::kStepContext:
      full.emplace_back("context");
      break;
    case variables::kStepTraits:
      full.emplace_back("traits");
      break;
    default:
      return;
  }
  full.insert(full.end(), path.begin(), path.end());
  add_path(std::move(full), captures);
}

constexpr uint32_t kNoStepSlot = ~uint32_t{0};

uint32_t step_slot_of_event(uint32_t slot) {
  switch (slot) {
    case variables::kEvent:
      return variables::kStepMessage;
    case variables::kEventName:
      return variables::kStepName;
    case variables::kEventTimestamp:
      return variables::kStepTimestamp;
    case variables::kEventProperties:
      return variables::kStepProperties;
    case variables::kEventContext:
      return variables::kStepContext;
    case variables::kEventTraits:
      return variables::kStepTraits;
    default:
      return kNoStepSlot;
  }
}

/// Captures of what `program` reads of the steps before `live_step`, whose event is at hand.
void capture_named_steps(const Program* program, size_t live_step, When& when) {
  if (program == nullptr) return;
  for (const auto& reference : program->references()) {
    if (reference.slot < variables::kSteps) continue;
    size_t step = (reference.slot - variables::kSteps) / 8;
    if (step >= when.steps.size() || step == live_step) continue;
    add_capture((reference.slot - variables::kSteps) % 8, reference.path,
                when.steps[step].captures);
  }
}

void capture_event(const Program* program, PatternStep& step) {
  for (const auto& reference : program->references()) {
    uint32_t kind = step_slot_of_event(reference.slot);
    if (kind != kNoStepSlot) add_capture(kind, reference.path, step.captures);
  }
}

}  // namespace

Reads reads_of(const std::vector<const Program*>& programs) {
  Reads reads;
  for (const Program* program : programs) {
    if (program == nullptr) continue;
    for (const auto& reference : program->references()) {
      uint32_t slot = reference.slot;
      if (slot >= variables::kSteps) continue;
      if (slot >= variables::kSegments) {
        reads.segments.push_back(slot - variables::kSegments);
      } else if (slot >= variables::kMetrics) {
        reads.metrics.push_back(slot - variables::kMetrics);
      } else if (slot >= variables::kCustomer && slot != variables::kNow) {
        reads.traits = true;
      }
    }
  }
  sort_unique(reads.metrics);
  sort_unique(reads.segments);
  return reads;
}

std::vector<const Program*> text_programs_of(const Campaign& campaign) {
  std::vector<const Program*> out;
  if (campaign.audience) out.push_back(campaign.audience.get());
  const MessageTemplate& message = campaign.message;
  for (const LocalizedText* text :
       {&campaign.collapse_key, &message.title, &message.body, &message.image, &message.link}) {
    add_programs(*text, out);
  }
  for (const auto& button : message.buttons) {
    add_programs(button.label, out);
    add_programs(button.link, out);
  }
  for (const auto& [name, text] : message.data) add_programs(text, out);
  return out;
}

std::vector<const Program*> programs_of(const Campaign& campaign) {
  std::vector<const Program*> out = text_programs_of(campaign);
  const When& when = campaign.when;
  for (const PatternStep& step : when.steps) out.push_back(step.condition.get());
  if (when.without) out.push_back(when.without->condition.get());
  out.push_back(when.condition.get());
  return out;
}

void find_captures(Campaign& campaign) {
  When& when = campaign.when;
  if (when.steps.empty()) return;
  size_t last = when.steps.size() - 1;
  for (size_t i = 0; i < when.steps.size(); ++i) {
    capture_named_steps(when.steps[i].condition.get(), i, when);
  }
  // With `without` the campaign fires by a timer, when no event is at hand any more.
  size_t live = when.without ? when.steps.size() : last;
  if (when.without) capture_named_steps(when.without->condition.get(), live, when);
  for (const Program* program : text_programs_of(campaign)) {
    capture_named_steps(program, live, when);
    if (when.without) capture_event(program, when.steps[last]);
  }
}

void mark_unused(Loading& loading) {
  Workspace& workspace = loading.workspace;
  std::vector<bool> metrics(workspace.metrics.size()), segments(workspace.segments.size());
  auto use = [&](const std::vector<uint32_t>& read_metrics,
                 const std::vector<uint32_t>& read_segments) {
    for (uint32_t index : read_metrics) metrics[index] = true;
    for (uint32_t index : read_segments) segments[index] = true;
  };
  use(workspace.lifecycle.metrics, workspace.lifecycle.segments);
  for (const Campaign& campaign : workspace.campaigns) {
    Reads reads = reads_of(programs_of(campaign));
    use(reads.metrics, reads.segments);
    const When& when = campaign.when;
    if (when.kind == WhenKind::kReaches) metrics[when.metric] = true;
    bool membership = when.kind == WhenKind::kEnters || when.kind == WhenKind::kLeaves;
    if (membership && !when.is_stage) segments[when.segment] = true;
  }
  for (size_t i = workspace.segments.size(); i-- > 0;) {
    Segment& segment = workspace.segments[i];
    segment.used = segments[i];
    if (segment.used) use({}, segment.segments);
    use(segment.metrics, {});
    if (segment.used) continue;
    loading.findings.warning(*loading.segments[i].name,
                             "segment `" + segment.name +
                                 "` is used by no campaign, stage or other segment, so it is not "
                                 "kept");
  }
  for (size_t i = 0; i < workspace.metrics.size(); ++i) {
    workspace.metrics[i].used = metrics[i];
    if (metrics[i]) continue;
    loading.findings.warning(
        *loading.metrics[i].name,
        "metric `" + workspace.metrics[i].name + "` is used by nothing, so it is not kept");
  }
}

}  // namespace sapa
