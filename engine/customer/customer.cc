#include "engine/customer/customer.h"

namespace sapa {
namespace {

template <typename T>
size_t bytes_of(const std::vector<T>& list) {
  return list.capacity() * sizeof(T);
}

size_t bytes_of(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; }

}  // namespace

size_t Customer::memory_bytes() const {
  size_t bytes = sizeof(Customer) + bytes_of(id) + bytes_of(time_zone) + bytes_of(locale) +
                 bytes_of(traits) + bytes_of(metrics) + bytes_of(seen) + bytes_of(sent) +
                 bytes_of(suppressed) + bytes_of(patterns) + bytes_of(silences) +
                 bytes_of(segments) + bytes_of(reached);
  for (const MetricState& state : metrics) bytes += state.memory_bytes();
  for (const PatternInstance& pattern : patterns) {
    bytes += bytes_of(pattern.start_message_id) + bytes_of(pattern.captures);
    for (const std::string& capture : pattern.captures) bytes += bytes_of(capture);
  }
  return bytes;
}

}  // namespace sapa
