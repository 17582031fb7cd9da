#include "engine/expression/checker.h"

#include <algorithm>

#include "engine/expression/functions.h"
#include "engine/expression/resolver.h"
#include "engine/expression/suggest.h"
#include "engine/expression/type_names.h"
#include "engine/expression/unify.h"
#include "engine/expression/well_known.h"

namespace sapa::expression {
namespace {

constexpr size_t kMostDiagnostics = 20;

class Checker {
 public:
  Checker(std::string_view source, const Environment& environment, Diagnostics& diagnostics)
      : source_(source), environment_(environment), diagnostics_(diagnostics) {}

  Type run(const Expr* root) { return unifier_.substitute(check(root), true); }

 private:
  // Each in a frame of its own: the recursion is as deep as the tree, and the frames of all
  // together are large.
  Type check(const Expr* e);
  [[gnu::noinline]] Type check_ident(const Expr* e);
  [[gnu::noinline]] Type check_select(const Expr* e);
  [[gnu::noinline]] Type check_call(const Expr* e);
  [[gnu::noinline]] Type check_list(const Expr* e);
  [[gnu::noinline]] Type check_map(const Expr* e);
  [[gnu::noinline]] Type check_message(const Expr* e);
  [[gnu::noinline]] Type check_fold(const Expr* e);
  [[gnu::noinline]] Type check_bind(const Expr* e);
  [[gnu::noinline]] Type check_opt_map(const Expr* e);

  Type member_type(const Expr* e, const Type& operand);
  [[gnu::noinline]] Type resolve_overloads(const Expr* e, const std::vector<Type>& args);
  Type mixed_arithmetic(const Expr* e, const std::vector<Type>& args, bool& applies);
  void settle_numbers(const Expr* e, std::vector<Type>& args) const;
  Type lenient_or_value(const Type& receiver, const Type& fallback);
  /// The element of `?x`: what the optional holds.
  Type unwrapped_entry(const Expr* e, const Type& type);
  void range_types(const Expr* range, const Type& type, bool two, Type& first, Type& second);
  void require_bool(const Expr* e, const Type& type, std::string_view what);

  /// Whether some declared name starts like the chain or the chain like it.
  bool names_a_variable(std::string_view chain) const;
  Type no_overload(const Expr* e, const std::vector<Type>& args);
  Type unknown_function(const Expr* e);
  Type undeclared(const Expr* e);
  std::string conversion_hint(const Expr* e, const std::vector<Type>& args) const;

  Type report(uint32_t offset, uint32_t length, std::string message, std::string suggestion = {}) {
    if (diagnostics_.size() < kMostDiagnostics) {
      diagnostics_.push_back({offset, length, std::move(message), std::move(suggestion)});
    }
    return TypeKind::kError;
  }
  Type report(const Expr* e, std::string message, std::string suggestion = {}) {
    return report(e->offset, e->length, std::move(message), std::move(suggestion));
  }
  std::string shown(const Type& type) const { return unifier_.substitute(type, true).to_string(); }
  std::string_view text_of(const Expr* e) const {
    return source_.substr(e->begin, e->end - e->begin);
  }

