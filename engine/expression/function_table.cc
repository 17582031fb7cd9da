// The one table of functions and operators. Rows of one name are its overloads, tried in this
// order.
#include <deque>
#include <unordered_map>

#include "engine/expression/functions.h"

namespace sapa::expression {
namespace {

using namespace functions;

struct Row {
  std::string_view name;
  std::string_view signature;
  Implementation implementation;
};

// Operators, has no implementation here: the compiler has instructions for them.
constexpr Row kRows[] = {
    {"!_", "(bool) bool", nullptr},
    {"-_", "(int) int", nullptr},
    {"-_", "(double) double", nullptr},
    {"_&&_", "(bool, bool) bool", nullptr},
    {"_||_", "(bool, bool) bool", nullptr},
    {"_?_:_", "(bool, A, A) A", nullptr},
    {"_==_", "(A, A) bool", nullptr},
    {"_!=_", "(A, A) bool", nullptr},
    {"@in", "(A, list(A)) bool", nullptr},
    {"@in", "(A, map(A, B)) bool", nullptr},
    {"_[_]", "(list(A), int) A", nullptr},
    {"_[_]", "(map(A, B), A) B", nullptr},
    {"_[_]", "(optional(list(A)), int) optional(A)", nullptr},
    {"_[_]", "(optional(map(A, B)), A) optional(B)", nullptr},
    {"_[?_]", "(list(A), int) optional(A)", nullptr},
    {"_[?_]", "(map(A, B), A) optional(B)", nullptr},
    {"_[?_]", "(optional(list(A)), int) optional(A)", nullptr},
    {"_[?_]", "(optional(map(A, B)), A) optional(B)", nullptr},
    {"_+_", "(int, int) int", nullptr},
    {"_+_", "(uint, uint) uint", nullptr},
    {"_+_", "(double, double) double", nullptr},
    {"_+_", "(string, string) string", nullptr},
    {"_+_", "(bytes, bytes) bytes", nullptr},
    {"_+_", "(list(A), list(A)) list(A)", nullptr},
    {"_+_", "(timestamp, duration) timestamp", nullptr},
    {"_+_", "(duration, timestamp) timestamp", nullptr},
    {"_+_", "(duration, duration) duration", nullptr},
    {"_-_", "(int, int) int", nullptr},
    {"_-_", "(uint, uint) uint", nullptr},
    {"_-_", "(double, double) double", nullptr},
    {"_-_", "(timestamp, timestamp) duration", nullptr},
    {"_-_", "(timestamp, duration) timestamp", nullptr},
    {"_-_", "(duration, duration) duration", nullptr},
    {"_*_", "(int, int) int", nullptr},
    {"_*_", "(uint, uint) uint", nullptr},
    {"_*_", "(double, double) double", nullptr},
    {"_/_", "(int, int) int", nullptr},
    {"_/_", "(uint, uint) uint", nullptr},
    {"_/_", "(double, double) double", nullptr},
    {"_%_", "(int, int) int", nullptr},
    {"_%_", "(uint, uint) uint", nullptr},

    // Conversions
    {"dyn", "(A) dyn", same},
    {"type", "(A) type(A)", type_of},
    {"int", "(int) int", to_int},
    {"int", "(uint) int", to_int},
    {"int", "(double) int", to_int},
    {"int", "(string) int", to_int},
    {"int", "(timestamp) int", to_int},
    {"uint", "(uint) uint", to_uint},
    {"uint", "(int) uint", to_uint},
    {"uint", "(double) uint", to_uint},
    {"uint", "(string) uint", to_uint},
    {"double", "(double) double", to_double},
    {"double", "(int) double", to_double},
    {"double", "(uint) double", to_double},
    {"double", "(string) double", to_double},
    {"bool", "(bool) bool", to_bool},
    {"bool", "(string) bool", to_bool},
    {"string", "(string) string", to_string},
    {"string", "(bool) string", to_string},
    {"string", "(int) string", to_string},
    {"string", "(uint) string", to_string},
    {"string", "(double) string", to_string},
    {"string", "(bytes) string", to_string},
    {"string", "(timestamp) string", to_string},
    {"string", "(duration) string", to_string},
    {"bytes", "(bytes) bytes", to_bytes},
    {"bytes", "(string) bytes", to_bytes},
    {"timestamp", "(timestamp) timestamp", to_timestamp},
    {"timestamp", "(string) timestamp", to_timestamp},
    {"timestamp", "(int) timestamp", to_timestamp},
    {"duration", "(duration) duration", to_duration},
    {"duration", "(string) duration", to_duration},
    {"base64.encode", "(bytes) string", base64_encode},
    {"base64.decode", "(string) bytes", base64_decode},

    // Text
    {"size", "(string) int", size},
    {"size", "(bytes) int", size},
    {"size", "(list(A)) int", size},
    {"size", "(map(A, B)) int", size},
    {"size", "string.() int", size},
    {"size", "bytes.() int", size},
    {"size", "list(A).() int", size},
    {"size", "map(A, B).() int", size},
    {"contains", "string.(string) bool", functions::contains},
    {"startsWith", "string.(string) bool", starts_with},
    {"endsWith", "string.(string) bool", ends_with},
    {"matches", "(string, string) bool", matches},
    {"matches", "string.(string) bool", matches},
    {"charAt", "string.(int) string", char_at},
    {"indexOf", "string.(string) int", index_of},
    {"indexOf", "string.(string, int) int", index_of_from},
    {"lastIndexOf", "string.(string) int", last_index_of},
    {"lastIndexOf", "string.(string, int) int", last_index_of_from},
    {"lowerAscii", "string.() string", lower_ascii},
    {"upperAscii", "string.() string", upper_ascii},
    {"replace", "string.(string, string) string", replace},
    {"replace", "string.(string, string, int) string", replace_some},
    {"split", "string.(string) list(string)", split},
    {"split", "string.(string, int) list(string)", split_some},
    {"join", "list(string).() string", join},
    {"join", "list(string).(string) string", join_with},
    {"substring", "string.(int) string", substring},
    {"substring", "string.(int, int) string", substring_to},
    {"trim", "string.() string", trim},
    {"reverse", "string.() string", reverse},
    {"format", "string.(list(dyn)) string", format},
    {"strings.quote", "(string) string", quote},

    // Numbers; math.greatest and math.least of several arguments come as one list.
    {"math.greatest", "(int) int", greatest},
    {"math.greatest", "(uint) uint", greatest},
    {"math.greatest", "(double) double", greatest},
    {"math.greatest", "(list(int)) int", greatest},
    {"math.greatest", "(list(uint)) uint", greatest},
    {"math.greatest", "(list(double)) double", greatest},
    {"math.least", "(int) int", least},
    {"math.least", "(uint) uint", least},
    {"math.least", "(double) double", least},
    {"math.least", "(list(int)) int", least},
    {"math.least", "(list(uint)) uint", least},
    {"math.least", "(list(double)) double", least},
    {"math.ceil", "(double) double", functions::ceil},
    {"math.floor", "(double) double", functions::floor},
    {"math.round", "(double) double", functions::round},
    {"math.trunc", "(double) double", functions::trunc},
    {"math.abs", "(int) int", functions::abs},
    {"math.abs", "(uint) uint", functions::abs},
    {"math.abs", "(double) double", functions::abs},
    {"math.sign", "(int) int", sign},
    {"math.sign", "(uint) uint", sign},
    {"math.sign", "(double) double", sign},
    {"math.sqrt", "(int) double", functions::sqrt},
    {"math.sqrt", "(uint) double", functions::sqrt},
    {"math.sqrt", "(double) double", functions::sqrt},
    {"math.isNaN", "(double) bool", is_nan},
    {"math.isInf", "(double) bool", is_inf},
    {"math.isFinite", "(double) bool", is_finite},
    {"math.bitAnd", "(int, int) int", bit_and},
    {"math.bitAnd", "(uint, uint) uint", bit_and},
    {"math.bitOr", "(int, int) int", bit_or},
    {"math.bitOr", "(uint, uint) uint", bit_or},
    {"math.bitXor", "(int, int) int", bit_xor},
    {"math.bitXor", "(uint, uint) uint", bit_xor},
    {"math.bitNot", "(int) int", bit_not},
    {"math.bitNot", "(uint) uint", bit_not},
    {"math.bitShiftLeft", "(int, int) int", bit_shift_left},
    {"math.bitShiftLeft", "(uint, int) uint", bit_shift_left},
    {"math.bitShiftRight", "(int, int) int", bit_shift_right},
    {"math.bitShiftRight", "(uint, int) uint", bit_shift_right},

    // Time
    {"getFullYear", "timestamp.() int", get_full_year},
    {"getFullYear", "timestamp.(string) int", get_full_year_in},
    {"getMonth", "timestamp.() int", get_month},
    {"getMonth", "timestamp.(string) int", get_month_in},
    {"getDate", "timestamp.() int", get_date},
    {"getDate", "timestamp.(string) int", get_date_in},
    {"getDayOfMonth", "timestamp.() int", get_day_of_month},
    {"getDayOfMonth", "timestamp.(string) int", get_day_of_month_in},
    {"getDayOfWeek", "timestamp.() int", get_day_of_week},
    {"getDayOfWeek", "timestamp.(string) int", get_day_of_week_in},
    {"getDayOfYear", "timestamp.() int", get_day_of_year},
    {"getDayOfYear", "timestamp.(string) int", get_day_of_year_in},
    {"getHours", "timestamp.() int", get_hours},
    {"getHours", "timestamp.(string) int", get_hours_in},
    {"getHours", "duration.() int", get_hours},
    {"getMinutes", "timestamp.() int", get_minutes},
    {"getMinutes", "timestamp.(string) int", get_minutes_in},
    {"getMinutes", "duration.() int", get_minutes},
    {"getSeconds", "timestamp.() int", get_seconds},
    {"getSeconds", "timestamp.(string) int", get_seconds_in},
    {"getSeconds", "duration.() int", get_seconds},
    {"getMilliseconds", "timestamp.() int", get_milliseconds},
    {"getMilliseconds", "timestamp.(string) int", get_milliseconds_in},
    {"getMilliseconds", "duration.() int", get_milliseconds},

    // Optionals; or and orValue evaluate their argument only if it is needed, so the compiler has
    // them.
    {"optional.of", "(A) optional(A)", functions::optional_of},
    {"optional.ofNonZeroValue", "(A) optional(A)", optional_of_non_zero},
    {"optional.none", "() optional(A)", optional_none},
    {"hasValue", "optional(A).() bool", optional_has_value},
    {"value", "optional(A).() A", optional_value},
    {"optional.unwrap", "(list(optional(A))) list(A)", optional_unwrap},
    {"unwrapOpt", "list(optional(A)).() list(A)", optional_unwrap},
    {"or", "optional(A).(optional(A)) optional(A)", nullptr},
    {"orValue", "optional(A).(A) A", nullptr},

    // Maps of numbers: the keys with the highest values
    {"top", "map(A, B).() optional(A)", top_key},
    {"top", "map(A, B).(int) list(A)", top_keys},
};

class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : text_(text) {}

