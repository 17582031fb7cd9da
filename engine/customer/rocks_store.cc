#include "engine/customer/rocks_store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include <rocksdb/db.h>

#include "engine/customer/pending_changes.h"
#include "engine/customer/rocks_options.h"
#include "engine/customer/store_batch.h"
#include "engine/customer/table_writer.h"
#include "engine/customer/timer_key.h"

namespace sapa {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

bool older_than(SteadyClock::time_point since, Duration age) {
  return SteadyClock::now() - since >= std::chrono::milliseconds(age.ms);
}

}  // namespace

struct RocksStore::State {
  std::shared_ptr<RocksResources> resources;
  std::string folder;
  RocksStoreSettings settings;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;

  /// What is gathered, and what `writer` is writing; the two take turns.
  PendingChanges changes[2];
  PendingChanges* pending = &changes[0];
  PendingChanges* writing = &changes[1];
  std::optional<RocksResources::Share> share;  ///< none when read-only
  std::unique_ptr<TableWriter> writer;         ///< null when read-only
  bool restoring = false;
  int batches = 0;        ///< since it was opened
  int64_t position = -1;  ///< with what is pending
  std::string meta;
  bool meta_pending = false;
  Status last_write;  ///< once one has failed, nothing later may be on the disk
  SteadyClock::time_point gathering_since = SteadyClock::now();
  bool read_only = false;

  ~State() {
    writer.reset();
    for (auto* family : families) db->DestroyColumnFamilyHandle(family);
  }

  rocksdb::ColumnFamilyHandle* customers() const {
    return families[static_cast<size_t>(Family::kCustomers)];
  }
  rocksdb::ColumnFamilyHandle* timers() const {
    return families[static_cast<size_t>(Family::kTimers)];
  }
  rocksdb::ColumnFamilyHandle* small() const {
    return families[static_cast<size_t>(Family::kMeta)];
  }

  Error error(const rocksdb::Status& status, const std::string& doing) const {
    Error made = rocks_error(status, doing, folder, /*rebuildable=*/true);
    if (is_damage(status)) mark_damaged(made.message);
    return made;
  }
  void mark_damaged(const std::string& what) const {
    if (!read_only) std::ofstream(folder + "/" + kDamagedFile) << what << "\n";
  }

  Status open(bool read_only);
  Status read_meta();
  Result<std::optional<std::string>> read_small(const char* key);
  /// The newest unwritten change of a customer; null if there is none.
  const PendingCustomer* unwritten(std::string_view customer_id) const {
    const PendingCustomer* found = pending->find(customer_id);
    return found != nullptr ? found : writing->find(customer_id);
  }
  void note_change() {
    if (pending->empty() && !meta_pending) gathering_since = SteadyClock::now();
  }
  Status begin_to_write();
  Status finish_writing();
  Status end_restore();
};

Status RocksStore::State::open(bool only_read) {
  read_only = only_read;
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted = {
      {rocksdb::kDefaultColumnFamilyName, resources->few_keys()},
      {"customers", resources->point_reads()},
      {"timers", resources->ordered_queue()},
      {"meta", resources->few_keys()}};
  rocksdb::DB* opened = nullptr;
  rocksdb::DBOptions options = resources->cache_database();
  rocksdb::Status status;
  if (read_only) {
    options.create_if_missing = options.create_missing_column_families = false;
    status = rocksdb::DB::OpenForReadOnly(options, folder, wanted, &families, &opened);
  } else {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
      return environment_error("cannot create the state folder " + folder + ": " + failed.message(),
                               false);
    }
    status = rocksdb::DB::Open(options, folder, wanted, &families, &opened);
  }
  if (!status.ok()) return error(status, "opening the store");
  db.reset(opened);
  if (Status read = read_meta(); !read || read_only) return read;
  auto unfinished = read_small("restoring");
  if (!unfinished.ok()) return unfinished.error();
  restoring = position < 0 || *unfinished;
  share.emplace(*resources, restoring);
  writer = std::make_unique<TableWriter>(*db, families, folder, settings.write_beside);
  // Each merging reads and writes much of what is there.
  if (restoring) writer->set_compaction(false);
  return {};
}

