// JSON text → values, in one pass over the tokens. simdjson finds the tokens and checks quotes and
// UTF-8 (its first stage, with the vector instructions of the machine), resolves escapes and reads
// numbers; the tree grows here, straight in the arena, where simdjson would build a tape to be
// walked. Its errors are those of simdjson's own second stage, met in the same order.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <simdjson.h>

#include "engine/base/equal_keys.h"
#include "engine/base/json.h"

namespace sapa {
namespace {

// What simdjson's own parsers stand on. It has no public name for the first stage alone.
using Scanner = simdjson::internal::dom_parser_implementation;
using simdjson::error_code;
using simdjson::SIMDJSON_PADDING;
using simdjson::builtin::jsoncharutils::is_not_structural_or_whitespace;

/// True for a whole number in plain digits that neither int64 nor uint64 holds.
bool is_wide_integer(std::string_view number) {
  int64_t with_sign;
  uint64_t without;
  auto overflows = [number](auto& out) {
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out);
    return error == std::errc::result_out_of_range && end == number.data() + number.size();
  };
  return number.front() == '-' ? overflows(with_sign) : overflows(without);
}

/// What simdjson hands a number to. It may do so by a copy of the writer.
struct NumberWriter {
  Value& out;
  void append_s64(int64_t number) { out = Value::of_int(number); }
  void append_u64(uint64_t number) { out = Value::of_uint(number); }
  void append_double(double number) { out = Value::of_double(number); }
  void skip_double() {}
};

error_code parse_number(const char* token, Value& out) {
  NumberWriter writer{out};
  return simdjson::builtin::numberparsing::parse_number(reinterpret_cast<const uint8_t*>(token),
                                                        writer);
}

/// Integers beyond 64 bits are valid JSON. simdjson refuses them, but not with ".0" behind them.
/// `text` starts with a number that it has refused.
[[gnu::noinline]] error_code parse_wide_integer(std::string_view text, Value& out) {
  size_t length = std::min(text.find_first_not_of("+-.0123456789Ee"), text.size());
  if (!is_wide_integer(text.substr(0, length))) return simdjson::NUMBER_ERROR;
  std::string widened(text.substr(0, length));
  widened += ".0";
  widened += text.substr(length, 1);
  widened.append(SIMDJSON_PADDING, ' ');
  return parse_number(widened.data(), out);
}

/// Builds the tree of a document that simdjson's first stage has been through. The text lies in the
/// arena with SIMDJSON_PADDING blanks behind it, so that strings without escapes can stay where
/// they are. Values wait on `stack` until what holds them ends; it has room for as many as there
/// are tokens.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const Scanner& scanner, JsonLimits limits, Arena& arena,
              Value* stack, std::vector<uint32_t>& scratch)
      : text_(text.data()),
        text_bytes_(text.size()),
        has_escapes_(text.find('\\') != std::string_view::npos),
        scanner_(scanner),
        limits_(limits),
        arena_(arena),
        top_(stack),
        scratch_(scratch) {}

  error_code read_document(Value& out) {
    // Behind the last token stand two at the text's end. No walk gets beyond them: what is missing
    // at the end is noticed here.
    Token first = scanner_.structural_indexes.get(), end = first + scanner_.n_structural_indexes;
    char begins = text_[first[0]], ends = text_[end[-1]];
    bool is_open = (begins == '{' && ends != '}') || (begins == '[' && ends != ']');
    if (is_open) return simdjson::TAPE_ERROR;
    Token next = read_value(first, 0);
    if (next == nullptr) return error_;
    if (next != end) return simdjson::TAPE_ERROR;
    out = *--top_;
    return simdjson::SUCCESS;
  }

  /// Documents are read to their end whatever is too long or one level too deep, since what is not
  /// JSON at all is refused for that.
  bool too_long = false;
  bool too_deep = false;

 private:
  using Token = const uint32_t*;  ///< at its place in the text

  Token fail(error_code error) {
    error_ = error;
    return nullptr;
  }

  /// One value, onto the stack. `depth` counts the containers around it. Gives the token behind it;
  /// null after an error.
  [[gnu::always_inline]] Token read_value(Token token, uint32_t depth) {
    const char* begin = text_ + *token++;
    switch (*begin) {
      case '{':
        return read_object(token, depth + 1);
      case '[':
        return read_list(token, depth + 1);
      case '"':
        return read_string(begin, token);
      case 't':
        return read_atom(begin, "true", Value::of_bool(true), token, simdjson::T_ATOM_ERROR);
      case 'f':
        return read_atom(begin, "false", Value::of_bool(false), token, simdjson::F_ATOM_ERROR);
      case 'n':
        return read_atom(begin, "null", Value::null(), token, simdjson::N_ATOM_ERROR);
      default:
        if (*begin == '-' || (*begin >= '0' && *begin <= '9')) return read_number(begin, token);
        return fail(simdjson::TAPE_ERROR);
    }
  }

  [[gnu::noinline]] Token read_object(Token token, uint32_t depth) {
    const char* text = text_;
    if (!enter(depth, text[*token] == '}')) return fail(simdjson::DEPTH_ERROR);
    Value* first = top_;
    KeyFilter keys;
    char after = text[*token] == '}' ? text[*token++] : ',';
    while (after == ',') {
      const char* key = text + *token++;
      if (*key != '"') return fail(simdjson::TAPE_ERROR);
      if (read_string(key, token) == nullptr) return nullptr;
      keys.add(top_[-1].as_string());
      if (text[*token++] != ':') return fail(simdjson::TAPE_ERROR);
      token = read_value(token, depth);
      if (token == nullptr) return nullptr;
      after = text[*token++];
    }
    if (after != '}') return fail(simdjson::TAPE_ERROR);
    auto count = static_cast<uint32_t>(top_ - first) / 2;
    MapEntry* entries = keep<MapEntry>(first, count);
    if (keys.may_hold_equal_keys()) count = merge_equal_keys(entries, count, scratch_);
    *top_++ = Value::of_map(entries, count);
    return token;
  }

  [[gnu::noinline]] Token read_list(Token token, uint32_t depth) {
    if (!enter(depth, text_[*token] == ']')) return fail(simdjson::DEPTH_ERROR);
    Value* first = top_;
    char after = text_[*token] == ']' ? text_[*token++] : ',';
    while (after == ',') {
      token = read_value(token, depth);
      if (token == nullptr) return nullptr;
      after = text_[*token++];
    }
    if (after != ']') return fail(simdjson::TAPE_ERROR);
    auto count = static_cast<uint32_t>(top_ - first);
    *top_++ = Value::of_list(keep<Value>(first, count), count);
    return token;
  }

  /// A container begins. False if it is not to be looked into.
  bool enter(uint32_t depth, bool is_empty) {
    if (depth <= limits_.max_depth) return true;
    too_deep = true;
    return depth == limits_.max_depth + 1 || is_empty;
  }

  /// Takes the values from `first` on off the stack, into the arena.
  template <typename T>
  T* keep(Value* first, uint32_t count) {
    T* kept = arena_.array<T>(count);
    if (count > 0) std::memcpy(static_cast<void*>(kept), first, count * sizeof(T));
    top_ = first;
    return kept;
  }

  /// A string ends at the last quote before the next token.
  [[gnu::always_inline]] Token read_string(const char* quote, Token next) {
    const char* begin = quote + 1;
    const char* end = text_ + *next - 1;
    while (*end != '"') --end;
    std::string_view string(begin, static_cast<size_t>(end - begin));
    if (has_escapes_) [[unlikely]] {
      string = unescaped(string);
      if (string.data() == nullptr) return fail(simdjson::STRING_ERROR);
    }
    if (string.size() > limits_.max_string_bytes) [[unlikely]]
      too_long = true;
    *top_++ = Value::of_string(string);
    return next;
  }

  /// Null after an error. All strings with escapes go into one room: none becomes longer by
  /// unescaping.
  [[gnu::noinline]] std::string_view unescaped(std::string_view string) {
    if (string.find('\\') == std::string_view::npos) return string;
    if (room_ == nullptr) room_ = arena_.array<uint8_t>(text_bytes_ + SIMDJSON_PADDING);
    uint8_t* begin = room_;
    room_ = scanner_.parse_string(reinterpret_cast<const uint8_t*>(string.data()), begin);
    if (room_ == nullptr) return {};
    return {reinterpret_cast<const char*>(begin), static_cast<size_t>(room_ - begin)};
  }

  Token read_atom(const char* begin, std::string_view name, Value value, Token next,
                  error_code error) {
    bool is_it = std::memcmp(begin, name.data(), name.size()) == 0 &&
                 !is_not_structural_or_whitespace(static_cast<uint8_t>(begin[name.size()]));
    *top_++ = value;
    return is_it ? next : fail(error);
  }

  Token read_number(const char* begin, Token next) {
    error_code error = parse_number(begin, *top_);
    if (error == simdjson::NUMBER_ERROR) {
      size_t bytes_left = text_bytes_ - static_cast<size_t>(begin - text_);
      error = parse_wide_integer({begin, bytes_left}, *top_);
    }
    ++top_;
    return error ? fail(error) : next;
  }

  const char* text_;
  const size_t text_bytes_;
  const bool has_escapes_;
  const Scanner& scanner_;
  const JsonLimits limits_;
  Arena& arena_;
  Value* top_;               // behind the stack's last value
  uint8_t* room_ = nullptr;  // for the next string with escapes
  error_code error_ = simdjson::SUCCESS;
  std::vector<uint32_t>& scratch_;
};

