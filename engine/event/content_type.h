// Media types as far as records carry them.
#pragma once

#include <cstdint>
#include <string_view>

namespace sapa {

enum class ContentKind : uint8_t {
  kJson,
  kProtobuf,
  kCloudEventJson,
  kCloudEventProtobuf,
  kCloudEventBatch,
  kUnknown,
};

/// Case, parameters (`; charset=…`), blanks and quotes around the whole are ignored; empty is JSON.
ContentKind content_kind(std::string_view content_type);

/// ASCII only, as header names and media types are.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sapa
