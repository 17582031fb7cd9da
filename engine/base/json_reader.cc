// JSON text → values, by simdjson's parser and a walk over what it has found.
#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <vector>

#include <simdjson.h>

#include "engine/base/equal_keys.h"
#include "engine/base/json.h"

namespace sapa {
namespace {

namespace dom = simdjson::dom;

/// The parser unescapes all strings of a document into one buffer of its own, in the order in which
/// the walk meets them. So values can point into a copy of that buffer before it is made, and one
/// memcpy at the end makes it.
class StringCopy {
 public:
  StringCopy(size_t document_bytes, Arena& arena)
      : room_(document_bytes * 2 + 16), to_(arena.array<char>(room_)), arena_(arena) {}

  Value place(std::string_view text) {
    if (from_ == nullptr) from_ = text.data();
    size_t offset = static_cast<size_t>(text.data() - from_);
    if (offset > room_ || text.size() > room_ - offset) return Value::of_string(arena_.copy(text));
    used_ = offset + text.size();
    return Value::of_string({to_ + offset, text.size()});
  }

  /// The text of a placed value before the copy is made.
  std::string_view source(const Value& placed) const {
    bool inside = placed.text >= to_ && placed.text <= to_ + room_;
    return inside ? std::string_view(from_ + (placed.text - to_), placed.size) : placed.as_string();
  }

  void finish() {
    if (used_ > 0) std::memcpy(to_, from_, used_);
  }

 private:
  // A string of n bytes takes n + 5 there and at least n + 3 in the document, so twice the document
  // always suffices.
  size_t room_;
  size_t used_ = 0;
  const char* from_ = nullptr;
  char* to_;
  Arena& arena_;
};

class Walk {
 public:
  Walk(const JsonLimits& limits, size_t document_bytes, Arena& arena,
       std::vector<uint32_t>& scratch)
      : limits_(limits), arena_(arena), strings_(document_bytes, arena), scratch_(scratch) {}

  Value document(dom::element root) {
    Value value = read(root, 0);
    strings_.finish();
    return value;
  }

  bool too_long = false;
  bool too_deep = false;

 private:
  Value read(dom::element element, uint32_t depth) {
    switch (element.type()) {
      case dom::element_type::OBJECT:
        return read_object(element.get_object().value_unsafe(), depth + 1);
      case dom::element_type::ARRAY:
        return read_array(element.get_array().value_unsafe(), depth + 1);
      case dom::element_type::STRING:
        return text(element.get_string().value_unsafe());
      case dom::element_type::INT64:
        return Value::of_int(element.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return Value::of_uint(element.get_uint64().value_unsafe());
      case dom::element_type::DOUBLE:
        return Value::of_double(element.get_double().value_unsafe());
      case dom::element_type::BOOL:
        return Value::of_bool(element.get_bool().value_unsafe());
      case dom::element_type::NULL_VALUE:
        break;
    }
    return Value::null();
  }

  Value text(std::string_view s) {
    if (s.size() > limits_.max_string_bytes) too_long = true;
    return strings_.place(s);
  }

  Value read_array(dom::array array, uint32_t depth) {
    if (!enter(depth)) return Value::null();
    size_t count = exact_size(array);
    Value* items = arena_.array<Value>(count);
    size_t i = 0;
    for (dom::element element : array) items[i++] = read(element, depth);
    return Value::of_list(items, static_cast<uint32_t>(count));
  }

  Value read_object(dom::object object, uint32_t depth) {
    if (!enter(depth)) return Value::null();
    MapEntry* entries = arena_.array<MapEntry>(exact_size(object));
    uint32_t count = 0;
    for (auto field : object) {
      entries[count].key = text(field.key);
      entries[count].value = read(field.value, depth);
      ++count;
    }
    count = merge_equal_keys(entries, count, scratch_,
                             [this](const Value& key) { return strings_.source(key); });
    return Value::of_map(entries, count);
  }

  bool enter(uint32_t depth) {
    if (depth <= limits_.max_depth) return true;
    too_deep = true;
    return false;
  }

  // The parser's own count saturates at 2^24 - 1; beyond that only walking tells.
  template <typename Container>
  static size_t exact_size(Container container) {
    size_t count = container.size();
    if (count < 0xFFFFFF) return count;
    count = 0;
    for (auto item : container) (void)item, ++count;
    return count;
  }

  const JsonLimits& limits_;
  Arena& arena_;
  StringCopy strings_;
  std::vector<uint32_t>& scratch_;
};

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

/// `text` with ".0" after every integer beyond 64 bits: they are valid JSON, the parser refuses
/// them, and so it takes them as doubles. Only for documents that it has refused for a number.
void widen_integers(std::string_view text, std::string& out) {
  constexpr std::string_view kNumberCharacters = "+-.0123456789Ee";
  out.clear();
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (in_string) {
      if (text[i] == '\\' && end < text.size()) ++end;
      in_string = text[i] != '"';
    } else if (text[i] == '"') {
      in_string = true;
    } else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
      end = std::min(text.find_first_not_of(kNumberCharacters, i), text.size());
    }
    out.append(text, i, end - i);
    if (!in_string && end - i > 1 && is_wide_integer(text.substr(i, end - i))) out += ".0";
    i = end;
  }
}

}  // namespace

struct JsonReader::State {
  explicit State(JsonLimits l) : limits(l) {}
  JsonLimits limits;
  dom::parser parser;
  std::vector<uint32_t> scratch;
  std::string widened;

  simdjson::simdjson_result<dom::element> parse(std::string_view text) {
    // One level to spare: the walk is what counts levels.
    size_t levels = size_t{limits.max_depth} + 2;
    if (parser.capacity() < text.size() || parser.max_depth() != levels) {
      if (auto error = parser.allocate(std::max<size_t>(text.size(), 4096), levels)) return error;
    }
    return parser.parse(text.data(), text.size());
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
  dom::element root;
  auto error = state.parse(text).get(root);
  if (error == simdjson::NUMBER_ERROR) {
    widen_integers(text, state.widened);
    text = state.widened;
    error = state.parse(text).get(root);
  }
  if (error == simdjson::DEPTH_ERROR) return refuse(JsonRefusal::Kind::kTooDeep);
  if (error) return refuse(JsonRefusal::Kind::kMalformed, simdjson::error_message(error));
  Walk walk(state.limits, text.size(), arena, state.scratch);
  out = walk.document(root);
  if (walk.too_deep) return refuse(JsonRefusal::Kind::kTooDeep);
  if (walk.too_long) return refuse(JsonRefusal::Kind::kStringTooLong);
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
