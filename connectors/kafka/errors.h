// librdkafka's errors as ours: what happened in plain English, whose fault it is, whether trying
// again can help, and what to do about it.
#pragma once

#include <optional>
#include <string>

#include <librdkafka/rdkafka.h>

#include "engine/base/result.h"

namespace sapa::kafka {

/// "<doing>: <what librdkafka says>", with the remedy where there is one.
Error error_from(rd_kafka_resp_err_t code, const std::string& doing, const char* detail = nullptr);

/// Takes the error object over.
Error error_from(rd_kafka_error_t* error, const std::string& doing);

/// Of a delivery report; nothing if the record lies in its topic.
///
/// Success without an offset is a failure here: librdkafka takes a request's records for written
/// when a later request of the same partition has succeeded, since a broker refuses what leaves a
/// gap. But one that has not seen the producer before takes any beginning. So when the first
/// request fails (its leader is a moment old) and the second doesn't, the first one's records are
/// gone for good, and reported as delivered, with no offset.
std::optional<Error> delivery_error(const rd_kafka_message_t& report);

/// Errors that go away by themselves when a broker comes back or a coordinator has loaded.
bool passes(rd_kafka_resp_err_t code);

/// Another client has taken our place or our transactional id; see FencingMemory.
bool is_fencing(rd_kafka_resp_err_t code);

/// Also of a topic that was made a moment ago, of which a broker has yet to hear.
bool topic_is_missing(rd_kafka_resp_err_t code);

/// Errors that only people can put right: permissions, credentials, topics that are missing.
bool needs_people(rd_kafka_resp_err_t code);

}  // namespace sapa::kafka
