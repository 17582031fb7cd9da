// Protobuf's wire format, read in place: fields come out as views into the bytes, nothing is copied
// or allocated. Groups (wire types 3 and 4) are refused as broken: proto3 has none.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sapa {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

class WireReader {
 public:
  explicit WireReader(std::string_view all) : at_(all.data()), end_(all.data() + all.size()) {}

  /// Moves to the next field, whose number, type and content are then in `field`, `type` and
  /// `number` or `bytes`. False at the end, and where the bytes are broken: then `ok()` is false
  /// too.
  bool next() {
    uint64_t tag;
    if (at_ == end_ || !read_varint(tag)) return false;
    if (tag >> 3 == 0 || tag > UINT32_MAX) return fail();
    field = static_cast<uint32_t>(tag >> 3);
    type = static_cast<WireType>(tag & 7);
    switch (type) {
      case WireType::kVarint:
        return read_varint(number);
      case WireType::kFixed64:
        return read_fixed(8);
      case WireType::kFixed32:
        return read_fixed(4);
      case WireType::kBytes:
        return read_bytes();
    }
    return fail();
  }

  bool ok() const { return ok_; }

  uint32_t field = 0;
  WireType type = WireType::kVarint;
  uint64_t number = 0;     ///< of a varint or fixed field
  std::string_view bytes;  ///< of a length-delimited field

 private:
  bool fail() {
    at_ = end_;
    return ok_ = false;
  }

  bool read_varint(uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 70 && at_ != end_; shift += 7) {
      auto byte = static_cast<uint8_t>(*at_++);
      if (shift < 64) out |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return true;
    }
    return fail();
  }

  bool read_fixed(size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) return fail();
    number = 0;
    std::memcpy(&number, at_, size);
    at_ += size;
    return true;
  }

  bool read_bytes() {
    uint64_t size;
    if (!read_varint(size)) return false;
    if (size > static_cast<uint64_t>(end_ - at_)) return fail();
    bytes = {at_, static_cast<size_t>(size)};
    at_ += size;
    return true;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace sapa
