#include "engine/customer/value_codec.h"

#include <algorithm>
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

using Paths = std::vector<std::vector<std::string>>;

/// The part of `value` that the paths, from their `depth`-th member on, keep.
void encode_part(const Value& value, const std::vector<const std::vector<std::string>*>& paths,
                 size_t depth, ByteWriter& out) {
  bool whole = std::any_of(paths.begin(), paths.end(), [&](auto* p) { return p->size() == depth; });
  if (whole || !value.is(Kind::kMap)) return encode(value, out, 0);
  std::vector<std::pair<const MapEntry*, std::vector<const std::vector<std::string>*>>> kept;
  for (uint32_t i = 0; i < value.size; ++i) {
    std::vector<const std::vector<std::string>*> below;
    for (auto* path : paths) {
      if ((*path)[depth] == value.entries[i].key.as_string()) below.push_back(path);
    }
    if (!below.empty()) kept.emplace_back(&value.entries[i], std::move(below));
  }
  out.byte(kTagMap);
  out.varint(kept.size());
  for (auto& [entry, below] : kept) {
    out.text(entry->key.as_string());
    encode_part(entry->value, below, depth + 1, out);
  }
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

std::string encode_paths(const Value& message, const Paths& paths) {
  if (paths.empty()) return {};
  std::vector<const std::vector<std::string>*> all;
  for (const auto& path : paths) all.push_back(&path);
  return written([&](ByteWriter& out) { encode_part(message, all, 0, out); });
}

}  // namespace sapa
