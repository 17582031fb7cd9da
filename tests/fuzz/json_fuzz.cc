// Arbitrary bytes as a JSON document: the reader gives the tree, or the refusal, that simdjson's
// own tree gives. Input: one byte for the limits, the rest is the document.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "tests/unit/base/json_oracle.h"

namespace {

using namespace sapa;

struct Pair {
  explicit Pair(JsonLimits limits) : reader(limits), oracle(limits) {}
  JsonReader reader;
  JsonOracle oracle;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  static Pair usual(JsonLimits{}), small(JsonLimits{4, 8});
  Pair& pair = data[0] & 1 ? small : usual;
  // Exactly as long as the document, so that whoever reads beyond it is caught.
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  text.shrink_to_fit();
  std::string expected = pair.oracle.tell(text);
  Arena arena;
  Value value;
  JsonRefusal refusal;
  bool ok = pair.reader.read(text, arena, value, refusal);
  text.assign(text.size(), '#');
  std::string got = ok ? told(value) : told(refusal);
  if (got != expected) {
    std::fprintf(stderr, "expected %s\ngot      %s\n", expected.c_str(), got.c_str());
    std::abort();
  }
  return 0;
}
