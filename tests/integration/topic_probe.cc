// What the tests in Python need of Kafka, as one small program: make a topic, put any records on
// it, read it as JSON lines, and ask how far a consumer group has come. Uses librdkafka as any
// other application would, so that the engine's own way of reading is not its own judge.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/message.h"
#include "engine/base/arena.h"
#include "engine/base/json.h"

namespace sapa::kafka {
namespace {

constexpr int kTimeoutMs = 15'000;

constexpr const char* kUsage =
    R"(usage: topic_probe BOOTSTRAP_SERVERS COMMAND
  create TOPIC PARTITIONS            makes a topic
  produce TOPIC                      reads lines {"value": TEXT, "key": TEXT, "partition": N,
                                     "time": MS, "headers": {NAME: TEXT}}; all but value may be
                                     missing; "value_bytes": N is a value of N spaces, "hex" one
                                     in hexadecimal digits
  read TOPIC [FLAG...]               writes a line {"partition", "offset", "time", "key", "value",
                                     "headers"} per record, up to the topic's present end
       --uncommitted                 records of open and aborted transactions, too
       --from-end                    only what comes from now on; needs --follow
       --hex                         values in hexadecimal digits
       --follow                      goes on until it is ended; adds "seen", the time in ms
  lag GROUP TOPIC                    writes {"PARTITION": [COMMITTED, END], ...}; -1: none committed
)";

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "topic_probe: %s\n", why.c_str());
  std::exit(1);
}

void check(rd_kafka_resp_err_t code, const char* doing) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) stop(std::string(doing) + ": " + rd_kafka_err2str(code));
}

int64_t wall_ms() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Client connect(rd_kafka_type_t type, const std::string& servers, Settings settings) {
  settings.emplace_back("bootstrap.servers", servers);
  auto client = make_client(type, settings, {});
  if (!client) stop(client.error().message);
  return std::move(*client);
}

int32_t partitions_of(rd_kafka_t* client, const std::string& topic) {
  auto count = partition_count(client, topic, kTimeoutMs);
  if (!count) stop(count.error().message);
  return *count;
}

void create(const std::string& servers, const std::string& topic, int partitions) {
  Client client = connect(RD_KAFKA_PRODUCER, servers, {});
  char reason[512];
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, reason, sizeof reason);
  if (!wanted) stop(reason);
  Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_CreateTopics(client.get(), &wanted, 1, nullptr, queue.get());
  Handle<rd_kafka_event_t> answer(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  rd_kafka_NewTopic_destroy(wanted);
  if (!answer) stop("making a topic: no answer");
  check(rd_kafka_event_error(answer.get()), "making a topic");
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  for (size_t i = 0; i < count; ++i) check(rd_kafka_topic_result_error(results[i]), "making it");
  for (int tries = 0; partitions_of(client.get(), topic) < partitions; ++tries) {
    if (tries > 300) stop("the topic does not appear");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string field(const Value& record, std::string_view name) {
  Value value = record.field(name);
  return value.is(Kind::kString) ? std::string(value.as_string()) : std::string();
}

int64_t number(const Value& record, std::string_view name, int64_t otherwise) {
  Value value = record.field(name);
  return value.is(Kind::kInt) ? value.integer : otherwise;
}

std::string value_of(const Value& record) {
  if (int64_t size = number(record, "value_bytes", -1); size >= 0) {
    return std::string(static_cast<size_t>(size), ' ');
  }
  std::string hex = field(record, "hex"), bytes;
  if (hex.empty()) return field(record, "value");
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

void produce_one(rd_kafka_t* client, const std::string& topic, const Value& record) {
  std::string value = value_of(record), key = field(record, "key");
  auto partition = static_cast<int32_t>(number(record, "partition", RD_KAFKA_PARTITION_UA));
  rd_kafka_headers_t* headers = rd_kafka_headers_new(4);
  if (Value given = record.field("headers"); given.is(Kind::kMap)) {
    for (uint32_t i = 0; i < given.size; ++i) {
      std::string_view name = given.entries[i].key.as_string();
      std::string_view text = given.entries[i].value.as_string();
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                          static_cast<ssize_t>(text.size()));
    }
  }
  check(rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()),
                          RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_TIMESTAMP(number(record, "time", wall_ms())),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
        "producing");
}

void on_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  check(message->err, "producing");
}

void produce(const std::string& servers, const std::string& topic) {
  Callbacks callbacks;
  callbacks.delivered = on_delivered;
  auto client = make_client(RD_KAFKA_PRODUCER,
                            {{"bootstrap.servers", servers},
                             {"partitioner", "murmur2_random"},
                             {"enable.idempotence", "true"},
                             {"message.max.bytes", "4000000"},
                             {"linger.ms", "0"}},
                            {}, callbacks);
  if (!client) stop(client.error().message);
  JsonReader reader;
  std::string line;
  while (std::getline(std::cin, line)) {
    Arena arena;
    auto record = reader.read(line, arena);
    if (!record) stop(record.error().message + ": " + line);
    produce_one(client->get(), topic, *record);
    rd_kafka_poll(client->get(), 0);
  }
  check(rd_kafka_flush(client->get(), kTimeoutMs), "producing");
}

