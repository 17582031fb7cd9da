#include "engine/runtime/shard.h"

#include <charconv>

#include "engine/customer/bytes.h"
#include "engine/runtime/customer_description.h"
#include "engine/runtime/failure.h"

namespace sapa {
namespace {

/// The shard's meta record: byte version 1 | zigzag clock (ms) | varint next input offset. The
/// offset is there to be compared with the group's: they go up together.
constexpr uint8_t kMetaVersion = 1;

struct ShardMeta {
  Timestamp clock = Timestamp::beginning();
  int64_t next_offset = 0;
};

bool decode_meta(std::string_view bytes, ShardMeta& meta) {
  ByteReader in(bytes);
  if (in.byte() != kMetaVersion) return false;
  meta.clock.ms = in.zigzag();
  meta.next_offset = static_cast<int64_t>(in.varint());
  return in.ok();
}

std::string_view number_text(Arena& arena, int64_t number) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  return arena.copy({buffer, static_cast<size_t>(end - buffer)});
}

}  // namespace

Shard::Shard(int32_t partition, int64_t next_offset, std::shared_ptr<const Workspace> workspace,
             std::unique_ptr<CustomerStore> store, const ShardOptions& options)
    : partition_(partition),
      next_offset_(next_offset),
      taken_offset_(next_offset),
      workspace_(std::move(workspace)),
      options_(options),
      store_(std::move(store)),
      layout_(std::make_shared<const RecordLayout>(record_layout(*workspace_))),
      counters_(*workspace_),
      writer_(options.output, *workspace_, counters_, current_),
      decider_(std::make_unique<Decider>(workspace_, writer_)),
      table_(std::make_unique<CustomerTable>(*store_, layout_, *decider_, options.cache_bytes)),
      timers_(options.timers_in_memory),
      decoder_(options.limits) {
  current_.partition = partition;
}

Shard::~Shard() = default;

/// When a record's earliest timer is due: the changelog does not say, the record does. Nothing if
/// it can't be read.
std::optional<Timestamp> Shard::due_of(std::string_view bytes) {
  if (!decode_customer(bytes, *layout_, restored_)) return std::nullopt;
  return decider_->next_due(restored_);
}

/// In a store that is being restored, also where that was interrupted, most customers are new; the
/// filter spares looking for them.
Status Shard::begin_restore() {
  if (!store_->restoring()) return {};
  // What the hot customers will have, of whom there are none yet. Enough for 25 million ids; beyond
  // that more of them are looked up in vain.
  constexpr size_t kMost = 32 << 20;
  restored_ids_ = std::make_unique<IdFilter>(std::min(options_.cache_bytes, kMost));
  if (store_->changelog_position() < 0) return {};
  return store_->scan([this](std::string_view id, std::string_view) { restored_ids_->add(id); });
}

Status Shard::put_customer(std::string_view customer_id, std::string_view bytes, int64_t position) {
  if (restored_records_ == 0) {
    if (Status begun = begin_restore(); !begun) return begun;
  }
  restored_records_ += 1;
  restored_bytes_ += customer_id.size() + bytes.size();
  StoredCustomer change{customer_id, bytes};
  if (!bytes.empty()) {
    auto due = due_of(bytes);
    if (!due) {
      return environment_error("the changelog's record of customer '" + std::string(customer_id) +
                                   "' can't be read: it is of another version of sapa, or damaged",
                               false);
    }
    change.next_due = *due;
  }
  if (restored_ids_ && !restored_ids_->add(customer_id)) {
    if (Status applied = store_->apply(change); !applied) return applied;
  } else {
    replayed_.add(change);
  }
  gathered_bytes_ += customer_id.size() + bytes.size();
  if (gathered_bytes_ < options_.replayed_at_once) return {};
  // A compacted changelog has only its last epoch's end: what lies between would be too much to
  // wait for. The store is then as the changelog was at this record, with the rest of an epoch
  // still to come.
  replayed_position_ = position;
  return store_replayed();
}

