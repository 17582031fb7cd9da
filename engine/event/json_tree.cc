#include "engine/event/json_tree.h"

#include <string>

#include "engine/event/refusal.h"

namespace sapa {

JsonTree::JsonTree(const EventLimits& limits)
    : limits_(limits), reader_({limits.max_depth, limits.max_string_bytes}) {}

bool JsonTree::read(std::string_view text, Arena& arena, Value& out, Refusal& refusal) {
  JsonRefusal why;
  if (reader_.read(text, arena, out, why)) return true;
  switch (why.kind) {
    case JsonRefusal::Kind::kMalformed:
      break;
    case JsonRefusal::Kind::kTooDeep:
      return refusal::refuse_depth(refusal, limits_);
    case JsonRefusal::Kind::kStringTooLong:
      return refusal::refuse_string(refusal, limits_);
  }
  return refusal::refuse(refusal, refusal::kInvalidJson, "not JSON: " + std::string(why.why));
}

}  // namespace sapa
