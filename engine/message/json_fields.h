// Appends one JSON object field by field, commas included, for the encoders on the way out. Names
// must be plain ASCII that needs no escaping. The braces close when the writer goes out of scope.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sapa {

class JsonFields {
 public:
  explicit JsonFields(std::string& out) : out_(out) { out_ += '{'; }
  JsonFields(const JsonFields&) = delete;
  JsonFields& operator=(const JsonFields&) = delete;
  ~JsonFields() { out_ += '}'; }

  void text(std::string_view name, std::string_view value) { append_json_string(value, key(name)); }

  void text_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }

  void time(std::string_view name, Timestamp value) {
    key(name) += '"';
    append_rfc3339(value, out_);
    out_ += '"';
  }

  void integer(std::string_view name, int64_t value) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    key(name).append(digits, end);
  }

  void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }

  /// Writes the name and gives the text to append the value to.
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }

  /// As key(), for a name that comes from outside and may need escaping.
  std::string& foreign_key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(name, out_);
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace sapa
