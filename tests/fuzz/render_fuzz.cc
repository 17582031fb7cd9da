// Arbitrary text as a campaign's title and body, against the promises of templates: a text that the
// loader takes is filled or fails with a reason, for a full event and for an empty one; what is
// literal comes out as it is; it neither crashes nor hangs, and its size is bounded.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/event/decoder.h"
#include "engine/message/render.h"
#include "engine/workspace/loader.h"

namespace {

using namespace sapa;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

constexpr const char* kEvents[] = {
    R"({"type":"track","event":"Viewed","userId":"u","messageId":"m","timestamp":"2026-03-02T00:00:00Z",
        "properties":{"name":"Grüße","price":2.5,"count":3,"tags":["a",1],"map":{"k":null}}})",
    R"({"type":"track","event":"Viewed","userId":"u","messageId":"m","timestamp":"2026-03-02T00:00:00Z"})",
};

void render(const Workspace& workspace, const char* json, std::string_view template_text) {
  Arena event_arena, arena;
  Decoder decoder;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  require(decoder.decode({{}, json, {}, Timestamp{1'772'409'600'000}}, false, event_arena, event,
                         notes, refusal),
          "the event is fine");
  Customer customer;
  customer.id = "u";
  customer.metrics.resize(workspace.metrics.size());
  Evaluation evaluation(workspace, arena);
  EventView view = EventView::of(event);
  evaluation.begin(customer, &view, event.timestamp);
  Renderer renderer;
  Content content;
  std::string_view why;
  if (!renderer.render(workspace.campaigns[0], "en", evaluation, arena, content, why)) {
    require(!why.empty(), "a failure has a reason");
    return;
  }
  if (template_text.find("{{") == std::string_view::npos) {
    require(content.title == template_text, "literal text comes out as it is");
  }
  require(content.title == content.body, "the same template gives the same text");
  require(arena.bytes_used() < (80 << 20), "its size is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size == 0 || size > 8192) return 0;
  std::string quoted;
  append_json_string(text, quoted);
  std::string yaml = "metrics: {views: {count: Viewed, by: event.properties.name}}\n---\n";
  yaml += "campaign: c\nchannel: push\nwhen: {event: Viewed}\nmessage:\n  title: " + quoted +
          "\n  body: " + quoted + "\n";
  LoadedWorkspace loaded = load_workspace_texts({{"fuzz.yaml", yaml}});
  if (loaded.workspace == nullptr) return 0;
  // YAML and JSON agree on quoted text but for a few control characters.
  bool plain = true;
  for (char c : text) plain &= c >= 0x20 && c < 0x7F;
  for (const char* event : kEvents) {
    render(*loaded.workspace, event, plain ? text : std::string_view("{{"));
  }
  return 0;
}