Result<std::optional<std::string>> RocksStore::State::read_small(const char* key) {
  std::string value;
  auto status = db->Get({}, small(), key, &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return error(status, "reading the store's own state");
  return std::optional<std::string>(std::move(value));
}

Status RocksStore::State::read_meta() {
  auto format = read_small("format");
  if (!format.ok()) return format.error();
  auto stored_position = read_small("position");
  if (!stored_position.ok()) return stored_position.error();
  auto stored_meta = read_small("meta");
  if (!stored_meta.ok()) return stored_meta.error();
  if (!*format) {
    // Nothing was ever written: format and data go in with the first checkpoint.
    std::unique_ptr<rocksdb::Iterator> any(db->NewIterator({}, customers()));
    any->SeekToFirst();
    if (!any->Valid() && any->status().ok() && !*stored_position) return {};
  }
  if (!*format || **format != kStoreFormat) {
    return error(rocksdb::Status::NotSupported("the store has format " +
                                               (*format ? "\"" + **format + "\"" : "none") +
                                               ", and this version reads format " + kStoreFormat),
                 "opening the store");
  }
  if (*stored_position) {
    if ((*stored_position)->size() != 8) {
      return error(rocksdb::Status::Corruption("the changelog position has the wrong length"),
                   "opening the store");
    }
    if (auto status = check_position(**stored_position, *db, families); !status.ok()) {
      return error(status, "opening the store");
    }
    position = static_cast<int64_t>(read_big_endian(**stored_position));
  }
  if (*stored_meta) meta = std::move(**stored_meta);
  return {};
}

RocksStore::RocksStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RocksStore::~RocksStore() {
  auto closed = std::move(state_->settings.closed);
  state_.reset();
  if (closed) closed();
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(std::shared_ptr<RocksResources> resources,
                                                     const std::string& folder,
                                                     const RocksStoreSettings& settings) {
  auto state = std::make_unique<State>();
  state->resources = std::move(resources);
  state->folder = folder;
  state->settings = settings;
  if (auto opened = state->open(false); !opened.ok()) return opened.error();
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(state)));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open_read_only(
    std::shared_ptr<RocksResources> resources, const std::string& folder) {
  auto state = std::make_unique<State>();
  state->resources = std::move(resources);
  state->folder = folder;
  if (auto opened = state->open(true); !opened.ok()) return opened.error();
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(state)));
}

Result<bool> RocksStore::get(std::string_view customer_id, std::string& bytes) {
  if (const PendingCustomer* unwritten = state_->unwritten(customer_id)) {
    bytes = unwritten->bytes;
    return !bytes.empty();
  }
  rocksdb::PinnableSlice value(&bytes);
  auto status = state_->db->Get({}, state_->customers(), slice(customer_id), &value);
  if (status.IsNotFound()) return bytes.clear(), false;
  if (!status.ok()) return state_->error(status, "reading a customer");
  if (value.IsPinned()) bytes.assign(value.data(), value.size());
  return true;
}

// RocksDB reads a block once for all of a batch's keys that lie in it.
Status RocksStore::get_many(std::span<const std::string_view> ids,
                            const std::function<Status(size_t, std::string_view)>& found) {
  constexpr size_t kBatch = 64;
  std::array<rocksdb::Slice, kBatch> keys;
  std::array<rocksdb::PinnableSlice, kBatch> values;
  std::array<rocksdb::Status, kBatch> outcomes;
  for (size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const auto batch = ids.subspan(begin, std::min(kBatch, ids.size() - begin));
    size_t written = 0;
    for (std::string_view id : batch) {
      if (!state_->unwritten(id)) keys[written++] = slice(id);
    }
    state_->db->MultiGet({}, state_->customers(), written, keys.data(), values.data(),
                         outcomes.data(), /*sorted_input=*/true);
    for (size_t i = 0, at = 0; i < batch.size(); ++i) {
      std::string_view bytes;
      if (at < written && view(keys[at]) == batch[i]) {
        const rocksdb::Status& outcome = outcomes[at];
        if (!outcome.ok() && !outcome.IsNotFound()) {
          return state_->error(outcome, "reading customers");
        }
        if (outcome.ok()) bytes = view(values[at]);
        ++at;
      } else {
        bytes = state_->unwritten(batch[i])->bytes;
      }
      if (Status status = found(begin + i, bytes); !status) return status;
    }
    for (size_t at = 0; at < written; ++at) values[at].Reset();
  }
  return {};
}

Error RocksStore::damaged(const std::string& what) {
  return state_->error(rocksdb::Status::Corruption(what), "reading a customer");
}

Status RocksStore::apply(const StoredCustomer& change) {
  state_->note_change();
  state_->pending->add(change);
  return {};
}

Status RocksStore::apply_meta(std::string_view meta, int64_t changelog_position) {
  state_->note_change();
  state_->meta.assign(meta);
  state_->position = changelog_position;
  state_->meta_pending = true;
  return {};
}

Status RocksStore::State::begin_to_write() {
  if (Status finished = finish_writing(); !finished) return finished;
  meta_pending = false;
  std::swap(pending, writing);
  if (restoring && ++batches == RocksResources::kFilesOfARestore) writer->set_compaction(true);
  writer->start({*writing, position, meta, restoring});
  return {};
}

Status RocksStore::State::finish_writing() {
  if (!writer || !last_write) return last_write;
  if (auto status = writer->wait(); !status.ok()) {
    return last_write = error(status, "writing a checkpoint");
  }
  writing->clear();
  return {};
}

