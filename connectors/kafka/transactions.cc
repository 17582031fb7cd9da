#include "connectors/kafka/transactions.h"

#include "connectors/kafka/errors.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"

namespace sapa::kafka {
namespace {

constexpr auto kFirstPatience = std::chrono::milliseconds(120);

}  // namespace

std::string transactions_prefix(const KafkaConfig& config) {
  return config.transactional_id_prefix.empty() ? config.group : config.transactional_id_prefix;
}

std::string transactions_name(const KafkaConfig& config, const std::string& instance, int worker) {
  return transactions_prefix(config) + "-" + instance + "-" + std::to_string(worker);
}

std::vector<std::string> transactional_ids(const std::string& transactions_name) {
  return {transactions_name + "-0", transactions_name + "-1"};
}

// A coordinator that has to abort something first says so, upon which librdkafka 2.0.2 sleeps for
// 500 ms, although it takes some 10. A new client asks again at once; each has twice as long as the
// one before, for brokers that are slow.
Result<Client> start_transactions(const KafkaConfig& config, const std::string& id,
                                  const Callbacks& callbacks, std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  std::chrono::milliseconds patience = kFirstPatience;
  while (true) {
    auto client = make_client(RD_KAFKA_PRODUCER, epoch_producer_settings(config, id),
                              options_for(config, ClientKind::kProducer), callbacks);
    if (!client) return client;
    rd_kafka_error_t* error =
        rd_kafka_init_transactions(client->get(), static_cast<int>(patience.count()));
    if (!error) return client;
    const bool again = rd_kafka_error_is_retriable(error) && Clock::now() < deadline;
    Error ours = error_from(error, "starting transactions as \"" + id + "\"");
    if (!again) return ours;
    patience *= 2;
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
