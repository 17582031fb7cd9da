// What does one event cost between the log's bytes and the checked event, its tree of values
// included, and one trigger on the way out? The events are those of the reference workload.
// Expected: Segment JSON of 400 bytes below 0.5 µs, the other forms within five times that, a
// trigger as JSON below 0.5 µs; nothing allocated per event once warm.
#include <string>

#include <benchmark/benchmark.h>
#include <google/protobuf/util/json_util.h>

#include "engine/event/decoder.h"
#include "engine/message/trigger_encoder.h"
#include "sapa/v1/event.pb.h"

namespace sapa {
namespace {

const std::string kProductViewed =
    R"({"type":"track","event":"Product Viewed","messageId":"e00000000017","userId":"c0000123",)"
    R"("timestamp":"2026-03-01T02:13:05.120Z","properties":{"product_id":"p01234","category":)"
    R"("kitchen","brand":"Krisbow","name":"Krisbow Rice Cooker 1.8 L","price":349000,"currency":)"
    R"("IDR"},"context":{"app":{"name":"shop","version":"5.2.1"},"device":{"type":"android"},)"
    R"("locale":"id-ID","timezone":"Asia/Jakarta","city":"Jakarta"}})";

void decode_repeatedly(benchmark::State& state, const std::string& value,
                       std::span<const Header> headers) {
  Decoder decoder;
  Arena arena;
  Event event;
  DecodeNotes notes;
  Refusal refusal;
  RawRecord record{"c0000123", value, headers, Timestamp{1772331185120}};
  for (auto _ : state) {
    arena.reset();
    if (!decoder.decode(record, true, arena, event, notes, refusal)) {
      state.SkipWithError(refusal.reason.c_str());
      break;
    }
    benchmark::DoNotOptimize(event);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(value.size()));
}

void BM_DecodeSegmentJson(benchmark::State& state) { decode_repeatedly(state, kProductViewed, {}); }
BENCHMARK(BM_DecodeSegmentJson);

void BM_DecodeProtobuf(benchmark::State& state) {
  v1::Event event;
  if (!google::protobuf::util::JsonStringToMessage(kProductViewed, &event).ok()) {
    return state.SkipWithError("the example does not fit event.proto");
  }
  Header headers[] = {{"content-type", "application/protobuf"}};
  decode_repeatedly(state, event.SerializeAsString(), headers);
}
BENCHMARK(BM_DecodeProtobuf);

void BM_DecodeStructuredCloudEvent(benchmark::State& state) {
  Header headers[] = {{"content-type", "application/cloudevents+json"}};
  decode_repeatedly(
      state,
      R"({"specversion":"1.0","id":"1","source":"/app","type":"Product Viewed","data":)" +
          kProductViewed + "}",
      headers);
}
BENCHMARK(BM_DecodeStructuredCloudEvent);

void BM_EncodeTriggerJson(benchmark::State& state) {
  DataEntry data[] = {{"category", "kitchen"}, {"productId", "p01234"}};
  Trigger trigger;
  trigger.trigger_id = "0f0e0d0c0b0a09080706050403020100";
  trigger.campaign = "category-interest";
  trigger.campaign_version = "9f3c2a11";
  trigger.user_id = "c0000123";
  trigger.time = Timestamp{1772331185120};
  trigger.expires_at = Timestamp{1772331485120};
  trigger.priority = 50;
  trigger.source_message_id = "e00000000017";
  trigger.content.title = "Masih cari kitchen?";
  trigger.content.body = "Kak, Krisbow Rice Cooker 1.8 L lagi diskon.";
  trigger.content.link = "shop://category/kitchen";
  trigger.content.data = data;
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_trigger_json(trigger, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_EncodeTriggerJson);

}  // namespace
}  // namespace sapa
