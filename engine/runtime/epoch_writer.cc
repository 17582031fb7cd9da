#include "engine/runtime/epoch_writer.h"

#include <span>

#include "engine/base/utf8.h"
#include "engine/decision/decision_encoder.h"

namespace sapa {
namespace {

/// Headers that never change live in the program, not in the epoch.
std::span<const Header> content_type_header(std::string_view type) {
  static const Header kJson{"content-type", content_type(WireFormat::kJson)};
  static const Header kProtobuf{"content-type", content_type(WireFormat::kProtobuf)};
  static const Header kCloudJson{"content-type", cloudevent_content_type(WireFormat::kJson)};
  static const Header kCloudProtobuf{"content-type",
                                     cloudevent_content_type(WireFormat::kProtobuf)};
  for (const Header* header : {&kJson, &kProtobuf, &kCloudJson, &kCloudProtobuf}) {
    if (header->value == type) return {header, 1};
  }
  return {};
}

/// An error's text may quote what an event holds, which may be long.
constexpr size_t kMostDetailBytes = 1024;

}  // namespace

void EpochWriter::put(Stream stream, std::string_view key) {
  OutputRecord record;
  record.stream = stream;
  record.key = epoch_->bytes.copy(key);
  record.value = epoch_->bytes.copy(scratch_);
  counters_.output_bytes += record.value.size();
  // Plain JSON is what readers expect where nothing else is said, so it needs no header.
  bool cloud = options_.cloudevents && stream == Stream::kTriggers;
  if (cloud) {
    record.headers = content_type_header(cloudevent_content_type(options_.format));
  } else if (options_.format != WireFormat::kJson) {
    record.headers = content_type_header(content_type(options_.format));
  }
  into_.outputs.push_back(record);
}

void EpochWriter::begin() {
  outputs_at_begin_ = into_.outputs.size();
  bytes_at_begin_ = counters_.output_bytes;
  decided_.clear();
  triggered_.clear();
}

void EpochWriter::undo() {
  into_.outputs.resize(outputs_at_begin_);
  counters_.output_bytes = bytes_at_begin_;
  for (auto [campaign, reason] : decided_) {
    counters_.decisions[campaign][static_cast<size_t>(reason)] -= 1;
  }
  for (uint32_t campaign : triggered_) counters_.triggers[campaign] -= 1;
  counters_.triggers_ever -= triggered_.size();
  decided_.clear();
  triggered_.clear();
}

void EpochWriter::on_trigger(const Campaign& campaign, const Trigger& trigger) {
  triggered_.push_back(campaign.index);
  counters_.triggers[campaign.index] += 1;
  counters_.triggers_ever += 1;
  if (options_.observer != nullptr) options_.observer->on_trigger(campaign, trigger);
  if (!options_.triggers) return;
  scratch_.clear();
  if (options_.cloudevents) {
    append_trigger_cloudevent(trigger, options_.format, scratch_);
  } else {
    append_trigger(trigger, options_.format, scratch_);
  }
  put(Stream::kTriggers, trigger.user_id.empty() ? trigger.anonymous_id : trigger.user_id);
}

void EpochWriter::on_decision(const Campaign& campaign, const Decision& decision) {
  decided_.emplace_back(campaign.index, decision.reason);
  counters_.count_decision(campaign.index, decision.reason);
  if (options_.observer != nullptr) options_.observer->on_decision(campaign, decision);
  if (!options_.decisions) return;
  scratch_.clear();
  Decision bounded = decision;
  bounded.detail = utf8_prefix(decision.detail, kMostDetailBytes);
  if (options_.format == WireFormat::kJson) {
    append_decision_json(bounded, scratch_);
  } else {
    append_decision_protobuf(bounded, scratch_);
  }
  put(Stream::kDecisions, decision.customer_id);
}

void EpochWriter::on_metric_error(const Metric& metric, std::string_view why) {
  if (options_.observer != nullptr) options_.observer->on_metric_error(metric, why);
  counters_.metric_errors[static_cast<size_t>(&metric - workspace_->metrics.data())] += 1;
}

}  // namespace sapa
