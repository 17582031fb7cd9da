#include "connectors/embedded/log_format.h"

#include "engine/customer/timer_key.h"

namespace sapa::embedded {
namespace {

void append_length(size_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

void append_text(std::string_view text, std::string& out) {
  append_length(text.size(), out);
  out.append(text);
}

bool take_number(std::string_view& bytes, uint64_t& number) {
  if (bytes.size() < 8) return false;
  number = read_big_endian(bytes);
  bytes.remove_prefix(8);
  return true;
}

bool take_time(std::string_view& bytes, Timestamp& time) {
  uint64_t number = 0;
  if (!take_number(bytes, number)) return false;
  time.ms = static_cast<int64_t>(number);
  return true;
}

bool take_length(std::string_view& bytes, uint32_t& length) {
  if (bytes.size() < 4) return false;
  length = 0;
  for (size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(4);
  return true;
}

bool take_text(std::string_view& bytes, std::string_view& text) {
  uint32_t length = 0;
  if (!take_length(bytes, length) || bytes.size() < length) return false;
  text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

}  // namespace

const char* stream_name(Stream stream) {
  switch (stream) {
    case Stream::kTriggers:
      return "triggers";
    case Stream::kDecisions:
      return "decisions";
    case Stream::kDeadLetters:
      return "dead_letters";
  }
  return "";
}

void append_partition(int32_t partition, std::string& out) {
  out.push_back(static_cast<char>(partition >> 8));
  out.push_back(static_cast<char>(partition));
}

std::string partition_end(int32_t partition) {
  std::string key;
  append_partition(partition + 1, key);
  return key;
}

std::string shard_key(int32_t partition) {
  std::string key = "shard/";
  append_partition(partition, key);
  return key;
}

std::string last_seq_key(Stream stream) { return std::string("last/") + stream_name(stream); }

std::string event_key(int32_t partition, int64_t offset) {
  std::string key;
  append_partition(partition, key);
  append_big_endian(static_cast<uint64_t>(offset), key);
  return key;
}

std::string number_key(uint64_t number) {
  std::string key;
  append_big_endian(number, key);
  return key;
}

void append_event(const StoredEvent& event, std::string& out) {
  append_big_endian(static_cast<uint64_t>(event.received.ms), out);
  append_text(event.key, out);
  out.append(event.value);
}

bool read_event(std::string_view bytes, StoredEvent& out) {
  if (!take_time(bytes, out.received) || !take_text(bytes, out.key)) return false;
  out.value = bytes;
  return true;
}

void append_output(const OutputRecord& record, Timestamp stored, std::string& out) {
  append_big_endian(static_cast<uint64_t>(record.time.ms), out);
  append_big_endian(static_cast<uint64_t>(stored.ms), out);
  append_text(record.key, out);
  append_length(record.headers.size(), out);
  for (const Header& header : record.headers) {
    append_text(header.name, out);
    append_text(header.value, out);
  }
  out.append(record.value);
}

bool read_output(std::string_view bytes, StoredOutput& out, std::vector<Header>* headers) {
  uint32_t count = 0;
  if (!take_time(bytes, out.time) || !take_time(bytes, out.stored) || !take_text(bytes, out.key) ||
      !take_length(bytes, count)) {
    return false;
  }
  for (uint32_t i = 0; i < count; ++i) {
    Header header;
    if (!take_text(bytes, header.name) || !take_text(bytes, header.value)) return false;
    if (headers) headers->push_back(header);
  }
  out.value = bytes;
  return true;
}

}  // namespace sapa::embedded
