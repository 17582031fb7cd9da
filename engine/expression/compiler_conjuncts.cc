// Finds the conjuncts of a condition: see conjunct.h for what they promise.
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/expression/compiler_impl.h"
#include "engine/expression/operations.h"

namespace sapa::expression {
namespace {

using Form = Conjunct::Form;

constexpr size_t kMostConjuncts = 32;
constexpr uint32_t kMostValues = 1024;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void append_text(std::string_view text, std::string& out) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void append_constant(const Value& value, std::string& out) {
  out += static_cast<char>('A' + static_cast<int>(value.kind));
  switch (value.kind) {
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      return append_text(value.as_string(), out);
    case Kind::kBool:
      out += value.boolean ? '1' : '0';
      return;
    default:
      out += std::to_string(value.integer);  // the bits of whatever number it is
      out += ',';
      out += std::to_string(value.size);
  }
}

bool is_number_or_time(const Value& value) {
  return value.is_number() || value.is(Kind::kTimestamp);
}

}  // namespace

bool can_equal_scalar(const Value& value) { return is_scalar(value); }
uint64_t scalar_hash(const Value& value) { return hash_scalar(value); }

/// Appends text that is the same for the same tree over the same variables; false for a tree that
/// has names without a meaning.
bool Compiler::append_key(const Expr* e, std::string& out) const {
  bool constant_index = e->is_operator(Operator::kIndex) && !e->optional &&
                        e->args[1]->kind == ExprKind::kConstant &&
                        e->args[1]->value.is(Kind::kString);
  if (constant_index || (e->kind == ExprKind::kSelect && !e->has && !e->optional)) {
    out += '.';
    append_text(constant_index ? e->args[1]->value.as_string() : e->name, out);
    return append_key(e->args[0], out);
  }
  switch (e->kind) {
    case ExprKind::kConstant:
      append_constant(e->value, out);
      return true;
    case ExprKind::kIdent:
      if (e->resolution == Resolution::kUnresolved) return false;
      out += e->has ? 'h' : e->optional ? 'q' : 'v';
      if (e->resolution == Resolution::kVariable) {
        out += std::to_string(environment_.variables()[e->index].slot);
      } else if (e->resolution == Resolution::kLocal) {
        out += 'l' + std::to_string(e->index);
      } else {
        append_text(e->name, out += 't');
      }
      out += ';';
      return true;
    default:
      break;
  }
  out += '(' + std::to_string(static_cast<int>(e->kind)) + ',' +
         std::to_string(static_cast<int>(e->op)) + ',' + std::to_string(static_cast<int>(e->fold)) +
         ',' + std::to_string(e->index) + ',' + std::to_string(e->arg_count);
  for (bool flag : {e->optional, e->has, e->member, e->optional_entry, e->flat, e->lenient}) {
    out += flag ? '1' : '0';
  }
  append_text(e->name, out);
  out += e->second_name.empty() ? '1' : '2';
  for (uint32_t i = 0; i < e->arg_count; ++i) {
    out += e->args[i]->optional_entry ? '?' : ' ';
    if (!append_key(e->args[i], out)) return false;
  }
  out += ')';
  return true;
}

/// A conjunct about `operand`, without values yet; its text is cut out by the caller of `compile`.
bool Compiler::describe_operand(const Expr* operand, Conjunct& out) {
  if (operand->constant || !fold(operand).is_absent()) return false;
  if (!append_key(operand, out.key)) return false;
  const Expr* variable = nullptr;
  std::vector<Value> path;
  if (path_of(operand, variable, path)) {
    out.keyed = true;
    out.slot = environment_.variables()[variable->index].slot;
    out.whole = path.empty();
  }
  out.source = source_.substr(operand->begin, operand->end - operand->begin);
  // The tree of has(a.b) is that of a.b.
  if (operand->has && !out.source.starts_with("has")) out.source = "has(" + out.source + ")";
  return !out.source.empty();
}

bool Compiler::add_value(const Value& value, Conjunct& out) {
  if (value.is_error() || !is_scalar(value)) return false;
  out.values.push_back(program_->constants[constant(value)]);
  return true;
}

bool Compiler::read_equality(const Expr* e, Conjunct& out) {
  for (uint32_t side : {1u, 0u}) {
    Value value = fold(e->args[side]);
    if (value.is_absent()) continue;
    out.form = Form::kEquals;
    return add_value(value, out) && describe_operand(e->args[1 - side], out);
  }
  return false;
}

bool Compiler::read_range(const Expr* e, Conjunct& out) {
  for (uint32_t side : {1u, 0u}) {
    Value value = fold(e->args[side]);
    if (value.is_absent()) continue;
    if (!is_number_or_time(value)) return false;
    out.form = Form::kRange;
    out.of_time = value.is(Kind::kTimestamp);
    double bound = out.of_time ? static_cast<double>(value.integer) : value.as_double();
    bool less = e->op == Operator::kLess || e->op == Operator::kLessEqual;
    bool upper = less == (side == 1);
    out.low = upper ? -kInfinity : bound;
    out.high = upper ? bound : kInfinity;
    if (std::isnan(bound)) out.low = kInfinity, out.high = -kInfinity;
    return describe_operand(e->args[1 - side], out);
  }
  return false;
}

bool Compiler::read_membership(const Expr* e, Conjunct& out) {
  Value list = fold(e->args[1]);
  if (list.is(Kind::kList)) {
    if (list.size > kMostValues) return false;
    out.form = Form::kEquals;
    for (uint32_t i = 0; i < list.size; ++i) {
      if (!add_value(list.items[i], out)) return false;
    }
    return describe_operand(e->args[0], out);
  }
  Value element = fold(e->args[0]);
  if (!list.is_absent() || element.is_absent()) return false;
  out.form = Form::kContains;
  return add_value(element, out) && describe_operand(e->args[1], out);
}

/// x == a || x == b || x in [c, d]
bool Compiler::read_alternatives(const Expr* e, Conjunct& out) {
  if (!e->is_operator(Operator::kOr)) return read_part(e, out) && out.form == Form::kEquals;
  Conjunct right;
  if (!read_alternatives(e->args[0], out) || !read_alternatives(e->args[1], right)) return false;
  if (out.key != right.key || out.values.size() + right.values.size() > kMostValues) return false;
  out.values.insert(out.values.end(), right.values.begin(), right.values.end());
  return true;
}

bool Compiler::read_part(const Expr* e, Conjunct& out) {
  if (e->kind == ExprKind::kCall) {
    Conjunct found;
    bool read = false;
    if (e->op == Operator::kEqual) {
      read = read_equality(e, found);
    } else if (is_ordering(e->op)) {
      read = read_range(e, found);
    } else if (e->op == Operator::kIn) {
      read = read_membership(e, found);
    } else if (e->op == Operator::kOr) {
      read = read_alternatives(e, found);
    } else if (e->op == Operator::kNone && e->function && e->member && e->arg_count == 2 &&
               e->name == "startsWith") {
      Value prefix = fold(e->args[1]);
      found.form = Form::kPrefix;
      read = prefix.is(Kind::kString) && add_value(prefix, found) &&
             describe_operand(e->args[0], found);
    }
    if (read) {
      out = std::move(found);
      return true;
    }
  }
  // Anything else is a truth of its own, and may be shared with other conditions.
  bool negated = e->is_operator(Operator::kNot);
  out = Conjunct();
  out.form = Form::kTruth;
  return add_value(Value::of_bool(!negated), out) &&
         describe_operand(negated ? e->args[0] : e, out);
}

void Compiler::collect_conjuncts(const Expr* e) {
  if (e->is_operator(Operator::kAnd)) {
    collect_conjuncts(e->args[0]);
    collect_conjuncts(e->args[1]);
    return;
  }
  auto& all = program_->conjuncts;
  Conjunct found;
  if (all.size() >= kMostConjuncts || !read_part(e, found)) return;
  for (Conjunct& known : all) {  // a lower and an upper bound are one range
    bool same = known.form == Form::kRange && found.form == Form::kRange &&
                known.of_time == found.of_time && known.key == found.key;
    if (!same) continue;
    known.low = std::max(known.low, found.low);
    known.high = std::min(known.high, found.high);
    return;
  }
  all.push_back(std::move(found));
}

}  // namespace sapa::expression
