#include "engine/expression/number_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace sapa::expression {
namespace {

const char* special_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return nullptr;
}

std::string shortest(double number, std::chars_format format) {
  char buffer[400];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, format);
  return error == std::errc() ? std::string(buffer, end) : std::string();
}

template <typename T>
bool parse_whole(std::string_view text, T& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

}  // namespace

std::string double_text(double number) {
  if (const char* special = special_text(number)) return special;
  double size = std::fabs(number);
  bool plain = size == 0 || (size >= 1e-7 && size < 1e21);
  return shortest(number, plain ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string double_plain_text(double number) {
  if (const char* special = special_text(number)) return special;
  return shortest(number, std::chars_format::fixed);
}

bool text_to_int(std::string_view text, int64_t& out) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return parse_whole(text, out);
}

bool text_to_uint(std::string_view text, uint64_t& out) { return parse_whole(text, out); }

bool text_to_double(std::string_view text, double& out) {
  bool negative = !text.empty() && text[0] == '-';
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  if (equals_ignoring_case(rest, "nan")) {
    out = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (equals_ignoring_case(rest, "inf") || equals_ignoring_case(rest, "infinity")) {
    out = std::numeric_limits<double>::infinity() * (negative ? -1 : 1);
    return true;
  }
  if (rest.empty() || rest[0] == '-' || rest[0] == '+') return false;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (end != rest.data() + rest.size()) return false;
  if (error == std::errc::result_out_of_range) {
    out = std::strtod(std::string(rest).c_str(), nullptr);
    if (std::isinf(out)) return false;
  } else if (error != std::errc()) {
    return false;
  }
  if (negative) out = -out;
  return true;
}

}  // namespace sapa::expression