Status Shard::put_meta(std::string_view meta, int64_t position) {
  replayed_meta_ = meta;
  replayed_position_ = position;
  // On a finished store looking up many customers at once is cheaper.
  return restored_ids_ ? store_replayed() : Status();
}

Status Shard::store_replayed() {
  if (Status applied = apply_replayed(); !applied) return applied;
  gathered_bytes_ = 0;
  return store_->checkpoint(false);
}

Status Shard::apply_replayed() {
  if (replayed_.empty() && replayed_position_ < 0) return {};
  const auto changes = replayed_.in_order();
  std::vector<std::string_view> ids;
  ids.reserve(changes.size());
  for (const PendingChanges::Change* change : changes) ids.push_back(change->first);
  Status status = store_->get_many(ids, [&](size_t i, std::string_view before) -> Status {
    const auto& [id, customer] = *changes[i];
    StoredCustomer change{id, customer.bytes, customer.next_due};
    if (!before.empty()) {
      auto due = due_of(before);
      if (!due) return store_->damaged("the record of customer '" + std::string(id) + "'");
      change.earlier_due = *due;
    }
    return store_->apply(change);
  });
  replayed_.clear();
  if (!status || replayed_position_ < 0) return status;
  const std::string meta = replayed_meta_ ? std::move(*replayed_meta_) : store_->meta();
  replayed_meta_.reset();
  return store_->apply_meta(meta, std::exchange(replayed_position_, -1));
}

Result<std::unique_ptr<CustomerStore>> Shard::into_store(std::unique_ptr<Shard> shard) {
  if (Status applied = shard->apply_replayed(); !applied) return applied.error();
  return std::move(shard->store_);
}

Status Shard::open() {
  restored_ids_.reset();
  if (Status applied = apply_replayed(); !applied) return applied;
  if (Status ended = store_->end_restore(); !ended) return ended;
  std::string bytes = store_->meta();
  if (!bytes.empty()) {
    ShardMeta meta;
    if (!decode_meta(bytes, meta)) {
      return environment_error("the shard's stored state is of a later version of sapa", false);
    }
    if (options_.state_may_be_ahead) {
      next_offset_ = std::max(next_offset_, meta.next_offset);
    } else if (meta.next_offset > next_offset_) {
      return environment_error(
          "partition " + std::to_string(partition_) + ": the stored state is at input offset " +
              std::to_string(meta.next_offset) + ", but the consumer group stands at " +
              std::to_string(next_offset_) +
              "; the group's offsets were reset, or the state folder belongs to another group. "
              "Choose another group or remove the state folder and the changelog topic",
          false);
    }
    clock_.restore(meta.clock);
  }
  return load_timers();
}

/// Moves the horizon of the timer queue on. The queue then has every customer's earliest timer
/// before it: the store's index has those of customers who are as the store knows them, the others
/// are in memory.
Status Shard::load_timers() {
  // Reading takes some 10 ms, during which nothing fires. Where far more customers than that are
  // uncommitted, looking at all of them each time would cost more than the timers do.
  const size_t window = std::max(options_.timers_in_memory, table_->uncommitted_count());
  size_t loaded = 0;
  StoredTimer next{Timestamp::never(), {}};
  std::string next_customer;
  Status read = store_->timers_from(timers_.horizon(), [&](const StoredTimer& timer) {
    if (loaded++ < window) {
      timers_.load(timer);
      return true;
    }
    next_customer = timer.customer_id;
    next = {timer.due, next_customer};
    return false;
  });
  if (!read) return read;
  timers_.move_horizon(next, window);
  table_->for_each_uncommitted([this](HotCustomer& hot) { queue_timer(hot); });
  return {};
}

std::string Shard::encode_meta() const {
  return written([this](ByteWriter& out) {
    out.byte(kMetaVersion);
    out.zigzag(clock_.now().ms);
    out.varint(static_cast<uint64_t>(next_offset_));
  });
}