  std::string_view source_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  Unifier unifier_;
  std::vector<Type> locals_;
};

bool is_ordered(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return true;
    default:
      return type.is_number() || type.is_dynamic() || type.is(TypeKind::kTypeParam);
  }
}
Type scalar_of(const Type& type) { return type.is(TypeKind::kWrapper) ? type.at(0) : type; }

Type Checker::check(const Expr* e) {
  switch (e->kind) {
    case ExprKind::kConstant:
      switch (e->value.kind) {
        case Kind::kNull:
          return TypeKind::kNull;
        case Kind::kBool:
          return TypeKind::kBool;
        case Kind::kInt:
          return TypeKind::kInt;
        case Kind::kUint:
          return TypeKind::kUint;
        case Kind::kDouble:
          return TypeKind::kDouble;
        case Kind::kString:
          return TypeKind::kString;
        case Kind::kBytes:
          return TypeKind::kBytes;
        default:
          return TypeKind::kDyn;
      }
    case ExprKind::kIdent:
      return check_ident(e);
    case ExprKind::kSelect:
      return check_select(e);
    case ExprKind::kCall:
      return check_call(e);
    case ExprKind::kList:
      return check_list(e);
    case ExprKind::kMap:
      return check_map(e);
    case ExprKind::kMessage:
      return check_message(e);
    case ExprKind::kFold:
      return check_fold(e);
    case ExprKind::kBind:
      return check_bind(e);
    case ExprKind::kOptMap:
      return check_opt_map(e);
  }
  return TypeKind::kDyn;
}

Type Checker::check_ident(const Expr* e) {
  Type type;
  switch (e->resolution) {
    case Resolution::kVariable:
      type = environment_.variables()[e->index].type;
      break;
    case Resolution::kLocal:
      type = locals_[e->index];
      break;
    case Resolution::kTypeName:
      type = Type::type_of(type_of_name(e->name));
      break;
    case Resolution::kUnresolved:
      return undeclared(e);
  }
  if (e->has) return TypeKind::kBool;
  return e->optional ? Type::optional_of(type) : type;
}

Type Checker::undeclared(const Expr* e) {
  std::string name(e->name);
  return report(e, "undeclared reference to '" + name + "'", nearest_variable(name, environment_));
}

Type Checker::check_select(const Expr* e) {
  std::string chain;
  const Expr* root = e;
  while (root->kind == ExprKind::kSelect) root = root->args[0];
  if (root->kind == ExprKind::kIdent && root->resolution == Resolution::kUnresolved &&
      plain_chain(root, chain)) {
    // One error for the whole chain a.b.c, whose parts mean nothing.
    std::vector<const Expr*> members;
    for (const Expr* m = e; m != root; m = m->args[0]) members.push_back(m);
    for (size_t i = members.size(); i-- > 0;) {
      chain += '.';
      chain += members[i]->name;
    }
    return report(root->offset, e->offset + e->length - root->offset,
                  "undeclared reference to '" + chain + "'", nearest_variable(chain, environment_));
  }
  Type declared = check(e->args[0]);
  if (const Type* known = declared.is(TypeKind::kMap) ? declared.member(e->name) : nullptr) {
    if (e->has) return TypeKind::kBool;
    return e->optional ? Type::optional_of(*known) : *known;
  }
  Type operand = unifier_.substitute(declared);
  bool through_optional = operand.is(TypeKind::kOptional);
  if (through_optional) operand = unifier_.substitute(operand.at(0));
  Type member = member_type(e, operand);
  if (e->has) return TypeKind::kBool;
  return e->optional || through_optional ? Type::optional_of(member) : member;
}

Type Checker::member_type(const Expr* e, const Type& operand) {
  switch (operand.kind) {
    case TypeKind::kMap:
      return operand.at(1);
    case TypeKind::kDyn:
    case TypeKind::kError:
      return TypeKind::kDyn;
    case TypeKind::kTypeParam:
      unifier_.assignable(Type(), operand);
      return TypeKind::kDyn;
    default:
      return report(
          e, "a value of type " + shown(operand) + " has no member '" + std::string(e->name) + "'");
  }
}

Type Checker::check_call(const Expr* e) {
  std::vector<Type> args;
  std::string chain;
  bool front_means_nothing = e->op == Operator::kNone && !e->function && e->member &&
                             plain_chain(e->args[0], chain) && !names_a_variable(chain);
  if (front_means_nothing && !environment_.find_function(e->name)) return unknown_function(e);
  size_t errors_before = diagnostics_.size();
  for (uint32_t i = 0; i < e->arg_count; ++i) {
    args.push_back(unifier_.substitute(check(e->args[i])));
  }
  if (diagnostics_.size() > errors_before && e->op == Operator::kNone && !e->function) {
    return TypeKind::kError;  // the argument's error says enough
  }
  if (e->lenient) return lenient_or_value(args[0], args[1]);
  settle_numbers(e, args);
  return resolve_overloads(e, args);
}

/// A number of unknown type goes with every number, but has no methods and no likeness with text.
void Checker::settle_numbers(const Expr* e, std::vector<Type>& args) const {
  auto is_no_number = [](const Type& t) {
    return t.is(TypeKind::kString) || t.is(TypeKind::kBytes) || t.is(TypeKind::kBool) ||
           t.is(TypeKind::kList) || t.is(TypeKind::kMap) || t.is(TypeKind::kTimestamp);
  };
  bool two_sided = is_equality(e->op) || is_ordering(e->op) || is_arithmetic(e->op);
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].is_any_number()) continue;
    bool receiver = e->member && i == 0;
    bool mismatch = two_sided && args.size() == 2 && is_no_number(args[1 - i]);
    if (receiver || mismatch) args[i] = TypeKind::kDouble;
  }
}

