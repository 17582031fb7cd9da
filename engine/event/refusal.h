// The codes of a refusal and the one-line way to refuse, shared by the folder.
#pragma once

#include <string>
#include <string_view>

#include "engine/event/decoder.h"

namespace sapa::refusal {

inline constexpr std::string_view kTooLarge = "too_large";
inline constexpr std::string_view kInvalidJson = "invalid_json";
inline constexpr std::string_view kInvalidProtobuf = "invalid_protobuf";
inline constexpr std::string_view kInvalidCloudEvent = "invalid_cloudevent";
inline constexpr std::string_view kUnknownContentType = "unknown_content_type";
inline constexpr std::string_view kMissingField = "missing_field";
inline constexpr std::string_view kInvalidField = "invalid_field";
inline constexpr std::string_view kTooDeep = "too_deep";

/// Always false, so that a check reads `return refuse(…)`.
inline bool refuse(Refusal& out, std::string_view code, std::string reason) {
  out.code = code;
  out.reason = std::move(reason);
  return false;
}

inline bool refuse_string(Refusal& out, const EventLimits& limits) {
  return refuse(out, kTooLarge,
                "a string is longer than " + std::to_string(limits.max_string_bytes) + " bytes");
}

inline bool refuse_depth(Refusal& out, const EventLimits& limits) {
  return refuse(out, kTooDeep,
                "nested deeper than " + std::to_string(limits.max_depth) + " levels");
}

/// `text` from outside as it may stand in a reason: short, in quotes, control characters and bytes
/// beyond ASCII as '?'.
inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, 60)) out += c >= 0x20 && c < 0x7F ? c : '?';
  out += text.size() > 60 ? "…\"" : "\"";
  return out;
}

}  // namespace sapa::refusal
