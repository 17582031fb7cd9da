// A server with the Api and an embedded log behind it, and a worker's hand to put triggers out.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "connectors/embedded/embedded_log.h"
#include "connectors/http/server.h"
#include "engine/api/api.h"
#include "engine/customer/rocks_options.h"
#include "tests/unit/customer_store/temporary_folder.h"
#include "tests/unit/http/http_client.h"

namespace sapa {

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        EmbeddedLog::open(std::make_shared<RocksResources>(RocksSettings{size_t{16} << 20, 1}),
                          folder_.path(), {.partitions = 1, .fsync = false});
    ASSERT_TRUE(opened.ok());
    log_ = *opened;
    connection_ = log_->connect(0, 1);
    ApiPorts ports;
    ports.intake = log_.get();
    ports.feed = log_.get();
    ports.metrics = [] { return std::string("sapa_up 1\n"); };
    api_ = std::make_unique<Api>(ApiSettings{}, ports);
  }
  void TearDown() override { server_.reset(); }

  void start(ServerSettings settings = {}) {
    auto started = HttpServer::start(*api_, settings);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  uint16_t port() const { return server_->port(); }

  void put_out(const std::string& customer, const std::string& trigger) {
    Epoch epoch;
    ShardEpoch shard;
    shard.outputs.push_back({Stream::kTriggers, customer, trigger, {}, {1}});
    epoch.shards.push_back(std::move(shard));
    ASSERT_TRUE(connection_->commit(epoch).ok());
  }

  template <typename Condition>
  static bool comes_true(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  TemporaryFolder folder_;
  std::shared_ptr<EmbeddedLog> log_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace sapa
