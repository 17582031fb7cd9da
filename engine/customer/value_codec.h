// Values as stored bytes, for traits and for what a pattern remembers of an event. One tag byte a
// value, then:
//   0 null | 1 false | 2 true | 3 int zigzag | 4 double 8 bytes | 5 string text | 6 list count
//   values | 7 map count (text value)* | 8 uint varint | 9 timestamp zigzag seconds, varint nanos |
//   10 duration zigzag seconds, zigzag nanos | 11 bytes text
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/value.h"

namespace sapa {

/// Appends the value; kinds that have no stored form (types, errors, optionals, host maps) become
/// null. Nesting beyond 64 levels is cut off to null.
void encode_value(const Value& value, std::string& out);

/// Null for malformed bytes. Strings point into `bytes`, lists and maps into the arena.
Value decode_value(std::string_view bytes, Arena& arena);

/// `base` with the entries of `changes` put over it (null removes), encoded. Both are maps.
std::string merge_maps(const Value& base, const Value& changes);

/// A map holding only what lies under these paths of `message`, encoded. An empty path keeps all.
/// The paths are in order, as std::sort leaves them.
std::string encode_paths(const Value& message, const std::vector<std::vector<std::string>>& sorted);

}  // namespace sapa
