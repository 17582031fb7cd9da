#include <map>

#include "tests/unit/event/data_files.h"
#include "tests/unit/event/decoding.h"

namespace sapa {
namespace {

const std::vector<Header> kStructured{{"content-type", "application/cloudevents+json"}};

/// The payload with a subject, as an event needs it.
std::string with_subject(const Value& payload, Arena& arena) {
  MapEntry* entries = arena.array<MapEntry>(payload.size + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < payload.size; ++i) {
    if (payload.entries[i].key.as_string() != "subject") entries[count++] = payload.entries[i];
  }
  entries[count++] = {Value::of_string("subject"), Value::of_string("customer-1")};
  return to_json(Value::of_map(entries, count));
}

TEST(CloudEventsSpecification, ExamplesAreReadOrRefusedForTheirData) {
  auto lines = read_lines(shared_data("cloudevents/spec_json_examples.jsonl"));
  ASSERT_EQ(lines.size(), 37u);
  std::map<std::string, int> outcomes;
  int events = 0;
  for (const std::string& line : lines) {
    JsonReader reader;
    Arena arena;
    auto example = reader.read(line, arena);
    ASSERT_TRUE(example.ok());
    Value payload = example->field("payload");
    if (payload.field("specversion").is_absent()) {
      EXPECT_EQ(Decoding(to_json(payload), kStructured).refusal.code, "invalid_cloudevent") << line;
      continue;
    }
    ++events;
    Decoding d(with_subject(payload, arena), kStructured);
    ++outcomes[d.ok ? "read" : std::string(d.refusal.code)];
    if (!d.ok) continue;
    EXPECT_EQ(d.event.name, payload.field("type").as_string());
    EXPECT_EQ(d.event.message_id, payload.field("id").as_string());
    EXPECT_EQ(d.event.user_id, "customer-1");
  }
  EXPECT_EQ(events, 19);
  std::map<std::string, int> expected{
      {"read", 13}, {"unknown_content_type", 4}, {"invalid_cloudevent", 2}};
  EXPECT_EQ(outcomes, expected);
}

struct Scenario {
  std::string payload;
  std::vector<std::pair<std::string, std::string>> headers;
};

std::string trimmed(const std::string& text) {
  size_t from = text.find_first_not_of(" \t"), to = text.find_last_not_of(" \t\r");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

/// "| a | b |" → {a, b}
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  for (size_t at = line.find('|'), next; (next = line.find('|', at + 1)) != std::string::npos;
       at = next) {
    out.push_back(trimmed(line.substr(at + 1, next - at - 1)));
  }
  return out;
}

/// The records of the feature file: a payload and its headers for each scenario and example.
std::vector<Scenario> kafka_feature() {
  std::vector<Scenario> scenarios;
  enum { kElsewhere, kPayload, kHeaders, kExamples } part = kElsewhere;
  bool in_text = false;
  Scenario outline;
  for (const std::string& line :
       read_lines(shared_data("cloudevents/conformance/features/kafka-protocol-binding.feature"))) {
    std::string text = trimmed(line);
    if (text.starts_with("Scenario")) outline = {};
    if (text.starts_with("Given a Kafka message")) part = kPayload;
    if (text.starts_with("And Kafka headers")) part = kHeaders;
    if (text.starts_with("When")) {
      part = kElsewhere;
      bool template_only = false;
      for (auto& header : outline.headers) template_only |= header.second.starts_with('<');
      if (!template_only) scenarios.push_back(outline);
    }
    if (text.starts_with("Examples")) part = kExamples;
    if (text == "\"\"\"") {
      in_text = !in_text;
    } else if (in_text && part == kPayload) {
      outline.payload += line + "\n";
    } else if (text.starts_with('|') && part == kHeaders && cells(text)[0] != "key") {
      outline.headers.emplace_back(cells(text)[0], cells(text)[1]);
    } else if (text.starts_with('|') && part == kExamples && cells(text)[0] != "contentType") {
      Scenario filled = outline;
      for (auto& header : filled.headers) header.second = cells(text)[0];
      scenarios.push_back(filled);
    }
  }
  return scenarios;
}

TEST(CloudEventsConformance, KafkaBindingsFeaturesAreUnderstood) {
  auto scenarios = kafka_feature();
  ASSERT_EQ(scenarios.size(), 3u);
  for (const Scenario& scenario : scenarios) {
    std::vector<Header> headers;
    for (const auto& [name, value] : scenario.headers) headers.push_back({name, value});
    EXPECT_EQ(Decoding(scenario.payload, headers).refusal.reason,
              "userId and anonymousId are both missing")
        << "the feature's event is about no customer";
    // The same event about a customer: in binary mode by a header, in structured mode by a field.
    std::string payload = scenario.payload;
    if (headers.size() > 1) {
      headers.push_back({"ce_subject", "customer-1"});
    } else {
      payload.insert(payload.find('{') + 1, "\"subject\":\"customer-1\",");
    }
    Decoding d(payload, headers);
    ASSERT_TRUE(d.ok) << d.refusal.reason;
    EXPECT_EQ(d.event.message_id, "1234-1234-1234");
    EXPECT_EQ(d.event.name, "com.example.someevent");
    EXPECT_EQ(format_rfc3339(d.event.timestamp), "2018-04-05T03:56:24.000Z");
    Value attributes = d.event.message.field("cloudevent");
    EXPECT_EQ(attributes.field("source").as_string(), "/mycontext/subcontext");
    EXPECT_EQ(attributes.field("specversion").as_string(), "1.0");
    EXPECT_EQ(attributes.field("datacontenttype").as_string(), "application/json");
    EXPECT_EQ(to_json(d.event.properties), R"({"message":"Hello World!"})");
  }
}

}  // namespace
}  // namespace sapa
