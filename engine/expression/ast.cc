#include "engine/expression/ast.h"

namespace sapa::expression {
namespace {

struct Names {
  std::string_view symbol;
  std::string_view function;
};

constexpr Names kNames[] = {
    {"", ""},        {"!", "!_"},    {"-", "-_"},   {"&&", "_&&_"}, {"||", "_||_"},
    {"?:", "_?_:_"}, {"[]", "_[_]"}, {"in", "@in"}, {"==", "_==_"}, {"!=", "_!=_"},
    {"<", "_<_"},    {"<=", "_<=_"}, {">", "_>_"},  {">=", "_>=_"}, {"+", "_+_"},
    {"-", "_-_"},    {"*", "_*_"},   {"/", "_/_"},  {"%", "_%_"},
};

}  // namespace

std::string_view operator_symbol(Operator op) { return kNames[static_cast<size_t>(op)].symbol; }
std::string_view operator_function(Operator op) { return kNames[static_cast<size_t>(op)].function; }

}  // namespace sapa::expression