Status RocksStore::State::end_restore() {
  if (!restoring) return {};
  restoring = false;
  Status written = position >= 0 ? begin_to_write() : Status();
  if (written) written = finish_writing();
  share.emplace(*resources, /*restoring=*/false);
  writer->set_compaction(true);
  return written;
}

Status RocksStore::checkpoint(bool force) {
  State& s = *state_;
  // A changelog without transactions may begin with a part of an epoch. On the disk it would pass
  // for nothing, and its timers be put in once more, beside the old ones.
  if (s.position < 0) return {};
  const bool old = older_than(s.gathering_since, s.settings.checkpoint_every);
  if (s.restoring && !force && !old) {
    const size_t enough =
        std::clamp(s.share->bytes(), s.settings.checkpoint_bytes, 8 * s.settings.checkpoint_bytes);
    return s.pending->bytes() < enough ? Status() : s.begin_to_write();
  }
  if (Status ended = s.end_restore(); !ended) return ended;
  if (!s.pending->empty() || s.meta_pending) {
    const bool due =
        force || old ||
        s.pending->bytes() >= std::min(s.settings.checkpoint_bytes, s.share->bytes()) ||
        s.pending->changes() >= std::min(s.settings.checkpoint_after_changes,
                                         s.share->of(s.settings.all_checkpoint_after_changes));
    if (!due) return {};
    if (Status begun = s.begin_to_write(); !begun) return begun;
  }
  return force ? s.finish_writing() : Status();
}

bool RocksStore::restoring() const { return state_->restoring; }
Status RocksStore::end_restore() { return state_->end_restore(); }
int64_t RocksStore::changelog_position() const { return state_->position; }
std::string RocksStore::meta() const { return state_->meta; }
size_t RocksStore::pending_bytes() const {
  return state_->changes[0].bytes() + state_->changes[1].bytes();
}

Status RocksStore::timers_from(const StoredTimer& from,
                               const std::function<bool(const StoredTimer&)>& found) {
  State& s = *state_;
  if (Status finished = s.finish_writing(); !finished) return finished;
  std::vector<StoredTimer> unwritten = s.pending->timers_from(from);
  bool more = true;
  const auto tell_unwritten_until = [&](const StoredTimer& limit) {
    while (more && !unwritten.empty() && unwritten.front() < limit) {
      std::pop_heap(unwritten.begin(), unwritten.end(), std::greater<>());
      more = found(unwritten.back());
      unwritten.pop_back();
    }
  };
  std::string first;  // behind kFirstKey
  append_timer_key(from.due, from.customer_id, first);
  std::unique_ptr<rocksdb::Iterator> at(s.db->NewIterator({}, s.timers()));
  for (at->Seek(first); more && at->Valid() && view(at->key()) != kLastKey; at->Next()) {
    StoredTimer timer;
    if (!read_timer_key(view(at->key()), timer.due, timer.customer_id)) {
      return s.error(rocksdb::Status::Corruption("a timer's key is too short"), "reading timers");
    }
    if (s.pending->find(timer.customer_id)) continue;
    tell_unwritten_until(timer);
    more = more && found(timer);
  }
  if (!at->status().ok()) return s.error(at->status(), "reading timers");
  tell_unwritten_until({Timestamp::never(), {}});
  return {};
}

Status RocksStore::scan(const std::function<void(std::string_view, std::string_view)>& found) {
  State& s = *state_;
  if (Status finished = s.finish_writing(); !finished) return finished;
  for (const auto& [id, customer] : s.pending->customers()) {
    if (!customer.bytes.empty()) found(id, customer.bytes);
  }
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> at(state_->db->NewIterator(options, state_->customers()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::string_view id = view(at->key());
    if (id == kFirstKey || id == kLastKey || s.pending->find(id)) continue;
    found(id, view(at->value()));
  }
  if (!at->status().ok()) return state_->error(at->status(), "reading customers");
  return {};
}

StoreFigures RocksStore::figures() const {
  auto sum = [this](const std::string& property) {
    uint64_t total = 0, one = 0;
    for (auto* family : state_->families) {
      if (state_->db->GetIntProperty(family, property, &one)) total += one;
    }
    return total;
  };
  StoreFigures figures;
  figures.pending_bytes = pending_bytes();
  figures.sst_bytes = sum(rocksdb::DB::Properties::kTotalSstFilesSize);
  figures.table_reader_bytes = sum(rocksdb::DB::Properties::kEstimateTableReadersMem);
  state_->db->GetIntProperty(state_->customers(), rocksdb::DB::Properties::kEstimateNumKeys,
                             &figures.estimated_customers);
  figures.estimated_customers -= std::min<uint64_t>(figures.estimated_customers, 2);  // the ends
  return figures;
}

}  // namespace sapa
