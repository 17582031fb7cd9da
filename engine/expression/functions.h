// The functions that an expression may call. Each is one row of the table in function_table.cc:
// name, overload written as CEL's documentation writes it, implementation. To add one, write its
// implementation (declared below, or by the host) and its row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/value.h"
#include "engine/expression/context.h"
#include "engine/expression/type.h"

namespace sapa::expression {

/// Pure: the result depends on the arguments alone. The arguments have the kinds of the overload's
/// parameters (elements of lists and maps are unchecked) and are no errors; the receiver comes
/// first.
using Implementation = Value (*)(EvalContext& context, const Value* args);

struct Overload {
  bool member = false;  ///< called as args[0].name(args[1], …)
  std::vector<Type> parameters;
  Type result;
  Implementation implementation = nullptr;
  std::vector<uint32_t> accepted_kinds;  ///< per parameter, a bit per Kind

  bool accepts(const Value* args) const {
    for (size_t i = 0; i < accepted_kinds.size(); ++i) {
      if (!(accepted_kinds[i] >> static_cast<unsigned>(args[i].kind) & 1)) return false;
    }
    return true;
  }
};

struct Function {
  std::string name;
  std::vector<Overload> overloads;
};

/// Null if there is none. Operators are in the table too ("_+_").
const Function* find_function(std::string_view name);
/// All of them, operators left out.
const std::vector<std::string_view>& function_names();

/// "string.(string, int) list(string)"; capital letters are type parameters.
Overload parse_overload(std::string_view signature);

#define SAPA_FUNCTION(name) Value name(EvalContext& context, const Value* args)
namespace functions {

// text_functions.cc
SAPA_FUNCTION(size);
SAPA_FUNCTION(contains);
SAPA_FUNCTION(starts_with);
SAPA_FUNCTION(ends_with);
SAPA_FUNCTION(matches);
SAPA_FUNCTION(char_at);
SAPA_FUNCTION(index_of);
SAPA_FUNCTION(index_of_from);
SAPA_FUNCTION(last_index_of);
SAPA_FUNCTION(last_index_of_from);
SAPA_FUNCTION(lower_ascii);
SAPA_FUNCTION(upper_ascii);
SAPA_FUNCTION(replace);
SAPA_FUNCTION(replace_some);
SAPA_FUNCTION(split);
SAPA_FUNCTION(split_some);
SAPA_FUNCTION(join);
SAPA_FUNCTION(join_with);
SAPA_FUNCTION(substring);
SAPA_FUNCTION(substring_to);
SAPA_FUNCTION(trim);
SAPA_FUNCTION(reverse);

// text_format.cc
SAPA_FUNCTION(format);
SAPA_FUNCTION(quote);

// conversions.cc
SAPA_FUNCTION(same);
SAPA_FUNCTION(type_of);
SAPA_FUNCTION(to_int);
SAPA_FUNCTION(to_uint);
SAPA_FUNCTION(to_double);
SAPA_FUNCTION(to_bool);
SAPA_FUNCTION(to_string);
SAPA_FUNCTION(to_bytes);
SAPA_FUNCTION(to_timestamp);
SAPA_FUNCTION(to_duration);
SAPA_FUNCTION(base64_encode);
SAPA_FUNCTION(base64_decode);

// math_functions.cc
SAPA_FUNCTION(greatest);
SAPA_FUNCTION(least);
SAPA_FUNCTION(ceil);
SAPA_FUNCTION(floor);
SAPA_FUNCTION(round);
SAPA_FUNCTION(trunc);
SAPA_FUNCTION(abs);
SAPA_FUNCTION(sign);
SAPA_FUNCTION(sqrt);
SAPA_FUNCTION(is_nan);
SAPA_FUNCTION(is_inf);
SAPA_FUNCTION(is_finite);
SAPA_FUNCTION(bit_and);
SAPA_FUNCTION(bit_or);
SAPA_FUNCTION(bit_xor);
SAPA_FUNCTION(bit_not);
SAPA_FUNCTION(bit_shift_left);
SAPA_FUNCTION(bit_shift_right);

// time_functions.cc
SAPA_FUNCTION(get_full_year);
SAPA_FUNCTION(get_month);
SAPA_FUNCTION(get_date);
SAPA_FUNCTION(get_day_of_month);
SAPA_FUNCTION(get_day_of_week);
SAPA_FUNCTION(get_day_of_year);
SAPA_FUNCTION(get_hours);
SAPA_FUNCTION(get_minutes);
SAPA_FUNCTION(get_seconds);
SAPA_FUNCTION(get_milliseconds);
SAPA_FUNCTION(get_full_year_in);
SAPA_FUNCTION(get_month_in);
SAPA_FUNCTION(get_date_in);
SAPA_FUNCTION(get_day_of_month_in);
SAPA_FUNCTION(get_day_of_week_in);
SAPA_FUNCTION(get_day_of_year_in);
SAPA_FUNCTION(get_hours_in);
SAPA_FUNCTION(get_minutes_in);
SAPA_FUNCTION(get_seconds_in);
SAPA_FUNCTION(get_milliseconds_in);

// optional_functions.cc
SAPA_FUNCTION(optional_of);
SAPA_FUNCTION(optional_of_non_zero);
SAPA_FUNCTION(optional_none);
SAPA_FUNCTION(optional_has_value);
SAPA_FUNCTION(optional_value);
SAPA_FUNCTION(optional_unwrap);

// map_functions.cc
SAPA_FUNCTION(top_key);
SAPA_FUNCTION(top_keys);

}  // namespace functions

}  // namespace sapa::expression
