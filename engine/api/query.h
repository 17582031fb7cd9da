// A request's target, taken apart: path segments and query parameters, percent-decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sapa {

struct Target {
  std::string path;  ///< as sent, without the query
  std::vector<std::pair<std::string, std::string>> parameters;

  /// The first of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

/// False if something is not properly percent-encoded. `text` is in origin form ("/path?query") or
/// absolute form.
bool parse_target(std::string_view text, Target& out);

/// False for a broken escape. `plus_is_space`: as in queries.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);

}  // namespace sapa
