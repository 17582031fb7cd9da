#include "connectors/kafka/transactions.h"

#include <algorithm>

#include "connectors/kafka/errors.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"

namespace sapa::kafka {

std::string transactions_prefix(const KafkaConfig& config) {
  return config.transactional_id_prefix.empty() ? config.group : config.transactional_id_prefix;
}

std::string transactions_name(const KafkaConfig& config, const std::string& instance, int worker) {
  return transactions_prefix(config) + "-" + instance + "-" + std::to_string(worker);
}

std::vector<std::string> transactional_ids(const std::string& transactions_name) {
  return {transactions_name + "-0", transactions_name + "-1"};
}

Status start_transactions(rd_kafka_t* client, const std::string& id,
                          std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    rd_kafka_error_t* error =
        rd_kafka_init_transactions(client, static_cast<int>(std::max<int64_t>(left, 1)));
    if (!error) return {};
    const bool again = rd_kafka_error_is_retriable(error) && Clock::now() < deadline;
    Error ours = error_from(error, "starting transactions as \"" + id + "\"");
    if (!again) return ours;
  }
}

std::string to_metadata(const Owner& owner) {
  std::string text = R"({"transactions":)";
  append_json_string(owner.transactions_name, text);
  text += R"(,"member":)";
  append_json_string(owner.member_id, text);
  return text += "}";
}

std::optional<Owner> owner_from(std::string_view metadata) {
  if (!metadata.starts_with('{')) return std::nullopt;
  Arena arena;
  const auto value = JsonReader().read(metadata, arena);
  if (!value || !value->is(Kind::kMap)) return std::nullopt;
  const Value name = value->field("transactions"), member = value->field("member");
  if (!name.is(Kind::kString) || !member.is(Kind::kString)) return std::nullopt;
  return Owner{std::string(name.as_string()), std::string(member.as_string())};
}

}  // namespace sapa::kafka