void print_record(const rd_kafka_message_t& message, bool hex, bool with_time_seen) {
  RawRecord record = record_of(message);
  std::vector<Header> headers;
  append_headers(message, headers);
  std::string line = "{\"partition\":" + std::to_string(message.partition) +
                     ",\"offset\":" + std::to_string(message.offset) +
                     ",\"time\":" + std::to_string(record.received.ms);
  if (with_time_seen) line += ",\"seen\":" + std::to_string(wall_ms());
  line += ",\"key\":";
  append_json_string(record.key, line);
  line += ",\"value\":";
  if (!message.payload) {
    line += "null";
  } else if (hex) {
    line += '"';
    for (unsigned char byte : record.value) {
      for (int digit : {byte >> 4, byte & 15}) line += "0123456789abcdef"[digit];
    }
    line += '"';
  } else {
    append_json_string(record.value, line);
  }
  line += ",\"headers\":{";
  for (size_t i = 0; i < headers.size(); ++i) {
    if (i > 0) line += ',';
    append_json_string(headers[i].name, line);
    line += ':';
    append_json_string(headers[i].value, line);
  }
  line += "}}\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
}

struct ReadFlags {
  bool committed = true, from_end = false, follow = false, hex = false;
};

void read(const std::string& servers, const std::string& topic, const ReadFlags& flags) {
  Client client =
      connect(RD_KAFKA_CONSUMER, servers,
              {{"group.id", "topic_probe"},
               {"enable.auto.commit", "false"},
               {"enable.partition.eof", "true"},
               {"fetch.wait.max.ms", "20"},
               {"isolation.level", flags.committed ? "read_committed" : "read_uncommitted"}});
  int32_t partitions = partitions_of(client.get(), topic);
  if (partitions == 0) stop("there is no topic " + topic);
  PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int32_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset =
        flags.from_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
  }
  check(rd_kafka_assign(client.get(), list.get()), "reading");
  int32_t at_end = 0;
  while (flags.follow || at_end < partitions) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client.get(), 200);
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      print_record(*message, flags.hex, flags.follow);
      if (flags.follow) std::fflush(stdout);
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++at_end;
    } else {
      check(message->err, "reading");
    }
    rd_kafka_message_destroy(message);
  }
}

void lag(const std::string& servers, const std::string& group, const std::string& topic) {
  // Else the answer waits until no transaction with offsets of the group is open, which while an
  // engine works can take seconds. Either way only what is committed is told.
  Client client = connect(RD_KAFKA_CONSUMER, servers,
                          {{"group.id", group}, {"isolation.level", "read_uncommitted"}});
  int32_t partitions = partitions_of(client.get(), topic);
  PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  std::vector<PartitionOffset> ends;
  for (int32_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i);
    ends.push_back({i, kEndOffset});
  }
  check(rd_kafka_committed(client.get(), list.get(), kTimeoutMs), "asking for a group's offsets");
  if (Status asked = query_offsets(client.get(), topic, ends, kTimeoutMs); !asked) {
    stop(asked.error().message);
  }
  std::string line = "{";
  for (int i = 0; i < list->cnt; ++i) {
    if (i > 0) line += ", ";
    line += "\"" + std::to_string(i) + "\": [" +
            std::to_string(std::max<int64_t>(list->elems[i].offset, -1)) + ", " +
            std::to_string(ends[static_cast<size_t>(i)].offset) + "]";
  }
  std::puts((line + "}").c_str());
}

int run(const std::vector<std::string>& words) {
  auto is = [&](const char* command, size_t count) {
    return words.size() == count + 2 && words[1] == command;
  };
  if (is("create", 2)) {
    create(words[0], words[2], std::atoi(words[3].c_str()));
  } else if (is("produce", 1)) {
    produce(words[0], words[2]);
  } else if (is("lag", 2)) {
    lag(words[0], words[2], words[3]);
  } else if (words.size() >= 3 && words[1] == "read") {
    ReadFlags flags;
    for (size_t i = 3; i < words.size(); ++i) {
      if (words[i] == "--uncommitted") {
        flags.committed = false;
      } else if (words[i] == "--from-end") {
        flags.from_end = true;
      } else if (words[i] == "--follow") {
        flags.follow = true;
      } else if (words[i] == "--hex") {
        flags.hex = true;
      } else {
        stop("unknown flag " + words[i]);
      }
    }
    read(words[0], words[2], flags);
  } else {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace sapa::kafka

int main(int argc, char** argv) {
  return sapa::kafka::run(std::vector<std::string>(argv + 1, argv + argc));
}