  Overload read() {
    Overload overload;
    if (text_[0] != '(') {
      overload.member = true;
      overload.parameters.push_back(type());
      take('.');
    }
    take('(');
    while (text_[0] != ')') {
      overload.parameters.push_back(type());
      take(',');
      take(' ');
    }
    take(')');
    take(' ');
    overload.result = type();
    return overload;
  }

 private:
  void take(char c) {
    if (!text_.empty() && text_[0] == c) text_.remove_prefix(1);
  }

  Type type() {
    size_t end = 0;
    while (end < text_.size() && ((text_[end] | 0x20) >= 'a' && (text_[end] | 0x20) <= 'z')) ++end;
    std::string_view name = text_.substr(0, end);
    text_.remove_prefix(end);
    if (name.size() == 1) return Type::parameter(std::string(name));
    std::vector<Type> parameters;
    bool generic = name == "list" || name == "map" || name == "optional" || name == "type";
    if (generic && !text_.empty() && text_[0] == '(') {
      do {
        text_.remove_prefix(1);
        take(' ');
        parameters.push_back(type());
      } while (text_[0] == ',');
      take(')');
    }
    return named(name, std::move(parameters));
  }

  static Type named(std::string_view name, std::vector<Type> parameters) {
    if (name == "list") return Type::list_of(parameters.at(0));
    if (name == "map") return Type::map_of(parameters.at(0), parameters.at(1));
    if (name == "optional") return Type::optional_of(parameters.at(0));
    if (name == "type") return Type::type_of(parameters.at(0));
    if (name == "bool") return TypeKind::kBool;
    if (name == "int") return TypeKind::kInt;
    if (name == "uint") return TypeKind::kUint;
    if (name == "double") return TypeKind::kDouble;
    if (name == "string") return TypeKind::kString;
    if (name == "bytes") return TypeKind::kBytes;
    if (name == "timestamp") return TypeKind::kTimestamp;
    if (name == "duration") return TypeKind::kDuration;
    if (name == "null") return TypeKind::kNull;
    return TypeKind::kDyn;
  }

