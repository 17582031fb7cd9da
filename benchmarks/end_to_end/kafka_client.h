// A librdkafka client for the end-to-end programs, which end by an exception where they can't go
// on.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace sapa::bench {

using Conf = std::vector<std::pair<std::string, std::string>>;

inline rd_kafka_t* make_client(rd_kafka_type_t type, const Conf& settings) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(reason);
    }
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, reason, sizeof reason);
  if (client == nullptr) throw std::runtime_error(reason);
  return client;
}

}  // namespace sapa::bench
