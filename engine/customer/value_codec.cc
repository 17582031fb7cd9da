#include "engine/customer/value_codec.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "engine/customer/bytes.h"

namespace sapa {
namespace {

constexpr int kMaxDepth = 64;

enum Tag : uint8_t {
  kTagNull,
  kTagFalse,
  kTagTrue,
  kTagInt,
  kTagDouble,
  kTagString,
  kTagList,
  kTagMap,
  kTagUint,
  kTagTimestamp,
  kTagDuration,
  kTagBytes,
};

void encode(const Value& value, ByteWriter& out, int depth) {
  if (depth > kMaxDepth) return out.byte(kTagNull);
  switch (value.kind) {
    case Kind::kBool:
      out.byte(value.boolean ? kTagTrue : kTagFalse);
      break;
    case Kind::kInt:
      out.byte(kTagInt);
      out.zigzag(value.integer);
      break;
    case Kind::kUint:
      out.byte(kTagUint);
      out.varint(value.unsigned_integer);
      break;
    case Kind::kDouble:
      out.byte(kTagDouble);
      out.fixed64(std::bit_cast<uint64_t>(value.number));
      break;
    case Kind::kString:
    case Kind::kBytes:
      out.byte(value.is(Kind::kString) ? kTagString : kTagBytes);
      out.text(value.as_string());
      break;
    case Kind::kTimestamp:
      out.byte(kTagTimestamp);
      out.zigzag(value.integer);
      out.varint(static_cast<uint64_t>(value.nanos()));
      break;
    case Kind::kDuration:
      out.byte(kTagDuration);
      out.zigzag(value.integer);
      out.zigzag(value.nanos());
      break;
    case Kind::kList:
      out.byte(kTagList);
      out.varint(value.size);
      for (uint32_t i = 0; i < value.size; ++i) encode(value.items[i], out, depth + 1);
      break;
    case Kind::kMap:
      out.byte(kTagMap);
      out.varint(value.size);
      for (uint32_t i = 0; i < value.size; ++i) {
        const MapEntry& entry = value.entries[i];
        out.text(entry.key.is(Kind::kString) ? entry.key.as_string() : std::string_view{});
        encode(entry.value, out, depth + 1);
      }
      break;
    default:
      out.byte(kTagNull);
  }
}

Value decode(ByteReader& in, Arena& arena, int depth) {
  if (depth > kMaxDepth + 1) return Value::null();
  switch (in.byte()) {
    case kTagFalse:
      return Value::of_bool(false);
    case kTagTrue:
      return Value::of_bool(true);
    case kTagInt:
      return Value::of_int(in.zigzag());
    case kTagUint:
      return Value::of_uint(in.varint());
    case kTagDouble:
      return Value::of_double(std::bit_cast<double>(in.fixed64()));
    case kTagString:
      return Value::of_string(in.text());
    case kTagBytes:
      return Value::of_bytes(in.text());
    case kTagTimestamp: {
      int64_t seconds = in.zigzag();
      return Value::of_timestamp(seconds, static_cast<int32_t>(in.varint()));
    }
    case kTagDuration: {
      int64_t seconds = in.zigzag();
      return Value::of_duration(seconds, static_cast<int32_t>(in.zigzag()));
    }
    case kTagList: {
      uint32_t count = in.count();
      Value* items = arena.array<Value>(count);
      for (uint32_t i = 0; i < count; ++i) items[i] = decode(in, arena, depth + 1);
      return Value::of_list(items, count);
    }
    case kTagMap: {
      uint32_t count = in.count(2);
      MapEntry* entries = arena.array<MapEntry>(count);
      for (uint32_t i = 0; i < count; ++i) {
        entries[i].key = Value::of_string(in.text());
        entries[i].value = decode(in, arena, depth + 1);
      }
      return Value::of_map(entries, count);
    }
    default:
      return Value::null();
  }
}

using Path = std::vector<std::string>;
using Paths = std::span<const Path>;

/// Of sorted paths, which have their first `depth` members in common, how many have the next one in
/// common with the first path, too.
size_t count_alike(Paths paths, size_t depth) {
  size_t count = 1;
  while (count < paths.size() && paths[count][depth] == paths[0][depth]) ++count;
  return count;
}

/// The part of `value` that the sorted paths, from their `depth`-th member on, keep; in their
/// order.
void encode_part(const Value& value, Paths paths, size_t depth, ByteWriter& out) {
  const bool whole = paths[0].size() == depth;  // the shortest comes first
  if (whole || !value.is(Kind::kMap)) return encode(value, out, 0);
  auto each_kept = [&](auto&& found) {
    for (size_t i = 0, alike = 0; i < paths.size(); i += alike) {
      alike = count_alike(paths.subspan(i), depth);
      const Value inner = value.field(paths[i][depth]);
      if (!inner.is_absent()) found(paths.subspan(i, alike), inner);
    }
  };
  size_t kept = 0;
  each_kept([&](Paths, const Value&) { ++kept; });
  out.byte(kTagMap);
  out.varint(kept);
  each_kept([&](Paths inner_paths, const Value& inner) {
    out.text(inner_paths[0][depth]);
    encode_part(inner, inner_paths, depth + 1, out);
  });
}

}  // namespace

void encode_value(const Value& value, std::string& out) {
  ByteWriter writer(out);
  encode(value, writer, 0);
}

Value decode_value(std::string_view bytes, Arena& arena) {
  ByteReader reader(bytes);
  Value value = decode(reader, arena, 0);
  return reader.ok() ? value : Value::null();
}

std::string merge_maps(const Value& base, const Value& changes) {
  std::vector<MapEntry> merged;
  if (base.is(Kind::kMap)) merged.assign(base.entries, base.entries + base.size);
  // Few traits are found by looking at each, very many by their hash.
  constexpr size_t kFew = 32;
  std::unordered_map<std::string_view, size_t> places;
  bool many = merged.size() > kFew && changes.size > kFew;
  if (many) {
    for (size_t i = 0; i < merged.size(); ++i) places.emplace(merged[i].key.as_string(), i);
  }
  const size_t known = merged.size();
  auto place_of = [&](std::string_view key) {
    if (many) {
      auto it = places.find(key);
      return it == places.end() ? known : it->second;
    }
    size_t i = 0;
    while (i < known && merged[i].key.as_string() != key) ++i;
    return i;
  };
  for (uint32_t i = 0; i < changes.size; ++i) {
    const MapEntry& change = changes.entries[i];
    size_t place = place_of(change.key.as_string());
    if (place < known) {
      merged[place].value = change.value;
    } else {
      merged.push_back(change);
    }
  }
  std::erase_if(merged, [](const MapEntry& entry) { return entry.value.is(Kind::kNull); });
  std::string out;
  encode_value(Value::of_map(merged.data(), static_cast<uint32_t>(merged.size())), out);
  return out;
}

std::string encode_paths(const Value& message, const std::vector<Path>& sorted) {
  if (sorted.empty()) return {};
  return written([&](ByteWriter& out) { encode_part(message, sorted, 0, out); });
}

}  // namespace sapa
