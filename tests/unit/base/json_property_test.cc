// Does JsonReader say of every document, well-formed or not, what simdjson's own tree says?
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/json.h"
#include "tests/unit/base/json_oracle.h"

namespace sapa {
namespace {

/// Documents that are nearly always well-formed, and full of what is rare: keys that stand twice,
/// escapes, numbers at the edges of their kinds, blanks everywhere.
class Documents {
 public:
  explicit Documents(uint32_t seed) : random_(seed) {}

  std::string next() {
    std::string out = blanks();
    value(out, static_cast<int>(below(7)));
    return out + blanks();
  }

  std::string mutated(std::string text) {
    for (uint32_t edits = 1 + below(3); edits > 0 && !text.empty(); --edits) {
      size_t at = below(static_cast<uint32_t>(text.size()));
      switch (below(6)) {
        case 0:
          text[at] = static_cast<char>(random_());
          break;
        case 1:
          text.erase(at, 1 + below(4));
          break;
        case 2:
          text.resize(at);
          break;
        case 3:
          text.insert(at, text.substr(below(static_cast<uint32_t>(text.size())), 1 + below(30)));
          break;
        case 4:
          text.insert(at, 1, std::string_view("\0\x1F\x7F\xC3\xFF\\\"", 7)[below(7)]);
          break;
        default:
          text.insert(at, 1, "{}[]\",:0-e.\\ tfn"[below(16)]);
      }
    }
    return text;
  }

  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

 private:
  void value(std::string& out, int levels) {
    uint32_t kind = below(10);
    if (levels > 0 && kind < 4) return object(out, levels);
    if (levels > 0 && kind < 6) return list(out, levels);
    static const std::vector<std::string> kOthers{"true", "false", "null"};
    if (kind < 7) {
      out += kOthers[below(3)];
    } else if (kind < 9) {
      string(out, below(20) == 0 ? 300 : 12);
    } else {
      number(out);
    }
  }

  void object(std::string& out, int levels) {
    out += '{';
    uint32_t count = below(20) == 0 ? below(60) : below(6);
    for (uint32_t i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      out += blanks();
      string(out, below(3) == 0 ? 12 : 2);
      out += blanks() + ":" + blanks();
      value(out, count > 10 ? 0 : levels - 1);
      out += blanks();
    }
    out += '}';
  }

  void list(std::string& out, int levels) {
    out += '[';
    uint32_t count = below(5);
    for (uint32_t i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      out += blanks();
      value(out, levels - 1);
      out += blanks();
    }
    out += ']';
  }

  void string(std::string& out, uint32_t most_pieces) {
    static const std::vector<std::string> kPieces{
        "\\\"",    "\\\\",    "\\/",     "\\b",     "\\f",     "\\n",
        "\\r",     "\\t",     "\\u0000", "\\u00e9", "\\u20AC", "\\ud83d\\ude00",
        "\\ud83d", "\\ude00", "\\x",     "\\u12g4", "é",       "€",
        "😀",       "{",       "]",       ":",       ",",       " "};
    out += '"';
    bool with_escapes = below(4) == 0;
    for (uint32_t pieces = below(most_pieces + 1); pieces > 0; --pieces) {
      uint32_t piece = below(24);
      bool is_broken = piece >= 12 && piece < 16;
      if (!with_escapes || (is_broken && below(8) > 0)) {
        out += static_cast<char>('a' + below(3));
      } else {
        out += kPieces[piece];
      }
    }
    out += '"';
  }

  void number(std::string& out) {
    static const std::vector<std::string> kEdges{
        "0",
        "-0",
        "0.0",
        "-0.0",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "-18446744073709551616",
        "99999999999999999999999",
        "1e308",
        "1e309",
        "-1e400",
        "1e-400",
        "0e999999999999999999999",
        "2.2250738585072014e-308",
        "5e-324",
        "2e-324",
        "0.1",
        "1E+2",
        "1e5",
        "1.7976931348623157e308",
        "9007199254740993.0",
        "3.1415926535897932384626433832795028841971693993751",
        "01",
        "1.",
        ".5",
        "-",
        "+1",
        "1e",
        "0x10",
        "1.5.2",
        "--1",
        "Infinity"};
    switch (below(4)) {
      case 0:
        out += kEdges[below(static_cast<uint32_t>(kEdges.size()))];
        break;
      case 1:
        out += std::to_string(static_cast<int64_t>(random_()) >> below(64));
        break;
      default:
        if (below(2)) out += '-';
        digits(out, 1 + below(22));
        if (below(2)) digits(out += '.', 1 + below(22));
        if (below(3) == 0) digits(out += below(2) ? "e-" : "E", 1 + below(3));
    }
  }

  void digits(std::string& out, uint32_t count) {
    for (; count > 0; --count) out += static_cast<char>('0' + below(10));
  }

  std::string blanks() { return below(6) > 0 ? "" : std::string(below(9), " \t\n\r"[below(4)]); }

  std::mt19937_64 random_;
};

class JsonProperty : public testing::TestWithParam<JsonLimits> {};

TEST_P(JsonProperty, TheReaderSaysWhatSimdjsonsOwnTreeSays) {
  Documents documents(GetParam().max_depth);
  JsonReader reader(GetParam());
  JsonOracle oracle(GetParam());
  Arena arena;
  size_t accepted = 0;
  constexpr int kDocuments = 30'000;
  for (int i = 0; i < kDocuments; ++i) {
    std::string text = documents.next();
    if (i % 2 == 1) text = documents.mutated(text);
    arena.reset();
    Value value;
    JsonRefusal refusal;
    bool ok = reader.read(text, arena, value, refusal);
    std::string expected = oracle.tell(text);
    accepted += ok;
    text.assign(text.size(), '#');  // values may not point into the text
    ASSERT_EQ(ok ? told(value) : told(refusal), expected) << "document " << i;
  }
  // Neither side may be about one kind of document only.
  EXPECT_GT(accepted, kDocuments / 5);
  EXPECT_LT(accepted, kDocuments * 4 / 5);
}

INSTANTIATE_TEST_SUITE_P(Limits, JsonProperty,
                         testing::Values(JsonLimits{64, 1 << 20}, JsonLimits{5, 40},
                                         JsonLimits{3, 8}));

}  // namespace
}  // namespace sapa