/// What an orValue() after a plain member means: a found optional is opened.
Type Checker::lenient_or_value(const Type& receiver, const Type& fallback) {
  Type found = receiver.is(TypeKind::kOptional) ? receiver.at(0) : Type();
  if (found.is(TypeKind::kOptional)) found = found.at(0);
  return unifier_.join(unifier_.substitute(found), fallback);
}

/// Dynamic operands of arithmetic may turn out to be numbers of different types.
Type Checker::mixed_arithmetic(const Expr* e, const std::vector<Type>& args, bool& applies) {
  applies = false;
  if (!is_arithmetic(e->op)) return {};
  auto numeric_or_dynamic = [](const Type& t) {
    return t.is_dynamic() || scalar_of(t).is_number();
  };
  bool any_dynamic = args[0].is_dynamic() || args[1].is_dynamic();
  applies = any_dynamic && numeric_or_dynamic(args[0]) && numeric_or_dynamic(args[1]);
  return TypeKind::kDyn;
}

Type Checker::resolve_overloads(const Expr* e, const std::vector<Type>& args) {
  bool mixed = false;
  Type mixed_type = mixed_arithmetic(e, args, mixed);
  if (mixed) return mixed_type;
  if (is_ordering(e->op)) {
    Type a = scalar_of(args[0]), b = scalar_of(args[1]);
    bool numbers = a.is_number() && b.is_number();
    if (is_ordered(a) && is_ordered(b) && (numbers || unifier_.assignable(a, b))) {
      return TypeKind::kBool;
    }
    return no_overload(e, args);
  }
  std::string_view name = e->name;
  if (e->op != Operator::kNone) {
    name = e->is_operator(Operator::kIndex) && e->optional ? "_[?_]" : operator_function(e->op);
  }
  Type result;
  bool found = false;
  auto consider = [&](bool member, const std::vector<Type>& parameters, const Type& type) {
    if (member != e->member || parameters.size() != args.size()) return;
    std::vector<std::pair<std::string, Type>> fresh;
    std::vector<Type> wanted;
    for (const Type& parameter : parameters) {
      wanted.push_back(unifier_.instantiate(parameter, fresh));
    }
    Type instance = unifier_.instantiate(type, fresh);
    if (!unifier_.assignable(args, wanted)) return;
    Type outcome = unifier_.substitute(instance);
    if (!found) {
      result = outcome;
    } else if (!(outcome == result)) {
      result = Type();
    }
    found = true;
  };
  const Function* function = e->op != Operator::kNone ? find_function(name) : e->function;
  if (function) {
    for (const Overload& overload : function->overloads) {
      consider(overload.member, overload.parameters, overload.result);
    }
  }
  const auto* declared = environment_.find_function(name);
  if (declared) {
    for (const auto& overload : *declared) {
      consider(overload.member, overload.parameters, overload.result);
    }
  }
  if (found) return result;
  return function || declared ? no_overload(e, args) : unknown_function(e);
}

bool Checker::names_a_variable(std::string_view chain) const {
  std::string_view first = chain.substr(0, chain.find('.'));
  const auto& variables = environment_.variables();
  return std::any_of(variables.begin(), variables.end(), [&](const Environment::Variable& v) {
    std::string_view name = v.name;
    return name.substr(0, name.find('.')) == first;
  });
}

Type Checker::unknown_function(const Expr* e) {
  std::string name(e->name);
  const Expr* receiver = e->member ? e->args[0] : nullptr;
  std::string chain;
  if (receiver && plain_chain(receiver, chain)) name = chain + "." + name;
  std::string suggestion(nearest_name(name, function_names()));
  if (suggestion.empty()) suggestion = nearest_name(e->name, function_names());
  return report(e, "unknown function '" + name + "'", std::move(suggestion));
}

