#include "engine/event/message_map.h"

#include <cassert>
#include <cstring>

#include "engine/base/same_text.h"

namespace sapa {

void MessageMap::set(std::string_view key, const Value& value) {
  if (own_ == nullptr) {
    own_ = arena_.array<MapEntry>(size_ + room_);
    if (size_ > 0) std::memcpy(static_cast<void*>(own_), entries_, size_ * sizeof(MapEntry));
    entries_ = own_;
  }
  for (uint32_t i = 0; i < size_; ++i) {
    if (same_text(own_[i].key.as_string(), key)) {
      own_[i].value = value;
      return;
    }
  }
  assert(room_ > 0);
  --room_;
  own_[size_++] = {Value::of_string(key), value};
}

}  // namespace sapa
