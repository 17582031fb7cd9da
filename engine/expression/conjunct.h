// What an index can know of a condition without evaluating it: the parts that are joined by && at
// its top and compare one expression with constants. Where a part is false, so is the condition,
// whatever the other parts say or fail with; where a part's operand fails, the condition is not
// true. So a condition can be passed over exactly when one of its parts is known not to hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace sapa::expression {

struct Conjunct {
  enum class Form : uint8_t {
    kEquals,    ///< operand == one of the values; never fails when the operand does not
    kTruth,     ///< the operand itself, or its negation: a bool
    kRange,     ///< the operand lies within [low, high]; it is a number, or a timestamp
    kPrefix,    ///< the operand, a string, starts with the value
    kContains,  ///< the value is an element of the operand, a list, or a key of it, a map
  };
  Form form = Form::kEquals;
  bool of_time = false;  ///< kRange: bounds are seconds of a timestamp
  bool keyed = false;    ///< the operand is a variable and its members: no call, no arithmetic
  uint32_t slot = 0;     ///< of that variable, if `keyed`
  bool whole = false;    ///< … and nothing but the variable
  std::string key;     ///< equal for operands that are the same expression over the same variables
  std::string source;  ///< the operand's text; compiles under the condition's environment
  std::vector<Value> values;  ///< scalars in the program's memory
  /// kRange: both ends included, rounded outwards, so that an index may find a little too much but
  /// never too little.
  double low = 0, high = 0;
};

/// Whether a value may equal a conjunct's value at all, and a hash that is the same for equal ones.
bool can_equal_scalar(const Value& value);
uint64_t scalar_hash(const Value& value);

}  // namespace sapa::expression