Status Shard::on_record(const InputItem& item, Timestamp wall, Epoch& epoch) {
  if (item.offset < next_offset_) return {};
  next_offset_ = item.offset + 1;
  writer_.set_epoch(epoch);
  event_arena_.reset();
  RawRecord record = item.record;
  bool wall_mode = options_.clock == ClockMode::kWall;
  // A producer's clock may run ahead, too: nothing is received later than now. The wall clock may
  // have been set back, but time that has passed has passed.
  if (wall_mode) record.received = std::min(record.received, std::max(wall, clock_.now()));
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  bool decoded = false;
  std::string failed = failure_of(
      [&] { decoded = decoder_.decode(record, wall_mode, event_arena_, event, notes, refusal); });
  if (!failed.empty()) refusal = {"internal_error", std::move(failed)};
  if (!decoded) {
    refuse(item, refusal, wall, epoch);
    return {};
  }
  counters_.clamped += notes.clamped_to_receive_time;
  return on_event(item, event, wall, epoch);
}

Status Shard::on_event(const InputItem& item, const Event& event, Timestamp wall, Epoch& epoch) {
  counters_.misrouted += item.record.key != event.customer_id();
  clock_.on_record(event.timestamp);
  if (Status fired = fire_timers(wall, epoch); !fired) return fired;
  writer_.set_epoch(epoch);
  auto found = table_->get(event.customer_id());
  if (!found) return found.error();
  HotCustomer& hot = **found;
  auto opened = table_->open(hot);
  if (!opened) return opened.error();
  Customer& customer = **opened;
  counters_.late += !customer.is_new() && event.timestamp.ms < customer.last_seen;
  bool wall_mode = options_.clock == ClockMode::kWall;
  std::optional<Timestamp> wall_time;
  if (wall_mode) wall_time = wall;
  auto outcome = Decider::Outcome::kProcessed;
  bool fits = true;
  writer_.begin();
  Refusal refusal{"internal_error", failure_of([&] {
                    outcome = decider_->on_event(customer, event, wall_mode ? wall : clock_.now(),
                                                 wall_time);
                    if (outcome == Decider::Outcome::kProcessed) {
                      fits = table_->save(hot, options_.max_customer_bytes);
                    }
                  })};
  if (!fits) {
    refusal = {"customer_too_large",
               "the customer's record would grow beyond " +
                   std::to_string(options_.max_customer_bytes) +
                   " bytes; fewer or shorter traits and properties, or a larger "
                   "--max-customer-bytes"};
  }
  if (!refusal.reason.empty()) {
    table_->discard();
    writer_.undo();
    refuse(item, refusal, wall, epoch);
    return {};
  }
  if (outcome == Decider::Outcome::kDuplicate) {
    counters_.duplicates += 1;
    return {};
  }
  counters_.processed += 1;
  queue_timer(hot);
  return {};
}

/// After the queue has kept only the soonest entries, all that is known of one is that none of the
/// customer's is later than it; after it was cut, nothing. Nor of those behind the horizon.
void Shard::check_queued(HotCustomer& hot) const {
  if (hot.queue_generation != timers_.generation()) {
    const bool cut = hot.queue_generation < timers_.cut_generation();
    hot.queue_generation = timers_.generation();
    hot.queued_before = cut ? Timestamp::never() : std::min(hot.queued_before, hot.queued_due);
    hot.queued_due = Timestamp::never();
  }
  if (!timers_.covers(hot.queued_due, hot.id())) hot.queued_due = Timestamp::never();
  if (!timers_.covers(hot.queued_before, hot.id())) hot.queued_before = Timestamp::never();
}

