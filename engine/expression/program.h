// The compiled form: instructions for a stack machine, and everything they refer to by index.
// Immutable after compilation; shared between threads.
//
// The stack holds first the locals of macros, then operands. An operand may be an error; every
// instruction passes on the errors that it is given, except the logical ones, which absorb them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/expression/ast.h"
#include "engine/expression/expression.h"
#include "engine/expression/functions.h"
#include "engine/expression/regex.h"

namespace sapa::expression {

enum class Op : uint8_t {
  kReturn,
  kConstant,      ///< push constants[b]
  kLoad,          ///< push the variable of uses[b]
  kLoadPath,      ///< push the variable of uses[b] and follow its path
  kTestVariable,  ///< push whether the variable of uses[b] is set
  kOptVariable,   ///< push the variable of uses[b] as an optional
  kLocal,         ///< push local a
  kStoreLocal,    ///< pop into local a
  kSelect,        ///< top = top.constants[b]
  kOptSelect,     ///< top = top.?constants[b]
  kTest,          ///< top = has(top.constants[b])
  kIndex,         ///< pop key; top = top[key]
  kOptIndex,
  kIn,
  kInSet,  ///< top = top in sets[b]
  kEqual,
  kNotEqual,
  kCompare,          ///< flag: the Operator
  kEqualConstant,    ///< top == constants[b]; flag: negated
  kCompareConstant,  ///< top < constants[b] …; flag: the Operator
  kArithmetic,       ///< flag: the Operator
  kNegate,
  kNot,
  kAndJump,  ///< if top is false, to b; else go on
  kOrJump,   ///< if top is true, to b
  kAnd,      ///< pop right; top = top && right
  kOr,
  kBranch,  ///< pop the condition; false: to b; error: push it, to c
  kJump,    ///< to b
  kOrElse,  ///< optional: with a value, to b; none: pop and go on. flag: OrElse
  kRequireOptional,
  kOptMap,      ///< pop an optional: with a value, into local a and go on; else push it, to b
  kOptWrap,     ///< top = optional.of(top)
  kList,        ///< pop b elements; c: optional flags, or none
  kMap,         ///< pop b entries
  kMessage,     ///< pop b fields of messages[a]; c: optional flags
  kCall,        ///< calls[b]
  kMatches,     ///< top matches regexes[b]
  kFail,        ///< push constants[b], an error
  kFoldBegin,   ///< pop the range into iterator a; flag: two variables; bad range: push the error,
                ///< to b; c: FoldKind
  kFoldNext,    ///< next element into locals c, c + 1; at the end to b
  kFoldStep,    ///< pop the body's value; flag: FoldKind; again to b, with a result to c
  kFoldFilter,  ///< pop the filter; false: to b; error: push it, to c
  kFoldEnd,     ///< push the result of iterator a; flag: FoldKind
};

/// How an `or` treats what it finds.
enum class OrElse : uint8_t { kOr, kValue, kLenientValue };

struct Instruction {
  Op op = Op::kReturn;
  uint8_t flag = 0;
  uint16_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
};
static_assert(sizeof(Instruction) == 12);

constexpr uint32_t kNone = UINT32_MAX;

/// A variable and the constant members read from it.
struct Use {
  uint32_t slot = 0;
  Value name;               ///< of the variable
  std::vector<Value> path;  ///< strings
};

/// A call of a function by overload, decided by the arguments' kinds.
struct Call {
  std::string_view name;
  uint32_t arg_count = 0;
  std::vector<const Overload*> overloads;
};

/// Constants to search, by hash.
struct ConstantSet {
  std::vector<Value> table;  ///< open addressing; absent means free
  uint32_t mask = 0;
};

struct Program::Impl {
  std::vector<Instruction> code;
  std::vector<Value> constants;
  std::vector<Use> uses;
  std::vector<Call> calls;
  std::vector<ConstantSet> sets;
  std::vector<std::unique_ptr<const Regex>> regexes;
  std::vector<std::string> messages;
  std::vector<std::vector<bool>> optional_flags;
  std::vector<Reference> references;
  std::vector<Conjunct> conjuncts;
  std::string key;  ///< of the whole, as Conjunct::key; empty unless conjuncts are found
  Arena pool{256};  ///< holds the bytes of constants
  Type result_type;
  Limits limits;
  uint32_t locals = 0;
  uint32_t iterators = 0;
  uint32_t stack_size = 0;  ///< locals included
};

}  // namespace sapa::expression
