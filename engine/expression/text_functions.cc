// Functions on texts: the standard ones and the strings extension. Positions are code points.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "engine/expression/code_points.h"
#include "engine/expression/functions.h"
#include "engine/expression/operations.h"
#include "engine/expression/regex.h"

namespace sapa::expression::functions {
namespace {

Value position_out_of_range(EvalContext& context, int64_t position) {
  return context.error({"index out of range: ", std::to_string(position)});
}

bool charge_for(EvalContext& context, const Value& text) { return context.charge(text.size / 32); }

/// Linear in the worst case, unlike std::string_view::find.
size_t position_of(std::string_view text, std::string_view what, size_t from) {
  if (what.empty()) return from;
  if (what.size() > text.size() - from) return std::string_view::npos;
  const void* at = memmem(text.data() + from, text.size() - from, what.data(), what.size());
  return at ? static_cast<size_t>(static_cast<const char*>(at) - text.data())
            : std::string_view::npos;
}

Value index_of_at(EvalContext& context, const Value* args, int64_t start) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  size_t from = byte_of_code_point(text, start);
  if (from == std::string_view::npos) return position_out_of_range(context, start);
  size_t at = position_of(text, args[1].as_string(), from);
  if (at == std::string_view::npos) return Value::of_int(-1);
  return Value::of_int(start + count_code_points(text.substr(from, at - from)));
}

Value replace_at_most(EvalContext& context, const Value* args, int64_t limit) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  std::string_view what = args[1].as_string();
  std::string_view with = args[2].as_string();
  if (limit < 0) limit = INT64_MAX;
  std::string out;
  size_t at = 0;
  for (; limit > 0; --limit) {
    size_t found = what.empty() ? at : position_of(text, what, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += with;
    if (out.size() > context.bytes_left()) return context.string(out);
    at = found + what.size();
    if (what.empty()) {
      if (at >= text.size()) break;
      size_t length = first_code_point_length(text.substr(at));
      out += text.substr(at, length);
      at += length;
    }
  }
  out += text.substr(std::min(at, text.size()));
  return context.string(out);
}

Value split_at_most(EvalContext& context, const Value* args, int64_t limit) {
  if (!charge_for(context, args[0])) return context.limit_error();
  if (limit == 0) return Value::of_list(nullptr, 0);
  if (limit < 0) limit = INT64_MAX;
  std::string_view text = args[0].as_string();
  std::string_view separator = args[1].as_string();
  std::vector<Value> parts;
  while (static_cast<int64_t>(parts.size()) < limit - 1) {
    size_t at = separator.empty() ? first_code_point_length(text) : position_of(text, separator, 0);
    if (at == std::string_view::npos || (separator.empty() && at >= text.size())) break;
    parts.push_back(Value::of_string(text.substr(0, at)));
    text.remove_prefix(at + separator.size());
  }
  if (!separator.empty() || !text.empty()) parts.push_back(Value::of_string(text));
  auto* items = context.array<Value>(parts.size());
  if (!items) return context.limit_error();
  std::copy(parts.begin(), parts.end(), items);
  return Value::of_list(items, static_cast<uint32_t>(parts.size()));
}

Value join_texts(EvalContext& context, const Value& list, std::string_view separator) {
  if (!context.charge(list.size)) return context.limit_error();
  std::string out;
  for (uint32_t i = 0; i < list.size; ++i) {
    const Value& part = list.items[i];
    if (part.kind != Kind::kString) return no_such_overload(context, "join", &list, 1);
    if (i > 0) out += separator;
    out += part.as_string();
    if (out.size() > context.bytes_left()) break;
  }
  return context.string(out);
}

Value substring_between(EvalContext& context, const Value& text, int64_t start, int64_t end) {
  if (!charge_for(context, text)) return context.limit_error();
  std::string_view bytes = text.as_string();
  size_t from = byte_of_code_point(bytes, start);
  if (from == std::string_view::npos) return position_out_of_range(context, start);
  size_t to = end < 0 ? std::string_view::npos : byte_of_code_point(bytes, end);
  if (to == std::string_view::npos) return position_out_of_range(context, end);
  if (from > to) {
    return context.error({"invalid substring range. start: ", std::to_string(start),
                          ", end: ", std::to_string(end)});
  }
  return Value::of_string(bytes.substr(from, to - from));
}

Value map_ascii(EvalContext& context, const Value& text, char first, char last, int shift) {
  if (!charge_for(context, text)) return context.limit_error();
  char* to = context.array<char>(text.size);
  if (!to) return context.limit_error();
  std::transform(text.text, text.text + text.size, to, [=](char c) {
    return c >= first && c <= last ? static_cast<char>(c + shift) : c;
  });
  return Value::of_string({to, text.size});
}

/// White space of Unicode (White_Space=yes), as the code point at the front; its length, or 0.
size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if ((byte(0) >= 0x09 && byte(0) <= 0x0D) || byte(0) == 0x20) return 1;
  if (text.size() >= 2 && byte(0) == 0xC2 && (byte(1) == 0x85 || byte(1) == 0xA0)) return 2;
  if (text.size() < 3 || byte(0) < 0xE1 || byte(0) > 0xE3) return 0;
  uint32_t code = (byte(0) & 0xFu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  bool space = code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
               code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
  return space ? 3 : 0;
}

}  // namespace

