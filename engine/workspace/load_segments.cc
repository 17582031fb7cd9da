// `segments:` → Segment and `lifecycle:` → Lifecycle. A segment may read those before it; stages
// may read all segments.
#include <algorithm>

#include "engine/workspace/canonical.h"
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"

namespace sapa {
namespace {

void read_conditions(Loading& loading, const Node& node, const Scope& scope, Segment& segment) {
  if (node.is_scalar()) {
    segment.enter = loading.compiler.condition(node, "a segment's condition", scope);
    return;
  }
  Fields fields(node, "a segment", {"enter", "leave"}, loading.findings);
  if (!fields.ok()) return;
  if (const Node* enter = fields.require("enter")) {
    segment.enter = loading.compiler.condition(*enter, "`enter`", scope);
  }
  const Node* leave = fields.find("leave");
  if (leave == nullptr) return;
  if (leave->is_scalar() && leave->text == "never") {
    segment.sticky = true;
  } else {
    segment.leave = loading.compiler.condition(*leave, "`leave`", scope);
  }
}

Fingerprint fingerprint(const Segment& segment, const Node& node) {
  auto source = [&](std::string_view key) {
    const Node* value = node.is_mapping() ? node.find(key) : key == "enter" ? &node : nullptr;
    return value == nullptr ? std::string() : canonical_expression(value->text);
  };
  return fingerprint_of(
      canonical_parts({"segment", segment.name, source("enter"), source("leave")}));
}

Segment load_segment(Loading& loading, const NamedNode& named, const Scope& scope) {
  Segment segment;
  segment.name = named.name->text;
  segment.position = named.name->position();
  read_conditions(loading, *named.definition, scope, segment);
  Reads reads = reads_of({segment.enter.get(), segment.leave.get()});
  segment.metrics = std::move(reads.metrics);
  segment.segments = std::move(reads.segments);
  segment.reads_traits = reads.traits;
  segment.fingerprint = fingerprint(segment, *named.definition);
  return segment;
}

void load_lifecycle(Loading& loading, const Scope& scope) {
  Lifecycle& lifecycle = loading.workspace.lifecycle;
  lifecycle.name = "lifecycle";
  std::vector<const expression::Program*> programs;
  for (const NamedNode& named : loading.stages) {
    bool named_well = check_name(*named.name, "a stage", loading.findings);
    bool is_new = loading.take_name("segment", *named.name);
    LifecycleStage stage;
    stage.name = named.name->text;
    stage.position = named.name->position();
    stage.condition = loading.compiler.condition(*named.definition, "a stage's condition", scope);
    if (!named_well || !is_new) continue;
    stage.fingerprint = fingerprint_of(
        canonical_parts({"stage", stage.name, canonical_expression(named.definition->text)}));
    loading.take_fingerprint("segment", stage.fingerprint, *named.name);
    lifecycle.stages.push_back(std::move(stage));
    programs.push_back(lifecycle.stages.back().condition.get());
  }
  Reads reads = reads_of(programs);
  lifecycle.metrics = std::move(reads.metrics);
  lifecycle.segments = std::move(reads.segments);
  lifecycle.reads_traits = reads.traits;
}

}  // namespace

void load_segments(Loading& loading) {
  for (const NamedNode& named : loading.segments) {
    loading.compiler.segment_names.push_back(named.name->text);
  }
  Scope scope = segment_scope(loading.workspace.metrics);
  auto& segments = loading.workspace.segments;
  for (const NamedNode& named : loading.segments) {
    bool named_well = check_name(*named.name, "a segment", loading.findings);
    bool is_new = loading.take_name("segment", *named.name);
    Segment segment = load_segment(loading, named, scope);
    if (!named_well || !is_new) continue;
    loading.take_fingerprint("segment", segment.fingerprint, *named.name);
    declare_segment(scope, segment.name, static_cast<uint32_t>(segments.size()));
    segments.push_back(std::move(segment));
  }
  load_lifecycle(loading, scope);
}

}  // namespace sapa
