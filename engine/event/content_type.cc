#include "engine/event/content_type.h"

#include <algorithm>

namespace sapa {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string_view trimmed(std::string_view text) {
  auto skip = [](char c) { return c == ' ' || c == '\t' || c == '"'; };
  while (!text.empty() && skip(text.front())) text.remove_prefix(1);
  while (!text.empty() && skip(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

ContentKind content_kind(std::string_view content_type) {
  std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  if (type.empty()) return ContentKind::kJson;
  if (starts_with(type, "application/cloudevents-batch")) return ContentKind::kCloudEventBatch;
  if (equals_ignoring_case(type, "application/cloudevents+json") ||
      equals_ignoring_case(type, "application/cloudevents")) {
    return ContentKind::kCloudEventJson;
  }
  if (equals_ignoring_case(type, "application/cloudevents+protobuf")) {
    return ContentKind::kCloudEventProtobuf;
  }
  if (starts_with(type, "application/cloudevents")) return ContentKind::kUnknown;
  if (ends_with(type, "/json") || ends_with(type, "+json")) return ContentKind::kJson;
  if (equals_ignoring_case(type, "application/protobuf") ||
      equals_ignoring_case(type, "application/x-protobuf") ||
      equals_ignoring_case(type, "application/vnd.google.protobuf")) {
    return ContentKind::kProtobuf;
  }
  return ContentKind::kUnknown;
}

}  // namespace sapa
