#include "engine/cli/expr.h"

#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/cli/line_editor.h"
#include "engine/expression/expression.h"
#include "engine/expression/typed_json.h"

namespace sapa {
namespace {

constexpr size_t kLongestLine = 4 << 20;

class Variables : public expression::Activation {
 public:
  void set(uint32_t slot, Value value) {
    if (values_.size() <= slot) values_.resize(slot + 1);
    values_[slot] = value;
  }
  Value load(uint32_t slot) const override {
    return slot < values_.size() ? values_[slot] : Value::absent();
  }

 private:
  std::vector<Value> values_;
};

/// Reads one line without its end; what is beyond the limit is skipped and `too_long` set.
bool read_line(std::istream& in, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  std::streambuf* buffer = in.rdbuf();
  int c = buffer->sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = buffer->sbumpc()) {
    if (line.size() < kLongestLine) {
      line += static_cast<char>(c);
    } else {
      too_long = true;
    }
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

std::string describe(const expression::Diagnostics& diagnostics) {
  std::string text;
  for (const expression::Diagnostic& found : diagnostics) {
    if (!text.empty()) text += "; ";
    text += "at " + std::to_string(found.offset + 1) + ": " + found.message;
    if (!found.suggestion.empty()) text += " (did you mean '" + found.suggestion + "'?)";
  }
  return text;
}

std::string error_answer(std::string_view why) {
  std::string out = "{\"error\":";
  append_json_string(why, out);
  return out + "}";
}

/// Answers one line; keeps its buffers between lines.
class Answerer {
 public:
  explicit Answerer(bool typed) : typed_(typed) {}

  std::string answer(std::string_view line) {
    arena_.reset();
    Result<Value> request = reader_.read(line, arena_);
    if (!request.ok()) return error_answer(request.error().message);
    if (!request->is(Kind::kMap)) return error_answer("a JSON object is expected");
    Value source = request->field("expr");
    if (!source.is(Kind::kString)) return error_answer("\"expr\" must be a string");
    expression::Environment environment;
    Variables variables;
    Status declared = declare(*request, environment, variables);
    if (!declared.ok()) return error_answer(declared.error().message);
    expression::CompileOptions options;
    Value check = request->field("check");
    options.check = !check.is(Kind::kBool) || check.boolean;
    return evaluate(source.as_string(), environment, variables, options,
                    request->field("check_only").is_true());
  }

 private:
  Status declare(const Value& request, expression::Environment& environment, Variables& variables) {
    uint32_t next_slot = 0;
    Value container = request.field("container");
    if (container.is(Kind::kString)) environment.set_container(std::string(container.as_string()));
    Value type_env = request.field("type_env");
    if (!type_env.is_absent()) {
      Status status = expression::declare_from_typed_json(type_env, environment, next_slot);
      if (!status.ok()) return status;
    }
    Value vars = request.field("vars");
    if (vars.is_absent() || vars.is(Kind::kNull)) return {};
    if (!vars.is(Kind::kMap)) return user_error("\"vars\" must be an object");
    for (uint32_t i = 0; i < vars.size; ++i) {
      std::string name(vars.entries[i].key.as_string());
      Value value = vars.entries[i].value;
      if (typed_) {
        Result<Value> converted = expression::value_from_typed_json(value, arena_);
        if (!converted.ok()) return converted.error();
        value = *converted;
      }
      const auto* known = environment.find(name);
      uint32_t slot = known ? known->slot : next_slot++;
      if (!known) environment.declare(std::move(name), expression::TypeKind::kDyn, slot);
      variables.set(slot, value);
    }
    return {};
  }

  std::string evaluate(std::string_view source, const expression::Environment& environment,
                       const Variables& variables, const expression::CompileOptions& options,
                       bool check_only) {
    expression::Diagnostics diagnostics;
    auto program = expression::compile(source, environment, diagnostics, options);
    if (!program) return error_answer(describe(diagnostics));
    std::string out = "{";
    if (!check_only) {
      Value value = program->evaluate(variables, arena_);
      if (value.is_error()) return error_answer(value.as_string());
      out += "\"value\":";
      typed_ ? expression::append_typed_json(value, out) : append_json(value, out);
    }
    if (check_only || (typed_ && options.check)) {
      out += check_only ? "\"type\":" : ",\"type\":";
      expression::append_type_json(program->result_type(), out);
    }
    return out + "}";
  }

  bool typed_;
  Arena arena_;
  JsonReader reader_;
};

}  // namespace

int run_expr(std::istream& in, std::ostream& out, bool typed) {
  Answerer answerer(typed);
  std::string line;
  bool too_long = false;
  while (read_line(in, line, too_long)) {
    out << (too_long ? error_answer("the line is too long") : answerer.answer(line)) << '\n';
    if (in.rdbuf()->in_avail() <= 0) out.flush();
  }
  out.flush();
  return out.good() ? 0 : 1;
}

int run_expr_interactive(std::istream& in, std::ostream& out) {
  return run_expr_interactive(
      [&](std::string& line) {
        out << "> " << std::flush;
        return static_cast<bool>(std::getline(in, line));
      },
      out);
}

int run_expr_interactive(const std::function<bool(std::string&)>& next, std::ostream& out) {
  expression::Environment environment;
  Variables none;
  Arena arena;
  std::string line;
  out << "CEL expressions, one a line; end with Ctrl-D.\n" << std::flush;
  while (next(line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    arena.reset();
    expression::Diagnostics diagnostics;
    auto program = expression::compile(line, environment, diagnostics);
    if (!program) {
      for (const expression::Diagnostic& found : diagnostics) {
        out << "  " << std::string(found.offset, ' ') << '^' << '\n' << found.message;
        if (!found.suggestion.empty()) out << " (did you mean '" << found.suggestion << "'?)";
        out << '\n';
      }
      continue;
    }
    Value value = program->evaluate(none, arena);
    if (value.is_error()) {
      out << "error: " << value.as_string() << '\n';
    } else {
      out << to_json(value) << "  (" << program->result_type().to_string() << ")\n";
    }
    out.flush();
  }
  out << '\n';
  return 0;
}

void add_expr(CLI::App& app, int& exit_code) {
  auto typed = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "expr",
      "Evaluate CEL expressions: lines {\"expr\": \"…\", \"vars\": {…}} to lines {\"value\": …}");
  command->add_flag("--typed", *typed, "Values in the JSON mapping of cel.expr.Value, both ways");
  command->footer(
      "On a terminal: a prompt, one expression a line, with a history. Else one answer a line, in "
      "order, whatever\n"
      "the line holds. With \"check\": false a line is evaluated without type checking.\n"
      "\n"
      "Examples:\n"
      "  sapa expr\n"
      "  echo '{\"expr\": \"x * 2 > 3\", \"vars\": {\"x\": 2}}' | sapa expr\n"
      "  sapa expr --typed < cases.jsonl > answers.jsonl");
  command->callback([typed, &exit_code] {
    bool at_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!at_terminal || *typed) {
      exit_code = run_expr(std::cin, std::cout, *typed);
      return;
    }
    LineEditor editor("expr_history");
    exit_code =
        run_expr_interactive([&](std::string& line) { return editor.read("> ", line); }, std::cout);
  });
}

}  // namespace sapa