/// The document where its values will live, with the padding that simdjson reads beyond.
std::string_view padded_copy(std::string_view text, Arena& arena) {
  char* copy = arena.array<char>(text.size() + SIMDJSON_PADDING);
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  std::memset(copy + text.size(), ' ', SIMDJSON_PADDING);
  return {copy, text.size()};
}

}  // namespace

struct JsonReader::State {
  explicit State(JsonLimits l) : limits(l) {}
  JsonLimits limits;
  std::unique_ptr<Scanner> scanner;
  std::vector<Value> stack;
  std::vector<uint32_t> scratch;

  /// Room for documents of `bytes`.
  error_code reserve(size_t bytes) {
    if (scanner != nullptr && scanner->capacity() >= bytes) return simdjson::SUCCESS;
    size_t capacity = std::max<size_t>(bytes, 4096);
    if (scanner != nullptr) return scanner->set_capacity(capacity);
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, /*max_depth=*/1, scanner);
  }

  error_code scan(std::string_view text) {
    error_code error = scanner->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                       simdjson::stage1_mode::regular);
    if (error) return error;
    if (stack.size() < scanner->n_structural_indexes) stack.resize(scanner->n_structural_indexes);
    return simdjson::SUCCESS;
  }
};

JsonReader::JsonReader(JsonLimits limits) : state_(std::make_unique<State>(limits)) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

