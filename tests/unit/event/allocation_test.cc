#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "tests/unit/event/decoding.h"

namespace {
std::atomic<size_t> allocations{0};

void* counted(size_t size) {
  ++allocations;
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

void* operator new(size_t size) { return counted(size); }
void* operator new[](size_t size) { return counted(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace sapa {
namespace {

TEST(Allocation, AWarmDecoderTakesNoMemoryPerEvent) {
  const std::string json =
      R"({"type":"track","event":"Product Viewed","messageId":"e00000000017","userId":"c0000123",
      "timestamp":"2026-03-01T02:13:05.120Z","sentAt":"2026-03-01T02:13:06.120Z",
      "properties":{"product_id":"p01234","name":"Krisbow Rice Cooker 1.8 L","price":349000},
      "context":{"device":{"type":"android"},"locale":"id-ID","timezone":"Asia/Jakarta"}})";
  const std::string anonymous =
      R"({"type":"page","name":"Home","anonymousId":42,"context":{"traits":{"a":1}}})";
  Decoder decoder;
  Arena arena;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  size_t before = 0;
  for (int i = 0; i < 20; ++i) {
    if (i == 10) before = allocations;
    arena.reset();
    ASSERT_TRUE(decoder.decode({"", json, {}, kReceived}, true, arena, event, notes, refusal));
    ASSERT_TRUE(decoder.decode({"", anonymous, {}, kReceived}, true, arena, event, notes, refusal));
  }
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace sapa
