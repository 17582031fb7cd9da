// The changelog topic: one partition per shard, compacted. A key is one byte for the kind, then the
// id:
//   'c' customer-id    value: the customer's record as in customer/; no value: the customer is
//   forgotten 'm'                value: the shard's own small state; the last record of every epoch
#pragma once

#include <string_view>

#include <librdkafka/rdkafka.h>

#include "engine/ports/log.h"

namespace sapa::kafka {

inline constexpr char kCustomerKey = 'c';
inline constexpr std::string_view kMetaKey = "m";

/// A user error if the record is none of ours.
Status put_changelog_record(const rd_kafka_message_t& message, StateSink& sink);

}  // namespace sapa::kafka
