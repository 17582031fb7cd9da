// What JsonReader must say of a document, told another way: simdjson's own tree, walked naively.
// For the property test and the fuzzer.
#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "engine/base/json.h"

namespace sapa {

/// A tree, or why there is none, as a text that differs where they differ: kinds and the bits of
/// doubles included.
inline std::string told(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.boolean ? "true" : "false";
    case Kind::kInt:
      return "int " + std::to_string(value.integer);
    case Kind::kUint:
      return "uint " + std::to_string(value.unsigned_integer);
    case Kind::kDouble:
      return "double " + std::to_string(std::bit_cast<uint64_t>(value.number));
    case Kind::kString:
      return std::to_string(value.size) + " bytes " + std::string(value.as_string());
    case Kind::kList:
      for (uint32_t i = 0; i < value.size; ++i) out += told(value.items[i]) + ",";
      return "[" + out + "]";
    case Kind::kMap:
      for (uint32_t i = 0; i < value.size; ++i) {
        out += told(value.entries[i].key) + ":" + told(value.entries[i].value) + ",";
      }
      return "{" + out + "}";
    default:
      return "no JSON";
  }
}

inline std::string told(const JsonRefusal& refusal) {
  if (refusal.kind == JsonRefusal::Kind::kTooDeep) return "too deep";
  if (refusal.kind == JsonRefusal::Kind::kStringTooLong) return "string too long";
  return "malformed: " + std::string(refusal.why);
}

class JsonOracle {
 public:
  explicit JsonOracle(JsonLimits limits) : limits_(limits) {}

  std::string tell(std::string_view text) {
    too_deep_ = too_long_ = false;
    simdjson::dom::element root;
    std::string widened;
    auto error = parse(text).get(root);
    if (error == simdjson::NUMBER_ERROR) {
      widened = with_wide_integers_as_doubles(text);
      error = parse(widened).get(root);
    }
    if (error == simdjson::DEPTH_ERROR) return "too deep";
    if (error) return "malformed: " + std::string(simdjson::error_message(error));
    std::string tree = walk(root, 0);
    return too_deep_ ? "too deep" : too_long_ ? "string too long" : tree;
  }

 private:
  simdjson::simdjson_result<simdjson::dom::element> parse(std::string_view text) {
    // One level to spare: the walk is what counts levels.
    size_t room = std::max<size_t>(text.size(), 4096);
    if (auto error = parser_.allocate(room, size_t{limits_.max_depth} + 2)) return error;
    return parser_.parse(text.data(), text.size());
  }

  /// ".0" behind every integer that neither 64-bit type holds.
  static std::string with_wide_integers_as_doubles(std::string_view text) {
    std::string out;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); ++i) {
      out += text[i];
      if (text[i] == '"') in_string = !in_string;
      if (in_string && text[i] == '\\' && i + 1 < text.size()) out += text[++i];
      if (in_string || (text[i] != '-' && (text[i] < '0' || text[i] > '9'))) continue;
      size_t end = std::min(text.find_first_not_of("+-.0123456789Ee", i), text.size());
      std::string number(text.substr(i, end - i));
      out += number.substr(1);
      i = end - 1;
      bool is_integer = number.find_first_not_of("0123456789", 1) == std::string::npos;
      if (!is_integer || number == "-") continue;
      errno = 0;
      if (number[0] == '-') {
        std::strtoll(number.c_str(), nullptr, 10);
      } else {
        std::strtoull(number.c_str(), nullptr, 10);
      }
      if (errno == ERANGE) out += ".0";
    }
    return out;
  }

  std::string walk(simdjson::dom::element element, uint32_t depth) {
    std::string out;
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY:
        too_deep_ |= ++depth > limits_.max_depth;
        for (auto item : simdjson::dom::array(element)) out += walk(item, depth) + ",";
        return "[" + out + "]";
      case simdjson::dom::element_type::OBJECT: {
        too_deep_ |= ++depth > limits_.max_depth;
        std::vector<std::pair<std::string, std::string>> entries;
        for (auto field : simdjson::dom::object(element)) {
          std::string key = tell_string(field.key), value = walk(field.value, depth);
          auto same = std::find_if(entries.begin(), entries.end(),
                                   [&](const auto& entry) { return entry.first == key; });
          if (same == entries.end()) {
            entries.emplace_back(key, value);
          } else {
            same->second = value;
          }
        }
        for (const auto& [key, value] : entries) out += key + ":" + value + ",";
        return "{" + out + "}";
      }
      case simdjson::dom::element_type::STRING:
        return tell_string(std::string_view(element));
      case simdjson::dom::element_type::INT64:
        return "int " + std::to_string(int64_t(element));
      case simdjson::dom::element_type::UINT64:
        return "uint " + std::to_string(uint64_t(element));
      case simdjson::dom::element_type::DOUBLE:
        return "double " + std::to_string(std::bit_cast<uint64_t>(double(element)));
      case simdjson::dom::element_type::BOOL:
        return bool(element) ? "true" : "false";
      case simdjson::dom::element_type::NULL_VALUE:
        break;
    }
    return "null";
  }

  std::string tell_string(std::string_view text) {
    too_long_ |= text.size() > limits_.max_string_bytes;
    return std::to_string(text.size()) + " bytes " + std::string(text);
  }

  JsonLimits limits_;
  simdjson::dom::parser parser_;
  bool too_deep_ = false, too_long_ = false;
};

}  // namespace sapa
