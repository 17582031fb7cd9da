// What our encoders need on top of protobuf's own: texts with their bad bytes replaced (a `string`
// field may hold only UTF-8), times, and bytes that are the same for equal messages, maps included.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>
#include <google/protobuf/timestamp.pb.h>

#include "engine/base/time.h"
#include "engine/base/utf8.h"

namespace sapa {

inline void set_text(std::string_view text, std::string* field) {
  field->clear();
  while (!text.empty()) {
    size_t valid = 0;
    while (size_t length = utf8_sequence_length(text.substr(valid))) valid += length;
    field->append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    field->append("\xEF\xBF\xBD");
    text.remove_prefix(1);
  }
}

inline void set_time(Timestamp time, google::protobuf::Timestamp* field) {
  int64_t seconds = time.ms / 1000, rest = time.ms % 1000;
  if (rest < 0) rest += 1000, seconds -= 1;
  field->set_seconds(seconds);
  field->set_nanos(static_cast<int32_t>(rest * 1'000'000));
}

inline void append_message(const google::protobuf::MessageLite& message, std::string& out) {
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
}

}  // namespace sapa
