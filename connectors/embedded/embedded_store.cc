#include "connectors/embedded/embedded_store.h"

#include "engine/customer/timer_key.h"

namespace sapa::embedded {

EmbeddedStore::EmbeddedStore(std::shared_ptr<const LogDatabase> log, int32_t partition)
    : log_(std::move(log)), end_(partition_end(partition)) {
  append_partition(partition, prefix_);
}

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(std::shared_ptr<const LogDatabase> log,
                                                           int32_t partition) {
  if (partition < 0 || partition >= log->partitions()) {
    return internal_error("the embedded log has no partition " + std::to_string(partition));
  }
  auto committed = log->committed(partition);
  if (!committed.ok()) return committed.error();
  std::unique_ptr<EmbeddedStore> store(new EmbeddedStore(std::move(log), partition));
  store->meta_ = std::move(committed->meta);
  store->position_ = committed->next_offset;
  return store;
}

Result<bool> EmbeddedStore::get(std::string_view customer_id, std::string& bytes) {
  key_.assign(prefix_).append(customer_id);
  rocksdb::PinnableSlice value(&bytes);
  auto status = log_->db().Get({}, log_->customers(), key_, &value);
  if (status.IsNotFound()) return bytes.clear(), false;
  if (!status.ok()) return log_->error(status, "reading a customer");
  if (value.IsPinned()) bytes.assign(value.data(), value.size());
  return true;
}

Status EmbeddedStore::apply_meta(std::string_view meta, int64_t changelog_position) {
  meta_.assign(meta);
  position_ = changelog_position;
  return {};
}

Status EmbeddedStore::timers_from(const StoredTimer& from,
                                  const std::function<bool(const StoredTimer&)>& found) {
  rocksdb::Slice upper(end_);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at(log_->db().NewIterator(options, log_->timers()));
  key_.assign(prefix_);
  append_timer_key(from.due, from.customer_id, key_);
  bool more = true;
  for (at->Seek(key_); more && at->Valid(); at->Next()) {
    StoredTimer timer;
    if (!read_timer_key(as_view(at->key()).substr(kPartitionBytes), timer.due, timer.customer_id)) {
      return log_->error(rocksdb::Status::Corruption("a timer's key is too short"),
                         "reading timers");
    }
    more = found(timer);
  }
  if (!at->status().ok()) return log_->error(at->status(), "reading timers");
  return {};
}

Status EmbeddedStore::scan(const std::function<void(std::string_view, std::string_view)>& found) {
  rocksdb::Slice upper(end_);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> at(log_->db().NewIterator(options, log_->customers()));
  for (at->Seek(prefix_); at->Valid(); at->Next()) {
    found(as_view(at->key()).substr(kPartitionBytes), as_view(at->value()));
  }
  if (!at->status().ok()) return log_->error(at->status(), "reading customers");
  return {};
}

}  // namespace sapa::embedded
