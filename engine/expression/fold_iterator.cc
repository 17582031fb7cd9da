#include "engine/expression/fold_iterator.h"

#include <algorithm>

#include "engine/expression/operations.h"

namespace sapa::expression {

Value FoldIterator::begin(EvalContext& context, const Value& range, FoldKind kind) {
  *this = FoldIterator();
  range_ = range;
  if (range.kind == Kind::kList) {
    length_ = range.size;
  } else if (range.kind == Kind::kMap || range.kind == Kind::kHostMap) {
    length_ = map_size(range);
  } else {
    return range.is_error()
               ? range
               : context.error({"cannot iterate over a value of type ", type_name(range)});
  }
  if (length_ == 0) return Value::absent();
  if (kind == FoldKind::kMap || kind == FoldKind::kFilter) {
    items_ = context.array<Value>(length_);
    if (!items_) return context.limit_error();
  } else if (kind == FoldKind::kMapValues) {
    entries_ = context.array<MapEntry>(length_);
    if (!entries_) return context.limit_error();
  }
  return Value::absent();
}

bool FoldIterator::next(bool two_variables, Value* variables) {
  if (position_ >= length_) return false;
  uint32_t i = position_++;
  if (range_.kind == Kind::kList) {
    current_ = two_variables ? Value::of_int(i) : range_.items[i];
    if (two_variables) variables[1] = range_.items[i];
  } else {
    current_ = map_key(range_, i);
    if (two_variables) variables[1] = map_value(range_, i);
  }
  variables[0] = current_;
  return true;
}

Value FoldIterator::step(EvalContext& context, FoldKind kind, const Value& body) {
  switch (kind) {
    case FoldKind::kAll:
    case FoldKind::kExists: {
      bool deciding = kind == FoldKind::kExists;
      if (body.is(Kind::kBool)) {
        return body.boolean == deciding ? body : Value::absent();
      }
      if (context.exhausted()) return context.limit_error();
      if (error_.is_absent()) {
        error_ =
            body.is_error() ? body : context.error({"the condition of a macro must be a bool"});
      }
      return Value::absent();
    }
    case FoldKind::kExistsOne:
      if (!body.is(Kind::kBool)) return stop_at_error(body, "exists_one", context);
      count_ += body.boolean;
      return Value::absent();
    case FoldKind::kFilter:
      if (!body.is(Kind::kBool)) return stop_at_error(body, "filter", context);
      if (body.boolean) items_[count_++] = current_;
      return Value::absent();
    case FoldKind::kMap:
      if (body.is_error()) return body;
      items_[count_++] = body;
      return Value::absent();
    case FoldKind::kMapValues:
      if (body.is_error()) return body;
      entries_[count_++] = {current_, body};
      return Value::absent();
    case FoldKind::kMergeEntries:
      return body.is_error() ? body : merge(context, body);
  }
  return Value::absent();
}

Value FoldIterator::stop_at_error(const Value& body, std::string_view name,
                                  EvalContext& context) const {
  return body.is_error() ? body : context.error({"the condition of ", name, "() must be a bool"});
}

Value FoldIterator::merge(EvalContext& context, const Value& body) {
  if (body.kind != Kind::kMap && body.kind != Kind::kHostMap) {
    return context.error({"transformMapEntry() needs a map, not ", type_name(body)});
  }
  uint32_t added = map_size(body);
  uint64_t needed = uint64_t{count_} + added;
  if (!context.charge(added + count_ / 8)) return context.limit_error();
  if (needed > capacity_) {
    uint64_t capacity = std::max<uint64_t>(needed, uint64_t{capacity_} * 2);
    auto* grown = capacity > UINT32_MAX ? nullptr : context.array<MapEntry>(capacity);
    if (!grown) return context.limit_error();
    std::copy(entries_, entries_ + count_, grown);
    entries_ = grown;
    capacity_ = static_cast<uint32_t>(capacity);
  }
  for (uint32_t i = 0; i < added; ++i) {
    Value key = map_key(body, i);
    Value so_far = Value::of_map(entries_, count_);
    if (!map_find(context, so_far, key).is_absent()) {
      return context.error({"a key stands twice in the result of transformMapEntry()"});
    }
    entries_[count_++] = {key, map_value(body, i)};
  }
  return Value::absent();
}

Value FoldIterator::end(FoldKind kind) const {
  switch (kind) {
    case FoldKind::kAll:
      return error_.is_absent() ? Value::of_bool(true) : error_;
    case FoldKind::kExists:
      return error_.is_absent() ? Value::of_bool(false) : error_;
    case FoldKind::kExistsOne:
      return Value::of_bool(count_ == 1);
    case FoldKind::kMap:
    case FoldKind::kFilter:
      return Value::of_list(items_, count_);
    case FoldKind::kMapValues:
    case FoldKind::kMergeEntries:
      return Value::of_map(entries_, count_);
  }
  return Value::absent();
}

}  // namespace sapa::expression