std::string Checker::conversion_hint(const Expr* e, const std::vector<Type>& args) const {
  bool binary = e->op != Operator::kNone && args.size() == 2;
  if (!binary || !scalar_of(args[0]).is_number() || !scalar_of(args[1]).is_number()) return {};
  bool first_is_double = scalar_of(args[0]).is(TypeKind::kDouble);
  bool second_is_double = scalar_of(args[1]).is(TypeKind::kDouble);
  if (first_is_double == second_is_double) {
    // int with uint
    const Expr* unsigned_one = scalar_of(args[0]).is(TypeKind::kUint) ? e->args[0] : e->args[1];
    return "int(" + std::string(text_of(unsigned_one)) + ")";
  }
  const Expr* whole_one = first_is_double ? e->args[1] : e->args[0];
  return "double(" + std::string(text_of(whole_one)) + ")";
}

Type Checker::no_overload(const Expr* e, const std::vector<Type>& args) {
  for (const Type& arg : args) {
    if (arg.is(TypeKind::kError)) return TypeKind::kError;
  }
  std::string types;
  for (size_t i = e->member ? 1 : 0; i < args.size(); ++i) {
    if (!types.empty()) types += ", ";
    types += shown(args[i]);
  }
  if (e->op == Operator::kConditional) {
    return report(e, "'?:' needs a bool and two values of one type, not (" + types + ")");
  }
  if (e->op != Operator::kNone) {
    return report(e, "no '" + std::string(operator_symbol(e->op)) + "' for (" + types + ")",
                  conversion_hint(e, args));
  }
  std::string name(e->name);
  std::string suggestion;
  bool other_style =
      e->function &&
      std::any_of(e->function->overloads.begin(), e->function->overloads.end(), [&](const auto& o) {
        return o.member != e->member && o.parameters.size() == args.size();
      });
  if (other_style && !e->member) suggestion = std::string(text_of(e->args[0])) + "." + name + "(…)";
  if (other_style && e->member) suggestion = name + "(" + std::string(text_of(e->args[0])) + ", …)";
  if (e->member) {
    return report(e, "no " + name + "(" + types + ") of a value of type " + shown(args[0]),
                  std::move(suggestion));
  }
  return report(e, "no " + name + "() for (" + types + ")", std::move(suggestion));
}

Type Checker::unwrapped_entry(const Expr* e, const Type& type) {
  Type known = unifier_.substitute(type);
  if (known.is(TypeKind::kOptional)) return known.at(0);
  if (known.is_dynamic()) return {};
  Type inner = unifier_.fresh_variable();
  if (unifier_.assignable(known, Type::optional_of(inner))) return inner;
  return report(e, "'?' takes an optional here, not " + shown(type));
}

Type Checker::check_list(const Expr* e) {
  Type element;
  for (uint32_t i = 0; i < e->arg_count; ++i) {
    Type type = check(e->args[i]);
    if (e->args[i]->optional_entry) type = unwrapped_entry(e->args[i], type);
    element = i == 0 ? type : unifier_.join(element, type);
  }
  if (e->arg_count == 0) element = unifier_.fresh_variable();
  return Type::list_of(element);
}

Type Checker::check_map(const Expr* e) {
  Type key, value;
  for (uint32_t i = 0; i < e->arg_count; i += 2) {
    Type key_type = unifier_.substitute(check(e->args[i]));
    if (key_type.is(TypeKind::kDouble) || key_type.is(TypeKind::kBytes) ||
        key_type.is(TypeKind::kNull) || key_type.is(TypeKind::kList) ||
        key_type.is(TypeKind::kMap)) {
      report(e->args[i], "a key is a string, int, uint or bool, not " + shown(key_type));
    }
    Type value_type = check(e->args[i + 1]);
    if (e->args[i]->optional_entry) value_type = unwrapped_entry(e->args[i + 1], value_type);
    key = i == 0 ? key_type : unifier_.join(key, key_type);
    value = i == 0 ? value_type : unifier_.join(value, value_type);
  }
  if (e->arg_count == 0) key = unifier_.fresh_variable(), value = unifier_.fresh_variable();
  return Type::map_of(key, value);
}

