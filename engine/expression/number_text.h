// Numbers as texts, and texts as numbers, for conversions and format().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sapa::expression {

/// The shortest text that reads back as the same double: "1500000", "0.1", "6.02214e+23", "NaN",
/// "-Infinity". Plain digits from 1e-7 to below 1e21, an exponent otherwise.
std::string double_text(double number);
/// Plain digits whatever the size.
std::string double_plain_text(double number);

bool text_to_int(std::string_view text, int64_t& out);
bool text_to_uint(std::string_view text, uint64_t& out);
bool text_to_double(std::string_view text, double& out);

}  // namespace sapa::expression
