// `sapa expr`: evaluates expressions, one a line.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace sapa {

/// Each input line is {"expr": "…", "vars": {…}}, with "check": false for no type check, "type_env"
/// and "container" as CEL's conformance cases have them, and "check_only": true for the type alone.
/// Each answer is one line, in order: {"value": …} or {"error": "…"}. With `typed`, values are in
/// the JSON mapping of cel.expr.Value both ways, and the answer has the deduced "type" too. Returns
/// the exit code.
int run_expr(std::istream& in, std::ostream& out, bool typed);

/// For people: a prompt, an expression a line, its value or what is wrong with it. Ends with the
/// input.
int run_expr_interactive(std::istream& in, std::ostream& out);
/// The same with lines from elsewhere, prompt included; `next` is false at the end.
int run_expr_interactive(const std::function<bool(std::string&)>& next, std::ostream& out);

void add_expr(CLI::App& app, int& exit_code);

}  // namespace sapa
