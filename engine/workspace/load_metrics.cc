// `metrics:` → Metric. The form is told by the kind's key: {count: EVENTS}, {sum: EXPRESSION, of:
// EVENTS}, ….
#include <array>

#include "engine/workspace/canonical.h"
#include "engine/workspace/loading.h"
#include "engine/workspace/node_reading.h"
#include "engine/workspace/variables.h"

namespace sapa {
namespace {

using expression::TypeKind;

struct KindKey {
  std::string_view key;
  MetricKind kind;
};
constexpr std::array kKinds = {
    KindKey{"count", MetricKind::kCount},     KindKey{"sum", MetricKind::kSum},
    KindKey{"min", MetricKind::kMin},         KindKey{"max", MetricKind::kMax},
    KindKey{"average", MetricKind::kAverage}, KindKey{"distinct", MetricKind::kDistinct},
    KindKey{"first", MetricKind::kFirst},     KindKey{"latest", MetricKind::kLatest},
};
constexpr int64_t kMostEntries = 10'000;
constexpr int64_t kMostKeys = 1'000;
static_assert(kMostEntries <= kMostMetricCells && 2 * kMostKeys <= kMostMetricCells);

const KindKey* find_kind(const Fields& fields, const Node& name, Findings& findings) {
  const KindKey* found = nullptr;
  for (const KindKey& candidate : kKinds) {
    if (fields.find(candidate.key) == nullptr) continue;
    if (found != nullptr) {
      findings.error(fields.key_node(candidate.key), "a metric is of one kind: either `" +
                                                         std::string(found->key) + "` or `" +
                                                         std::string(candidate.key) + "`");
      return nullptr;
    }
    found = &candidate;
  }
  if (found == nullptr) {
    findings.error(name,
                   "metric `" + name.text +
                       "` does not say what it keeps: count, sum, min, max, average, distinct, "
                       "first or latest");
  }
  return found;
}

bool is_number(const expression::Type& type) {
  return type.kind == TypeKind::kInt || type.kind == TypeKind::kUint ||
         type.kind == TypeKind::kDouble || type.kind == TypeKind::kDyn;
}

bool is_single(const expression::Type& type) {
  return type.kind != TypeKind::kList && type.kind != TypeKind::kMap &&
         type.kind != TypeKind::kOptional && type.kind != TypeKind::kType;
}

class MetricReader {
 public:
  MetricReader(Loading& loading, const Scope& scope, const NamedNode& named)
      : loading_(loading),
        findings_(loading.findings),
        compiler_(loading.compiler),
        scope_(scope),
        fields_(*named.definition, "a metric",
                {"count", "sum", "min", "max", "average", "distinct", "first", "latest", "of", "if",
                 "by", "over", "half_life", "at_most", "keys"},
                loading.findings) {
    metric_.name = named.name->text;
    metric_.position = named.name->position();
  }

  /// As far as it could be read, so that its name stays known.
  Metric read(const Node& name) {
    if (!fields_.ok()) return std::move(metric_);
    const KindKey* kind = find_kind(fields_, name, findings_);
    if (kind != nullptr) {
      metric_.shape.kind = kind->kind;
      read_source(*kind);
    }
    if (const Node* condition = fields_.find("if")) {
      metric_.condition = compiler_.condition(*condition, "`if`", scope_);
    }
    if (const Node* by = fields_.find("by")) read_key(*by);
    read_window_of_metric();
    read_bounds();
    metric_.fingerprint = fingerprint();
    return std::move(metric_);
  }

 private:
  void read_source(const KindKey& kind) {
    const Node& source = *fields_.find(kind.key);
    const Node* events = &source;
    if (kind.kind != MetricKind::kCount) {
      events = fields_.require("of");
    } else if (fields_.find("of") != nullptr) {
      findings_.error(fields_.key_node("of"), "`count` names its events itself: {count: EVENT}");
    }
    if (events != nullptr) {
      if (auto selector = read_events(*events, findings_)) metric_.events = *selector;
      if (auto properties = loading_.properties_of(metric_.events)) {
        declare_properties(scope_, *properties);
      }
    }
    if (kind.kind != MetricKind::kCount) read_value(kind, source);
  }

