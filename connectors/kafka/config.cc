#include "connectors/kafka/config.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <librdkafka/rdkafka.h>

namespace sapa::kafka {
namespace {

// Changing one of these would silently break exactly-once, the clock or the hand-over of shards.
constexpr std::array<std::string_view, 14> kReserved = {
    "bootstrap.servers",          "metadata.broker.list",    "group.id",
    "group.instance.id",          "transactional.id",        "enable.auto.commit",
    "auto.commit.enable",         "enable.partition.eof",    "enable.auto.offset.store",
    "enable.idempotence",         "isolation.level",         "partition.assignment.strategy",
    "delivery.report.only.error", "allow.auto.create.topics"};

constexpr std::array<std::pair<std::string_view, ClientKind>, 3> kPrefixes = {{
    {"consumer.", ClientKind::kConsumer},
    {"producer.", ClientKind::kProducer},
    {"admin.", ClientKind::kAdmin},
}};

struct Split {
  bool prefixed = false;
  ClientKind kind = ClientKind::kConsumer;
  std::string_view name;
};

Split split(std::string_view option) {
  for (const auto& [prefix, kind] : kPrefixes) {
    if (option.starts_with(prefix)) return {true, kind, option.substr(prefix.size())};
  }
  return {false, ClientKind::kConsumer, option};
}

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

Status check_option(rd_kafka_conf_t* conf, const std::string& option, const std::string& value) {
  const std::string name(split(option).name);
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    return user_error("the Kafka option \"" + option +
                      "\" cannot be passed through: Sapa sets it itself; see the engine's own "
                      "options for servers, group, instance and delivery");
  }
  char reason[512];
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason)) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return user_error("the Kafka option \"" + option + "\" is not known to librdkafka " +
                        rd_kafka_version_str());
    default:
      return user_error("the Kafka option \"" + option + "\": " + reason);
  }
}

}  // namespace

void Topics::fill_defaults(const std::string& group) {
  if (decisions.empty()) decisions = group + "-decisions";
  if (dead_letters.empty()) dead_letters = input + "-dead-letters";
  if (changelog.empty()) changelog = group + "-changelog";
  if (control.empty()) control = group + "-control";
}

std::map<std::string, std::string> options_for(const KafkaConfig& config, ClientKind kind) {
  std::map<std::string, std::string> found;
  for (bool prefixed : {false, true}) {
    for (const auto& [option, value] : config.options) {
      const Split parts = split(option);
      if (parts.prefixed != prefixed || (prefixed && parts.kind != kind)) continue;
      found[std::string(parts.name)] = value;
    }
  }
  return found;
}

Status check_config(const KafkaConfig& config) {
  if (config.bootstrap_servers.empty()) return user_error("no Kafka bootstrap servers are given");
  std::unique_ptr<rd_kafka_conf_t, ConfDeleter> scratch(rd_kafka_conf_new());
  for (const auto& [option, value] : config.options) {
    if (Status status = check_option(scratch.get(), option, value); !status) return status;
  }
  return {};
}

Status add_option(std::string_view text, std::map<std::string, std::string>& options) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return user_error("\"" + std::string(text) + "\" is not of the form NAME=VALUE");
  }
  options[std::string(text.substr(0, equals))] = std::string(text.substr(equals + 1));
  return {};
}

}  // namespace sapa::kafka
