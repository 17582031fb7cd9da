#include "engine/customer/value_codec.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "engine/base/json.h"

namespace sapa {
namespace {

class ValueCodec : public testing::Test {
 protected:
  Value json(std::string_view text) {
    auto value = JsonReader().read(text, arena_);
    EXPECT_TRUE(value.ok()) << text;
    return value.ok() ? *value : Value::null();
  }
  std::string merged(std::string_view base, std::string_view changes) {
    return to_json(decode_value(kept(merge_maps(json(base), json(changes))), arena_));
  }
  std::string paths(std::string_view message, std::vector<std::vector<std::string>> all) {
    std::sort(all.begin(), all.end());
    return to_json(decode_value(kept(encode_paths(json(message), all)), arena_));
  }
  /// Decoded values point into their bytes.
  std::string_view kept(const std::string& bytes) { return arena_.copy(bytes); }

  Value random_value(int depth) {
    switch (random_() % (depth > 4 ? 9 : 11)) {
      case 0:
        return Value::null();
      case 1:
        return Value::of_bool(random_() % 2 == 0);
      case 2:
        return Value::of_int(static_cast<int64_t>(random_() >> random_() % 64));
      case 3:
        return Value::of_int(-static_cast<int64_t>(random_() >> (1 + random_() % 63)));
      case 4:
        return Value::of_uint(random_());
      case 5:
        return Value::of_double(static_cast<double>(random_()) / 7);
      case 6:
        return random_() % 2 == 0 ? Value::of_string(text()) : Value::of_bytes(text());
      case 7:
        return Value::of_timestamp(static_cast<int64_t>(random_() % 4'000'000'000) - 2'000'000'000,
                                   static_cast<int32_t>(random_() % 1'000'000'000));
      case 8:
        return Value::of_duration_ms(static_cast<int64_t>(random_() % 2'000'000) - 1'000'000);
      case 9: {
        auto count = static_cast<uint32_t>(random_() % 5);
        Value* items = arena_.array<Value>(count);
        for (uint32_t i = 0; i < count; ++i) items[i] = random_value(depth + 1);
        return Value::of_list(items, count);
      }
      default: {
        auto count = static_cast<uint32_t>(random_() % 5);
        MapEntry* entries = arena_.array<MapEntry>(count);
        for (uint32_t i = 0; i < count; ++i) {
          entries[i] = {Value::of_string(text()), random_value(depth + 1)};
        }
        return Value::of_map(entries, count);
      }
    }
  }
  std::string_view text() {
    std::string t(random_() % 20, '\0');
    for (char& c : t) c = static_cast<char>(random_());
    return arena_.copy(t);
  }
  static void expect_equal(const Value& a, const Value& b) {
    ASSERT_EQ(a.kind, b.kind);
    if (a.is(Kind::kList) || a.is(Kind::kMap)) {
      ASSERT_EQ(a.size, b.size);
      for (uint32_t i = 0; i < a.size; ++i) {
        if (a.is(Kind::kMap)) {
          ASSERT_EQ(a.entries[i].key.as_string(), b.entries[i].key.as_string());
          expect_equal(a.entries[i].value, b.entries[i].value);
        } else {
          expect_equal(a.items[i], b.items[i]);
        }
      }
    } else if (a.is(Kind::kString) || a.is(Kind::kBytes)) {
      ASSERT_EQ(a.as_string(), b.as_string());
    } else if (a.is(Kind::kTimestamp) || a.is(Kind::kDuration)) {
      ASSERT_EQ(a.integer, b.integer);
      ASSERT_EQ(a.nanos(), b.nanos());
    } else {
      ASSERT_EQ(to_json(a), to_json(b));
    }
  }

  Arena arena_;
  std::mt19937_64 random_{1};
};

TEST_F(ValueCodec, EveryValueComesBack) {
  for (int i = 0; i < 5'000; ++i) {
    arena_.reset();
    Value value = random_value(0);
    std::string bytes;
    encode_value(value, bytes);
    expect_equal(decode_value(bytes, arena_), value);
    if (HasFailure()) return;
  }
}

TEST_F(ValueCodec, DamagedBytesGiveSomeValueAndNoHarm) {
  for (int i = 0; i < 20'000; ++i) {
    arena_.reset();
    std::string bytes;
    encode_value(random_value(0), bytes);
    for (uint64_t edits = 1 + random_() % 3; edits > 0 && !bytes.empty(); --edits) {
      size_t at = random_() % bytes.size();
      if (random_() % 3 == 0) {
        bytes.resize(at);
      } else {
        bytes[at] = static_cast<char>(random_() % 2 == 0 ? 0xFF : random_());
      }
    }
    auto exact = std::make_unique<char[]>(bytes.size());
    std::memcpy(exact.get(), bytes.data(), bytes.size());
    Value value = decode_value({exact.get(), bytes.size()}, arena_);
    std::string again;
    encode_value(value, again);  // goes through all of it
  }
}

TEST_F(ValueCodec, NestingBeyondTheBoundIsCutToNull) {
  std::string nested(200, '['), closing(200, ']');
  Value deep = *JsonReader(JsonLimits{1000, 100}).read(nested + closing, arena_);
  std::string bytes;
  encode_value(deep, bytes);
  std::string json = to_json(decode_value(bytes, arena_));
  EXPECT_EQ(json, std::string(65, '[') + "null" + std::string(65, ']'));
}

TEST_F(ValueCodec, WhatHasNoStoredFormIsNull) {
  for (Value value : {Value::absent(), Value::of_error("e"), Value::of_type("int"),
                      Value::of_optional(nullptr)}) {
    std::string bytes;
    encode_value(value, bytes);
    EXPECT_TRUE(decode_value(bytes, arena_).is(Kind::kNull));
  }
  EXPECT_TRUE(decode_value("", arena_).is(Kind::kNull));
  EXPECT_TRUE(decode_value("\xFE", arena_).is(Kind::kNull));
}

TEST_F(ValueCodec, MergingPutsChangesOverAndNullRemoves) {
  EXPECT_EQ(merged(R"({"a":1,"b":2,"c":3})", R"({"b":20,"a":null,"d":4,"e":null})"),
            R"({"b":20,"c":3,"d":4})");
  EXPECT_EQ(merged("{}", R"({"a":{"x":1}})"), R"({"a":{"x":1}})");
  EXPECT_EQ(merged(R"({"a":{"x":1,"y":2}})", R"({"a":{"x":5}})"), R"({"a":{"x":5}})");
}

TEST_F(ValueCodec, MergingManyIsTheSameAsMergingFew) {
  for (int round = 0; round < 200; ++round) {
    arena_.reset();
    std::vector<std::pair<std::string, std::string>> expected;
    std::string base = "{", changes = "{";
    size_t count = random_() % 90, changed = random_() % 90;
    for (size_t i = 0; i < count; ++i) {
      base += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":" + std::to_string(i);
      expected.emplace_back("k" + std::to_string(i), std::to_string(i));
    }
    std::set<size_t> done;
    for (size_t i = 0; i < changed; ++i) {
      size_t k = random_() % 120;
      if (!done.insert(k).second) continue;
      std::string name = "k" + std::to_string(k), value = random_() % 4 == 0 ? "null" : "true";
      changes += (changes.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
      auto it = std::find_if(expected.begin(), expected.end(),
                             [&](const auto& entry) { return entry.first == name; });
      if (value == "null") {
        if (it != expected.end()) expected.erase(it);
      } else if (it != expected.end()) {
        it->second = value;
      } else {
        expected.emplace_back(name, value);
      }
    }
    std::string text = "{";
    for (const auto& [name, value] : expected) {
      text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
    }
    ASSERT_EQ(merged(base + "}", changes + "}"), text + "}");
  }
}

TEST_F(ValueCodec, AHundredThousandTraitsTwiceCostNoSquare) {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 100'000; ++i) text += ",\"" + std::to_string(1'000'000 + i) + "\":0";
  Value traits = json(text + "}");
  auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(merge_maps(traits, traits).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(ValueCodec, PathsKeepOnlyWhatLiesUnderThem) {
  constexpr std::string_view kMessage =
      R"({"event":"E","properties":{"name":"Panci","price":5,"seller":{"id":7,"city":"J"}},"context":{"app":1}})";
  EXPECT_EQ(paths(kMessage, {{"properties", "name"}}), R"({"properties":{"name":"Panci"}})");
  EXPECT_EQ(paths(kMessage, {{"properties", "seller", "id"}, {"context"}}),
            R"({"context":{"app":1},"properties":{"seller":{"id":7}}})");
  EXPECT_EQ(paths(kMessage, {{"properties", "name"}, {"properties"}}),
            R"({"properties":{"name":"Panci","price":5,"seller":{"id":7,"city":"J"}}})");
  EXPECT_EQ(paths(kMessage, {{}}), std::string(kMessage));
  EXPECT_EQ(paths(kMessage, {{"event", "name"}, {"none"}}), R"({"event":"E"})");
  EXPECT_EQ(encode_paths(json(kMessage), {}), "");
}

}  // namespace
}  // namespace sapa
