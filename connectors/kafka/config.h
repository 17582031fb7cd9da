// How to reach Kafka and what to use there: servers, topics, group, delivery, and every option of
// librdkafka passed through. Checked once at the start, so that a misspelt option is the user's
// error and not a strange failure later.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/kafka/fencing.h"
#include "engine/base/result.h"
#include "engine/ports/wall_clock.h"

namespace sapa::kafka {

enum class Delivery : uint8_t { kExactlyOnce, kAtLeastOnce };

/// What a topic takes in one record if nobody has said otherwise: Kafka's own default, less a
/// batch's overhead.
inline constexpr int64_t kUsualMaxBytes = 1'000'000;

struct Topics {
  std::string input;
  std::string triggers;
  std::string decisions;
  std::string dead_letters;
  std::string changelog;
  std::string control;  ///< what operators have switched; see control_topic.h

  /// Fills what is empty: "<group>-decisions", "<input>-dead-letters", "<group>-changelog",
  /// "<group>-control". Input and triggers are the user's to name.
  void fill_defaults(const std::string& group);
};

struct KafkaConfig {
  std::string bootstrap_servers;
  Topics topics;
  std::string group;
  /// Names this process among those of the group, and stays the same over restarts: then a restart
  /// moves no shard (static membership) and ends what the killed process had begun at once. Empty:
  /// dynamic membership.
  std::string instance;
  /// Keep the name's place in the group while the session lasts, so that a restart moves nothing.
  /// Else a process that stops leaves at once, and its partitions go to the others.
  bool static_membership = true;
  Delivery delivery = Delivery::kExactlyOnce;
  /// Transactional ids are "<prefix>-<instance>-<worker>". Empty: the group's name.
  std::string transactional_id_prefix;

  bool create_topics = true;
  int32_t partitions = 4;           ///< of an input topic that has to be created
  int16_t replication_factor = -1;  ///< of topics that have to be created; -1: the broker's default

  /// What the dead-letter topic takes in one record; a larger one is cut.
  int64_t dead_letter_max_bytes = kUsualMaxBytes;

  /// Outlives connections, which are made anew after an error; shared by copies.
  std::shared_ptr<FencingMemory> fencing = std::make_shared<FencingMemory>();

  /// What the time is when the log's end is asked for; it hears the records' times. Null: the
  /// machine's clock, whatever it shows.
  std::shared_ptr<WallClock> clock;

  /// Any option of librdkafka, applied last, to all clients; "consumer.NAME", "producer.NAME" and
  /// "admin.NAME" reach one kind only.
  std::map<std::string, std::string> options;
};

/// Which of our clients an option is for.
enum class ClientKind : uint8_t { kConsumer, kProducer, kAdmin };

/// The pass-through options that reach clients of this kind, without prefixes; the prefixed ones
/// win.
std::map<std::string, std::string> options_for(const KafkaConfig& config, ClientKind kind);

/// A user error that names the option which librdkafka doesn't know, whose value it refuses, or
/// which Sapa itself must decide for its promises to hold.
Status check_config(const KafkaConfig& config);

/// Parses "NAME=VALUE".
Status add_option(std::string_view text, std::map<std::string, std::string>& options);

}  // namespace sapa::kafka