Type Checker::check_message(const Expr* e) {
  if (!is_well_known_message(e->name)) return report(e, unsupported_message(e->name));
  for (uint32_t i = 0; i < e->arg_count; i += 2) {
    std::string_view field = e->args[i]->value.as_string();
    Type wanted = well_known_field(e->name, field);
    Type type = check(e->args[i + 1]);
    if (e->args[i]->optional_entry) type = unwrapped_entry(e->args[i + 1], type);
    if (wanted.is(TypeKind::kError)) {
      report(e->args[i], "no field '" + std::string(field) + "' in " + std::string(e->name));
    } else if (!unifier_.assignable(type, wanted)) {
      report(e->args[i + 1], "the field '" + std::string(field) + "' takes " + shown(wanted) +
                                 ", not " + shown(type));
    }
  }
  return well_known_type(e->name);
}

void Checker::require_bool(const Expr* e, const Type& type, std::string_view what) {
  if (!unifier_.assignable(type, TypeKind::kBool)) {
    report(e, std::string(what) + " must be a bool, not " + shown(type));
  }
}

void Checker::range_types(const Expr* range, const Type& type, bool two, Type& first,
                          Type& second) {
  auto known = [](const Type& t) { return t.is(TypeKind::kTypeParam) ? Type() : t; };
  switch (type.kind) {
    case TypeKind::kList:
      first = two ? Type(TypeKind::kInt) : known(type.at(0));
      second = known(type.at(0));
      return;
    case TypeKind::kMap:
      first = known(type.at(0));
      second = known(type.at(1));
      return;
    case TypeKind::kTypeParam:
      unifier_.assignable(Type(), type);
      return;
    case TypeKind::kDyn:
    case TypeKind::kError:
      return;
    default:
      report(range, "a list or a map is needed here, not " + shown(type));
  }
}

Type Checker::check_fold(const Expr* e) {
  Type range = unifier_.substitute(check(e->args[0]));
  Type first, second;
  range_types(e->args[0], range, !e->second_name.empty(), first, second);
  if (locals_.size() < e->index + 2) locals_.resize(e->index + 2);
  locals_[e->index] = first;
  locals_[e->index + 1] = second;
  Type body;
  for (uint32_t i = 1; i < e->arg_count; ++i) {
    body = check(e->args[i]);
    if (i + 1 < e->arg_count) require_bool(e->args[i], body, "the filter");
  }
  const Expr* last = e->args[e->arg_count - 1];
  switch (e->fold) {
    case FoldKind::kAll:
    case FoldKind::kExists:
    case FoldKind::kExistsOne:
      require_bool(last, body, "the condition");
      return TypeKind::kBool;
    case FoldKind::kFilter:
      require_bool(last, body, "the condition");
      return Type::list_of(first);
    case FoldKind::kMap:
      return Type::list_of(body);
    case FoldKind::kMapValues:
      return Type::map_of(first, body);
    case FoldKind::kMergeEntries: {
      Type known = unifier_.substitute(body);
      if (known.is(TypeKind::kMap) || known.is_dynamic()) return known;
      return report(last, "transformMapEntry() needs a map, not " + shown(known));
    }
  }
  return {};
}

Type Checker::check_bind(const Expr* e) {
  Type init = check(e->args[0]);
  if (locals_.size() < e->index + 1) locals_.resize(e->index + 1);
  locals_[e->index] = init;
  return check(e->args[1]);
}

Type Checker::check_opt_map(const Expr* e) {
  Type target = unifier_.substitute(check(e->args[0]));
  Type inner;
  if (target.is(TypeKind::kOptional)) {
    inner = target.at(0);
  } else if (!target.is_dynamic() && !target.is(TypeKind::kTypeParam)) {
    report(e->args[0], "an optional is needed here, not " + shown(target));
  }
  if (locals_.size() < e->index + 1) locals_.resize(e->index + 1);
  locals_[e->index] = inner;
  Type body = unifier_.substitute(check(e->args[1]));
  if (!e->flat) return Type::optional_of(body);
  if (body.is(TypeKind::kOptional) || body.is_dynamic()) return body;
  return report(e->args[1], "optFlatMap() needs an optional, not " + shown(body));
}

}  // namespace

Type check(const Ast& ast, std::string_view source, const Environment& environment,
           Diagnostics& diagnostics) {
  return Checker(source, environment, diagnostics).run(ast.root);
}

}  // namespace sapa::expression
