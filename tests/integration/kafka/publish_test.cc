// `sapa publish`: files in, records on the topic, keyed and timed as the engine expects them.
#include "engine/cli/publish.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <zlib.h>

#include "connectors/kafka/publisher.h"
#include "engine/base/hash.h"
#include "tests/integration/kafka/support.h"

namespace sapa::kafka {
namespace {

using ::testing::HasSubstr;

class Publish : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = fresh_config(4);
    options_.bootstrap_servers = config_.bootstrap_servers;
    options_.topic = config_.topics.input;
  }
  void TearDown() override {
    for (const std::string& file : options_.files) std::remove(file.c_str());
  }

  std::string file_with(const std::string& text, bool gzip = false) {
    const std::string name = ::testing::TempDir() + config_.group + "-" +
                             std::to_string(options_.files.size()) + ".ndjson";
    if (gzip) {
      gzFile file = gzopen(name.c_str(), "wb");
      gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
      gzclose(file);
    } else {
      std::ofstream(name) << text;
    }
    options_.files.push_back(name);
    return name;
  }
  int run() { return run_publish(options_, out_, errors_); }

  KafkaConfig config_;
  PublishOptions options_;
  std::ostringstream out_, errors_;
};

TEST_F(Publish, KeysByCustomerAndKeepsTheEventsTime) {
  file_with(
      "{\"userId\":\"ana\",\"timestamp\":\"2026-03-01T02:13:05.120Z\"}\n"
      "\n"
      "{\"anonymousId\":\"x1\",\"userId\":null}\r\n"
      "{\"specversion\":\"1.0\",\"data\":{\"userId\":\"budi\"}}");
  ASSERT_EQ(run(), 0) << errors_.str();
  EXPECT_THAT(out_.str(), HasSubstr("published 3 records"));
  std::map<std::string, SeenRecord> records;
  for (const SeenRecord& record : read_all(config_, config_.topics.input)) {
    EXPECT_EQ(record.partition, kafka_partition(record.key, 4)) << record.key;
    records[record.key] = record;
  }
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records["ana"].time_ms, 1772331185120);
  EXPECT_EQ(records["x1"].value, "{\"anonymousId\":\"x1\",\"userId\":null}");
  EXPECT_EQ(records.count("budi"), 1u);
}

TEST_F(Publish, ReadsGzipAndSeveralFilesInOrder) {
  std::string first, second;
  for (int i = 0; i < 5000; ++i) {
    first += "{\"userId\":\"ana\",\"n\":" + std::to_string(i) + "}\n";
    second += "{\"userId\":\"ana\",\"n\":" + std::to_string(5000 + i) + "}\n";
  }
  file_with(first, true);
  file_with(second);
  ASSERT_EQ(run(), 0) << errors_.str();
  const auto records = read_all(config_, config_.topics.input);
  ASSERT_EQ(records.size(), 10'000u);
  for (size_t i = 0; i < records.size(); ++i) {
    ASSERT_EQ(records[i].value, "{\"userId\":\"ana\",\"n\":" + std::to_string(i) + "}");
  }
}

TEST_F(Publish, NamesTheLinesItRefuses) {
  const std::string name = file_with(
      "{\"userId\":\"ana\"}\n{oops\n{\"event\":\"x\"}\n{\"userId\":7}\n"
      "{\"userId\":\"ana\",\"timestamp\":\"yesterday\"}\n[1]\n");
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(errors_.str(), HasSubstr(name + ":2: error: not JSON"));
  EXPECT_THAT(errors_.str(), HasSubstr(name + ":3: error: neither userId nor anonymousId"));
  EXPECT_THAT(errors_.str(), HasSubstr(name + ":4: error: userId"));
  EXPECT_THAT(errors_.str(), HasSubstr(name + ":5: error: timestamp"));
  EXPECT_THAT(errors_.str(), HasSubstr(name + ":6: error: not a JSON object"));
  EXPECT_THAT(out_.str(), HasSubstr("5 lines refused"));
  EXPECT_EQ(read_all(config_, config_.topics.input).size(), 1u);
}

TEST_F(Publish, KeepsARate) {
  std::string lines;
  for (int i = 0; i < 51; ++i) lines += "{\"userId\":\"ana\"}\n";
  file_with(lines);
  options_.rate = 100;
  const int64_t before = wall_ms();
  ASSERT_EQ(run(), 0);
  EXPECT_GE(wall_ms() - before, 500);
  EXPECT_LT(wall_ms() - before, 2500);
}

TEST_F(Publish, KeepsTheEventsOwnTimeScaled) {
  file_with(
      "{\"userId\":\"ana\",\"timestamp\":\"2026-03-01T00:00:00Z\"}\n"
      "{\"userId\":\"ana\",\"timestamp\":\"2026-03-01T00:01:00Z\"}\n");
  options_.speed = 120;
  const int64_t before = wall_ms();
  ASSERT_EQ(run(), 0);
  EXPECT_GE(wall_ms() - before, 500);
  EXPECT_LT(wall_ms() - before, 2500);
}

TEST_F(Publish, SaysWhatIsWrongWithItsOptions) {
  file_with("{\"userId\":\"ana\"}\n");
  options_.kafka_options["compresion.type"] = "lz4";
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(errors_.str(), HasSubstr("compresion.type"));
  options_.kafka_options.clear();
  options_.topic += "-no";
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(errors_.str(), HasSubstr("there is no topic"));
  options_.topic = config_.topics.input;
  options_.files.insert(options_.files.begin(), "/no/such/file");
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(errors_.str(), HasSubstr("/no/such/file"));
}

TEST_F(Publish, CountsWhatTheBrokerRefuses) {
  KafkaPublisher::Options options;
  options.bootstrap_servers = config_.bootstrap_servers;
  options.topic = config_.topics.input;
  auto publisher = KafkaPublisher::open(options);
  ASSERT_TRUE(publisher) << publisher.error().message;
  // Above the broker's limit, below ours.
  ASSERT_TRUE((*publisher)->publish("ana", std::string(5'000'000, 'x'), Timestamp{0}));
  Status status = (*publisher)->flush(seconds(20));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("max.message.bytes"));
  EXPECT_EQ((*publisher)->failed(), 1u);
  EXPECT_EQ((*publisher)->delivered(), 0u);
}

}  // namespace
}  // namespace sapa::kafka