/// Of every customer's timers the queue must have one that is not later than next_due, unless that
/// lies behind the horizon and load_timers() will find it.
void Shard::queue_timer(HotCustomer& hot) {
  check_queued(hot);
  const Timestamp due = hot.next_due;
  if (due >= hot.queued_due || due >= hot.queued_before) return;
  // Whoever was changed gets into the store's index with the epoch. Who was not, but comes here
  // since an entry of the index was wrong, may stand there as under an earlier workspace.
  const bool index_gets_it = hot.dirty || (hot.changed_in_epoch > 0 && hot.stored_due == due);
  if (index_gets_it && !timers_.covers(due, hot.id())) return;
  hot.queued_due = due;
  timers_.push(due, hot.id(), /*only_here=*/!index_gets_it);
}

Status Shard::fire_timers(Timestamp wall, Epoch& epoch) {
  // One moment at a time, so that the order over customers is that of the due times, whatever
  // entries are stale.
  while (timers_.earliest() <= clock_.now()) {
    if (auto fired = fire_earliest(wall, epoch); !fired) return fired.error();
  }
  return {};
}

Result<std::string> Shard::fire_earliest(Timestamp wall, Epoch& epoch) {
  if (!timers_.has_soonest()) {
    if (Status loaded = load_timers(); !loaded) return loaded.error();
    return std::string();
  }
  writer_.set_epoch(epoch);
  std::optional<Timestamp> wall_time;
  if (options_.clock == ClockMode::kWall) wall_time = wall;
  Timestamp due = timers_.earliest();
  std::string id = timers_.pop();
  auto found = table_->find(id);
  if (!found) return found.error();
  if (*found == nullptr) return id;
  HotCustomer& hot = **found;
  check_queued(hot);
  hot.queued_before = Timestamp::never();
  if (hot.queued_due <= due) hot.queued_due = Timestamp::never();
  if (hot.next_due <= due) {
    if (Status fired = fire_customer(hot, due, wall_time); !fired) return fired.error();
    counters_.timers_fired += 1;
  }
  queue_timer(hot);
  return id;
}

/// A timer that fails is given up: it has no record that could be set aside, and must not hold up
/// the shard for ever. What its campaigns would have sent is a decision with the reason.
Status Shard::fire_customer(HotCustomer& hot, Timestamp due, std::optional<Timestamp> wall) {
  // What a timer adds is bounded; a customer who is too large is for the next event to refuse.
  constexpr size_t kAnySize = SIZE_MAX;
  auto attempt = [&](auto&& work) -> Result<std::string> {
    auto opened = table_->open(hot);
    if (!opened) return opened.error();
    writer_.begin();
    std::string failed = failure_of([&] {
      work(**opened);
      table_->save(hot, kAnySize);
    });
    if (failed.empty()) return failed;
    table_->discard();
    writer_.undo();
    return failed;
  };
  auto failed = attempt([&](Customer& customer) { decider_->fire_due(customer, due, wall); });
  if (!failed) return failed.error();
  if (failed->empty()) return {};
  failed = attempt([&](Customer& customer) { decider_->give_up_due(customer, due, *failed); });
  if (!failed) return failed.error();
  return {};
}

void Shard::refuse(const InputItem& item, const Refusal& refusal, Timestamp wall, Epoch& epoch) {
  counters_.dead_letters += 1;
  auto it = counters_.refusals.find(refusal.code);
  if (it == counters_.refusals.end()) {
    it = counters_.refusals.emplace(std::string(refusal.code), 0).first;
  }
  it->second += 1;
  Arena& arena = epoch.bytes;
  const RawRecord& raw = item.record;
  constexpr size_t kOwn = 6;
  Header* headers = arena.array<Header>(kOwn + raw.headers.size());
  headers[0] = {"sapa-reason", arena.copy(refusal.reason)};
  headers[1] = {"sapa-code", arena.copy(refusal.code)};
  headers[2] = {"sapa-topic", arena.copy(options_.input_name)};
  headers[3] = {"sapa-partition", number_text(arena, partition_)};
  headers[4] = {"sapa-offset", number_text(arena, item.offset)};
  headers[5] = {
      "sapa-time",
      arena.copy(format_rfc3339(options_.clock == ClockMode::kWall ? wall : raw.received))};
  for (size_t i = 0; i < raw.headers.size(); ++i) {
    headers[kOwn + i] = {arena.copy(raw.headers[i].name), arena.copy(raw.headers[i].value)};
  }
  OutputRecord record;
  record.stream = Stream::kDeadLetters;
  record.key = arena.copy(raw.key);
  record.value = arena.copy(raw.value);
  record.headers = {headers, kOwn + raw.headers.size()};
  current_.outputs.push_back(record);
}

