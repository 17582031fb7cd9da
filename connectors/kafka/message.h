// A librdkafka message as a record of ours, without copying.
#pragma once

#include <vector>

#include <librdkafka/rdkafka.h>

#include "engine/event/decoder.h"

namespace sapa::kafka {

inline std::string_view bytes_of(const void* data, size_t size) {
  return data ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

/// All but the headers.
inline RawRecord record_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type;
  RawRecord record;
  record.key = bytes_of(message.key, message.key_len);
  record.value = bytes_of(message.payload, message.len);
  record.received = {rd_kafka_message_timestamp(&message, &type)};
  return record;
}

/// Appends the message's headers; their bytes are the message's.
inline size_t append_headers(const rd_kafka_message_t& message, std::vector<Header>& out) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  const char* name;
  const void* value;
  size_t size;
  size_t count = 0;
  while (rd_kafka_header_get_all(headers, count, &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR) {
    out.push_back({name, bytes_of(value, size)});
    ++count;
  }
  return count;
}

}  // namespace sapa::kafka
