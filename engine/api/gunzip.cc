#include "engine/api/gunzip.h"

#include <algorithm>
#include <memory>

#include <zlib.h>

namespace sapa {

Unpacked gunzip(std::string_view packed, size_t most_bytes, std::string& out) {
  out.clear();
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Unpacked::kDamaged;
  std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int result = Z_OK;
  while (result == Z_OK) {
    size_t length = out.size();
    if (length > most_bytes) return Unpacked::kTooLarge;
    // One byte more than allowed, so that a body of just the allowed length is told from a longer
    // one.
    size_t step = std::min<size_t>(64 * 1024, most_bytes + 1 - length);
    out.resize(length + step);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + length);
    stream.avail_out = static_cast<uInt>(step);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(length + step - stream.avail_out);
    if (result == Z_BUF_ERROR || (result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)) {
      return Unpacked::kDamaged;
    }
  }
  if (out.size() > most_bytes) return Unpacked::kTooLarge;
  return result == Z_STREAM_END && stream.avail_in == 0 ? Unpacked::kDone : Unpacked::kDamaged;
}

}  // namespace sapa