bool JsonReader::read(std::string_view text, Arena& arena, Value& out, JsonRefusal& refusal) {
  State& state = *state_;
  auto refuse = [&](JsonRefusal::Kind kind, std::string_view why = {}) {
    refusal = {kind, why};
    return false;
  };
  error_code error = state.reserve(text.size());
  if (error) return refuse(JsonRefusal::Kind::kMalformed, simdjson::error_message(error));
  text = padded_copy(text, arena);
  error = state.scan(text);
  if (error) return refuse(JsonRefusal::Kind::kMalformed, simdjson::error_message(error));
  TreeBuilder builder(text, *state.scanner, state.limits, arena, state.stack.data(), state.scratch);
  error = builder.read_document(out);
  if (error == simdjson::DEPTH_ERROR) return refuse(JsonRefusal::Kind::kTooDeep);
  if (error) return refuse(JsonRefusal::Kind::kMalformed, simdjson::error_message(error));
  if (builder.too_deep) return refuse(JsonRefusal::Kind::kTooDeep);
  if (builder.too_long) return refuse(JsonRefusal::Kind::kStringTooLong);
  return true;
}

Result<Value> JsonReader::read(std::string_view text, Arena& arena) {
  Value value;
  JsonRefusal refusal;
  if (read(text, arena, value, refusal)) return value;
  const JsonLimits& limits = state_->limits;
  switch (refusal.kind) {
    case JsonRefusal::Kind::kMalformed:
      break;
    case JsonRefusal::Kind::kTooDeep:
      return user_error("JSON is nested deeper than " + std::to_string(limits.max_depth) +
                        " levels");
    case JsonRefusal::Kind::kStringTooLong:
      return user_error("JSON holds a string longer than " +
                        std::to_string(limits.max_string_bytes) + " bytes");
  }
  return user_error("not JSON: " + std::string(refusal.why));
}

}  // namespace sapa