void Shard::on_read_to(int64_t offset) { next_offset_ = std::max(next_offset_, offset); }

void Shard::on_end(int64_t end, Timestamp as_of) {
  if (options_.clock == ClockMode::kWall) clock_.on_end(end, next_offset_, as_of);
}

bool Shard::wants_end(Timestamp wall) const {
  return options_.clock == ClockMode::kWall && timers_.earliest() <= wall &&
         timers_.earliest() > clock_.now();
}

bool Shard::has_work() const {
  return next_offset_ != taken_offset_ || table_->dirty_count() > 0 || has_outputs();
}

bool Shard::take(Epoch& epoch) {
  if (!has_work()) return false;
  table_->take_changes(epoch, current_);
  counters_.changelog_records += current_.changes.size();
  for (const CustomerChange& change : current_.changes) {
    counters_.changelog_bytes += change.bytes.size();
  }
  current_.partition = partition_;
  current_.next_offset = taken_offset_ = next_offset_;
  current_.meta = epoch.bytes.copy(encode_meta());
  epoch.shards.push_back(std::move(current_));
  current_ = ShardEpoch{};
  current_.partition = partition_;
  return true;
}

Status Shard::committed(uint64_t epoch_number, const ShardEpoch& part) {
  for (const CustomerChange& change : part.changes) {
    Status applied =
        store_->apply({change.customer_id, change.bytes, change.next_due, change.earlier_due});
    if (!applied) return applied;
  }
  if (Status applied = store_->apply_meta(part.meta, part.changelog_position); !applied) {
    return applied;
  }
  if (Status written = store_->checkpoint(false); !written) return written;
  table_->committed(epoch_number);
  count_cache();
  return {};
}

void Shard::adopt(const Rules& rules) {
  if (rules.workspace != workspace_) {
    auto decider = std::make_unique<Decider>(rules.workspace, writer_);
    counters_.adopt(*rules.workspace);
    writer_.set_workspace(*rules.workspace);
    table_->adopt(rules.layout, *decider);
    decider_ = std::move(decider);
    layout_ = rules.layout;
    workspace_ = rules.workspace;
  }
  decider_->set_killed(*rules.killed);
}

Status Shard::checkpoint() { return store_->checkpoint(true); }

void Shard::count_cache() {
  counters_.cache_hits += table_->take_hits();
  counters_.cache_misses += table_->take_misses();
  counters_.evictions += table_->take_evictions();
}

Result<std::optional<std::string>> Shard::describe(std::string_view customer_id) {
  auto found = table_->find(customer_id);
  if (!found) return found.error();
  if (*found == nullptr) return std::optional<std::string>();
  auto customer = table_->open(**found);
  if (!customer) return customer.error();
  return std::optional(describe_customer(
      **customer, *workspace_, std::max(clock_.now(), Timestamp{(*customer)->last_seen})));
}

Telemetry::ShardState Shard::state() const {
  Telemetry::ShardState state;
  state.partition = partition_;
  state.clock_seconds = static_cast<double>(std::max<int64_t>(clock_.now().ms, 0)) / 1000;
  state.cached_customers = table_->size();
  state.cached_bytes = table_->bytes();
  state.pending_timers = timers_.size();
  state.store_pending_bytes = store_->pending_bytes();
  return state;
}

}  // namespace sapa