Value size(EvalContext& context, const Value* args) {
  switch (args[0].kind) {
    case Kind::kString:
      if (!charge_for(context, args[0])) return context.limit_error();
      return Value::of_int(count_code_points(args[0].as_string()));
    case Kind::kMap:
    case Kind::kHostMap:
      return Value::of_int(map_size(args[0]));
    default:
      return Value::of_int(args[0].size);
  }
}

Value contains(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  return Value::of_bool(position_of(args[0].as_string(), args[1].as_string(), 0) !=
                        std::string_view::npos);
}

Value starts_with(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[1])) return context.limit_error();
  return Value::of_bool(args[0].as_string().starts_with(args[1].as_string()));
}

Value ends_with(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[1])) return context.limit_error();
  return Value::of_bool(args[0].as_string().ends_with(args[1].as_string()));
}

Value matches(EvalContext& context, const Value* args) {
  // Compiling a pattern is dear; constant ones are compiled with the program.
  if (!context.charge(2000 + args[1].size)) return context.limit_error();
  std::string why;
  std::unique_ptr<const Regex> regex = Regex::compile(args[1].as_string(), why);
  if (!regex) return context.error({"invalid regular expression: ", why});
  return regex->search(context, args[0]);
}

Value char_at(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  size_t at = byte_of_code_point(text, args[1].integer);
  if (at == std::string_view::npos) return position_out_of_range(context, args[1].integer);
  return Value::of_string(text.substr(at, first_code_point_length(text.substr(at))));
}

Value index_of(EvalContext& context, const Value* args) { return index_of_at(context, args, 0); }
Value index_of_from(EvalContext& context, const Value* args) {
  return index_of_at(context, args, args[2].integer);
}

Value last_index_of(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  size_t at = text.rfind(args[1].as_string());
  if (at == std::string_view::npos) return Value::of_int(-1);
  return Value::of_int(count_code_points(text.substr(0, at)));
}

Value last_index_of_from(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  size_t last = byte_of_code_point(text, args[2].integer);
  if (last == std::string_view::npos) return position_out_of_range(context, args[2].integer);
  size_t at = text.rfind(args[1].as_string(), last);
  if (at == std::string_view::npos) return Value::of_int(-1);
  return Value::of_int(count_code_points(text.substr(0, at)));
}

Value lower_ascii(EvalContext& context, const Value* args) {
  return map_ascii(context, args[0], 'A', 'Z', 'a' - 'A');
}
Value upper_ascii(EvalContext& context, const Value* args) {
  return map_ascii(context, args[0], 'a', 'z', 'A' - 'a');
}

Value replace(EvalContext& context, const Value* args) {
  return replace_at_most(context, args, -1);
}
Value replace_some(EvalContext& context, const Value* args) {
  return replace_at_most(context, args, args[3].integer);
}

Value split(EvalContext& context, const Value* args) { return split_at_most(context, args, -1); }
Value split_some(EvalContext& context, const Value* args) {
  return split_at_most(context, args, args[2].integer);
}

Value join(EvalContext& context, const Value* args) { return join_texts(context, args[0], ""); }
Value join_with(EvalContext& context, const Value* args) {
  return join_texts(context, args[0], args[1].as_string());
}

Value substring(EvalContext& context, const Value* args) {
  return substring_between(context, args[0], args[1].integer,
                           count_code_points(args[0].as_string()));
}
Value substring_to(EvalContext& context, const Value* args) {
  return substring_between(context, args[0], args[1].integer, args[2].integer);
}

Value trim(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  while (size_t length = leading_space(text)) text.remove_prefix(length);
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && !starts_code_point(text[at])) --at;
    if (leading_space(text.substr(at)) != text.size() - at) break;
    text.remove_suffix(text.size() - at);
  }
  return Value::of_string(text);
}

Value reverse(EvalContext& context, const Value* args) {
  if (!charge_for(context, args[0])) return context.limit_error();
  std::string_view text = args[0].as_string();
  char* to = context.array<char>(text.size());
  if (!to) return context.limit_error();
  size_t end = text.size();
  for (size_t at = 0; at < text.size();) {
    size_t length = first_code_point_length(text.substr(at));
    end -= length;
    std::copy_n(text.data() + at, length, to + end);
    at += length;
  }
  return Value::of_string({to, text.size()});
}

}  // namespace sapa::expression::functions