  std::string_view text_;
};

constexpr uint32_t bit(Kind kind) { return 1u << static_cast<unsigned>(kind); }

uint32_t kinds_of(const Type& type) {
  switch (type.kind) {
    case TypeKind::kNull:
      return bit(Kind::kNull);
    case TypeKind::kBool:
      return bit(Kind::kBool);
    case TypeKind::kInt:
      return bit(Kind::kInt);
    case TypeKind::kUint:
      return bit(Kind::kUint);
    case TypeKind::kDouble:
      return bit(Kind::kDouble);
    case TypeKind::kString:
      return bit(Kind::kString);
    case TypeKind::kBytes:
      return bit(Kind::kBytes);
    case TypeKind::kTimestamp:
      return bit(Kind::kTimestamp);
    case TypeKind::kDuration:
      return bit(Kind::kDuration);
    case TypeKind::kType:
      return bit(Kind::kType);
    case TypeKind::kList:
      return bit(Kind::kList);
    case TypeKind::kMap:
      return bit(Kind::kMap) | bit(Kind::kHostMap);
    case TypeKind::kOptional:
      return bit(Kind::kOptional);
    default:
      return ~(bit(Kind::kAbsent) | bit(Kind::kError));
  }
}

struct Table {
  std::deque<Function> functions;
  std::unordered_map<std::string_view, Function*> by_name;
  std::vector<std::string_view> names;

  Table() {
    for (const Row& row : kRows) {
      auto [at, added] = by_name.try_emplace(row.name, nullptr);
      if (added) {
        at->second = &functions.emplace_back(Function{std::string(row.name), {}});
        bool is_operator = row.name.find('_') != std::string_view::npos || row.name[0] == '@';
        if (!is_operator) names.push_back(row.name);
      }
      Overload overload = parse_overload(row.signature);
      overload.implementation = row.implementation;
      at->second->overloads.push_back(std::move(overload));
    }
  }
};

const Table& table() {
  static const Table instance;
  return instance;
}

}  // namespace

Overload parse_overload(std::string_view signature) {
  Overload overload = SignatureReader(signature).read();
  for (const Type& parameter : overload.parameters) {
    overload.accepted_kinds.push_back(kinds_of(parameter));
  }
  return overload;
}

const Function* find_function(std::string_view name) {
  auto at = table().by_name.find(name);
  return at == table().by_name.end() ? nullptr : at->second;
}

const std::vector<std::string_view>& function_names() { return table().names; }

}  // namespace sapa::expression
