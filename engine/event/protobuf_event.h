// sapa.v1.Event (proto/sapa/v1/event.proto) → the same map of values that its JSON mapping would
// have given. Read from the wire itself and not through generated classes: their maps come out in a
// different order in every process, and they allocate per field. Texts must be UTF-8, times within
// 0001 to 9999, numbers finite.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "engine/event/decoder.h"

namespace sapa {

class ProtobufEventReader {
 public:
  explicit ProtobufEventReader(const EventLimits& limits) : limits_(limits) {}

  /// True and `message` lives in `arena`; or false and why. A field that stands twice counts as it
  /// stands last.
  bool read(std::string_view bytes, Arena& arena, Value& message, Refusal& refusal);

 private:
  bool read_text(std::string_view bytes, Value& out);
  bool read_time(std::string_view bytes, Value& out);
  bool read_struct(std::string_view bytes, uint32_t depth, Value& out);
  bool read_list(std::string_view bytes, uint32_t depth, Value& out);
  bool read_value(std::string_view bytes, uint32_t depth, Value& out);
  bool read_number(uint64_t bits, Value& out);
  bool broken();

  EventLimits limits_;
  std::vector<uint32_t> scratch_;
  Arena* arena_ = nullptr;      // of the read that runs
  Refusal* refusal_ = nullptr;  // likewise
};

}  // namespace sapa
