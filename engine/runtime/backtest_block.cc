#include "engine/runtime/backtest_block.h"

#include "engine/base/hash.h"
#include "engine/runtime/failure.h"

namespace sapa {
namespace {

/// A block of usual records has room in a core's own cache, one of large records some in memory.
constexpr size_t kEnoughRecords = 128, kEnoughBytes = 1 << 20;

}  // namespace

BacktestBlock::BacktestBlock(size_t lanes, const EventLimits& limits)
    : decoder_(limits), of_lane_(lanes) {
  records_.reserve(kEnoughRecords);
}

void BacktestBlock::begin(int32_t partition, std::optional<uint32_t> lane) {
  partition_ = partition;
  lane_ = lane;
  raw_.reset();
  decoded_.reset();
  records_.clear();
  refusals_.clear();
  for (std::vector<uint32_t>& numbers : of_lane_) numbers.clear();
}

void BacktestBlock::add(const InputItem& item) {
  InputItem& own = records_.emplace_back().item;
  own = item;
  RawRecord& record = own.record;
  record.key = raw_.copy(record.key);
  record.value = raw_.copy(record.value);
  Header* headers = raw_.array<Header>(record.headers.size());
  for (size_t i = 0; i < record.headers.size(); ++i) {
    headers[i] = {raw_.copy(record.headers[i].name), raw_.copy(record.headers[i].value)};
  }
  record.headers = {headers, record.headers.size()};
}

bool BacktestBlock::full() const {
  return records_.size() == kEnoughRecords || bytes() >= kEnoughBytes;
}

void BacktestBlock::decode() {
  Timestamp latest = Timestamp::beginning();
  for (uint32_t number = 0; number < records_.size(); ++number) {
    Record& record = records_[number];
    decode(record);
    if (record.refusal < 0) latest = std::max(latest, record.event.timestamp);
    record.latest = latest;
    of_lane_[lane_of(record)].push_back(number);
  }
}

void BacktestBlock::decode(Record& record) {
  DecodeNotes notes;
  Refusal refusal;
  bool decoded = false;
  std::string failed = failure_of([&] {
    decoded = decoder_.decode(record.item.record, /*clamp_future=*/false, decoded_, record.event,
                              notes, refusal);
  });
  if (!failed.empty()) refusal = {"internal_error", std::move(failed)};
  if (decoded) return;
  record.refusal = static_cast<int32_t>(refusals_.size());
  refusals_.push_back(std::move(refusal));
}

/// By the upper half of the hash: the lower one places the customer in the lane's table.
uint32_t BacktestBlock::lane_of(const Record& record) const {
  if (lane_) return *lane_;
  if (record.refusal >= 0 || of_lane_.size() == 1) return 0;
  const uint64_t half = hash64(record.event.customer_id()) >> 32;
  return static_cast<uint32_t>(half * of_lane_.size() >> 32);
}

}  // namespace sapa
