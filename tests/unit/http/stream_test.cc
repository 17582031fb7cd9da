// Event streams over real sockets.
#include "tests/unit/http/server_fixture.h"

namespace sapa {
namespace {

constexpr const char* kOpen =
    "GET /v1/triggers HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n";

TEST_F(ServerTest, StreamsTriggersAsTheyAreCommitted) {
  start();
  HttpClient client(port());
  client.send(kOpen);
  std::string head = client.until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos) << head;
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos) << head;
  EXPECT_FALSE(client.until("retry: 2000\n\n").empty());
  for (int i = 1; i <= 3; ++i) {
    put_out("ani", "{\"n\":" + std::to_string(i) + "}");
    EXPECT_NE(client.until("}\n\n").find("id: " + std::to_string(i) +
                                         "\nevent: trigger\ndata: {\"n\":" + std::to_string(i)),
              std::string::npos);
  }
}

TEST_F(ServerTest, StreamsToOldClientsWithoutChunks) {
  start();
  HttpClient client(port());
  client.send("GET /v1/triggers HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n");
  std::string head = client.until("\r\n\r\n");
  EXPECT_EQ(head.find("chunked"), std::string::npos) << head;
  EXPECT_EQ(client.until("\n\n"), "retry: 2000\n\n");
  put_out("ani", "{}");
  EXPECT_EQ(client.until("\n\n"), "id: 1\nevent: trigger\ndata: {}\n\n");
}

TEST_F(ServerTest, FeedsHundredsOfStreamsOnOneThread) {
  start();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<HttpClient>(port()));
    ASSERT_TRUE(clients.back()->connected());
    clients.back()->send(kOpen);
  }
  for (auto& client : clients) ASSERT_FALSE(client->until("retry: 2000\n\n").empty());
  put_out("ani", "{\"n\":1}");
  put_out("budi", "{\"n\":2}");
  for (auto& client : clients) {
    EXPECT_FALSE(client->until("data: {\"n\":1}\n\n").empty());
    EXPECT_FALSE(client->until("data: {\"n\":2}\n\n").empty());
  }
  clients.clear();
  EXPECT_TRUE(comes_true([&] { return server_->connections() == 0; }))
      << "those that leave are forgotten";
}

TEST_F(ServerTest, DropsAStreamThatDoesNotReadAndServesTheOthers) {
  start({.write_timeout = milliseconds(300)});
  HttpClient slow(port(), 4096), quick(port());
  slow.send(kOpen);
  quick.send(kOpen);
  EXPECT_FALSE(quick.until("retry: 2000\n\n").empty());
  std::string big = "{\"text\":\"" + std::string(100'000, 'x') + "\"}";
  int received = 0;
  for (int i = 0; i < 150; ++i) {
    put_out("ani", big);
    received += !quick.until("\n\n").empty();
  }
  EXPECT_EQ(received, 150);
  EXPECT_TRUE(comes_true([&] { return server_->connections() == 1; })) << "the slow one is gone";
  put_out("ani", "{\"last\":1}");
  EXPECT_FALSE(quick.until("data: {\"last\":1}\n\n").empty());
}

}  // namespace
}  // namespace sapa
