// The HTTP interface described as an OpenAPI 3.1 document, in JSON.
#pragma once

#include <string_view>

namespace sapa {

std::string_view openapi_document();

}  // namespace sapa