  void read_value(const KindKey& kind, const Node& source) {
    metric_.value = compiler_.expression(source, "`" + std::string(kind.key) + "`", scope_);
    if (!metric_.value) return;
    const expression::Type& type = metric_.value->result_type();
    bool numeric = kind.kind == MetricKind::kSum || kind.kind == MetricKind::kMin ||
                   kind.kind == MetricKind::kMax || kind.kind == MetricKind::kAverage;
    if (numeric && !is_number(type)) {
      findings_.error(source, "`" + std::string(kind.key) +
                                  "` needs a number, but this is of type " + type.to_string());
    } else if (!is_single(type)) {
      findings_.error(source,
                      "a metric keeps single values, but this is of type " + type.to_string());
    }
    const auto& references = metric_.value->references();
    metric_.value_is_event_time = references.size() == 1 &&
                                  references[0].slot == variables::kEventTimestamp &&
                                  canonical_expression(source.text) == "event.timestamp";
  }

  void read_key(const Node& by) {
    metric_.shape.by_key = true;
    metric_.key = compiler_.expression(by, "`by`", scope_);
    if (metric_.key && !is_single(metric_.key->result_type())) {
      findings_.error(by, "`by` needs a single value, but this is of type " +
                              metric_.key->result_type().to_string());
    }
  }

  void read_window_of_metric() {
    const Node* over = fields_.find("over");
    const Node* half_life = fields_.find("half_life");
    if (over != nullptr) {
      if (auto window = read_window(*over, "`over`", findings_)) metric_.shape.window = *window;
    }
    if (half_life == nullptr) return;
    const Node& key = fields_.key_node("half_life");
    if (over != nullptr) {
      return findings_.error(key, "a metric has either `over` or `half_life`, not both");
    }
    if (metric_.shape.kind != MetricKind::kCount && metric_.shape.kind != MetricKind::kSum) {
      return findings_.error(key, "`half_life` goes with `count` and `sum` only");
    }
    if (auto length = read_duration(*half_life, "`half_life`", findings_)) {
      metric_.shape.window.kind = WindowKind::kHalfLife;
      metric_.shape.window.length = *length;
    }
  }

  void read_bounds() {
    MetricShape& shape = metric_.shape;
    if (const Node* at_most = fields_.find("at_most")) {
      bool sliding = shape.window.kind == WindowKind::kSliding && shape.kind != MetricKind::kLatest;
      bool keeps_entries = sliding || shape.kind == MetricKind::kDistinct;
      if (!keeps_entries) {
        findings_.error(fields_.key_node("at_most"),
                        "`at_most` bounds the entries of a sliding window or of `distinct`; this "
                        "metric keeps none");
      }
      auto read = read_integer(*at_most, "`at_most`", 1, kMostEntries, findings_);
      if (read) shape.max_entries = static_cast<uint32_t>(*read);
    }
    if (const Node* keys = fields_.find("keys")) {
      if (!shape.by_key) {
        findings_.error(fields_.key_node("keys"), "`keys` bounds the keys of a metric with `by`");
      }
      auto read = read_integer(*keys, "`keys`", 1, kMostKeys, findings_);
      if (read) shape.max_keys = static_cast<uint32_t>(*read);
    }
  }

  /// Bounds are left out: state is kept when only they change.
  Fingerprint fingerprint() const {
    auto source = [&](std::string_view key) {
      const Node* node = fields_.find(key);
      return node == nullptr ? std::string() : canonical_expression(node->text);
    };
    std::string_view kind;
    for (const KindKey& candidate : kKinds) {
      if (candidate.kind == metric_.shape.kind) kind = candidate.key;
    }
    std::string value = metric_.shape.kind == MetricKind::kCount ? "" : source(kind);
    return fingerprint_of(
        canonical_parts({"metric", metric_.name, kind, canonical(metric_.events), value,
                         source("if"), source("by"), canonical(metric_.shape.window)}));
  }

  Loading& loading_;
  Findings& findings_;
  Compiler& compiler_;
  Scope scope_;
  Fields fields_;
  Metric metric_;
};

}  // namespace

void load_metrics(Loading& loading) {
  Scope scope = metric_scope();
  for (const NamedNode& named : loading.metrics) {
    bool named_well = check_name(*named.name, "a metric", loading.findings);
    bool is_new = loading.take_name("metric", *named.name);
    Metric metric = MetricReader(loading, scope, named).read(*named.name);
    if (!named_well || !is_new) continue;
    if (metric.fingerprint != 0) {
      loading.take_fingerprint("metric", metric.fingerprint, *named.name);
    }
    loading.compiler.metric_names.push_back(metric.name);
    loading.workspace.metrics.push_back(std::move(metric));
  }
}

}  // namespace sapa
