#include "connectors/http/server.h"

#include "tests/unit/http/server_fixture.h"

namespace sapa {
namespace {

TEST_F(ServerTest, ServesManyRequestsOnOneConnection) {
  start();
  HttpClient client(port());
  for (int i = 0; i < 3; ++i) {
    auto response = client.get("/healthz");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok\n");
    EXPECT_NE(response.head.find("Date: "), std::string::npos);
  }
  EXPECT_EQ(server_->connections(), 1u);
  EXPECT_EQ(server_->url(), "http://127.0.0.1:" + std::to_string(port()));
}

TEST_F(ServerTest, KeepsEventsThatArePosted) {
  start();
  HttpClient client(port());
  auto response = client.post("/v1/track", R"({"userId":"ani","event":"e"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(*log_->events_waiting(), 1);
  EXPECT_EQ(client.post("/v1/track", "{}").status, 400);
  client.send(
      "POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "10\r\n{\"userId\":\"ani\",\r\nc\r\n\"event\":\"e\"}\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(*log_->events_waiting(), 2);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  start();
  HttpClient client(port());
  client.send(
      "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /metrics HTTP/1.1\r\nHost: h\r\n\r\nGET "
      "/nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive().body, "ok\n");
  EXPECT_EQ(client.receive().body, "sapa_up 1\n");
  EXPECT_EQ(client.receive().status, 404);
}

TEST_F(ServerTest, LeavesTheBodyOutForHead) {
  start();
  HttpClient client(port());
  client.send("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  auto head = client.receive(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.head.find("Content-Length: 3"), std::string::npos) << head.head;
  EXPECT_EQ(client.get("/healthz").body, "ok\n") << "nothing may stand between two responses";
}

TEST_F(ServerTest, ClosesWhenTheClientWishesTo) {
  start();
  HttpClient client(port());
  auto response = client.get("/healthz", "Connection: close\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.is_closed_by_server());
  HttpClient old(port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_NE(old.all().find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, LetsAClientAskBeforeItSendsABody) {
  start();
  HttpClient client(port());
  client.send(
      "POST /v1/track HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\nContent-Length: 28\r\n\r\n");
  EXPECT_EQ(client.receive(false).status, 100);
  client.send("{\"userId\":\"ani\",\"event\":\"e\"}");
  EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ServerTest, HoldsALongPollOpen) {
  start();
  HttpClient client(port());
  client.send("GET /v1/triggers?wait=30s HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  put_out("ani", "{\"campaign\":\"a\"}");
  auto response = client.receive();
  EXPECT_EQ(response.body,
            "{\"triggers\":[{\"seq\":1,\"trigger\":{\"campaign\":\"a\"}}],\"next\":1}\n");
  auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(client.get("/v1/triggers?after=1&wait=300ms").body, "{\"triggers\":[],\"next\":1}\n");
  auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, std::chrono::milliseconds(200));
  EXPECT_LT(took, std::chrono::seconds(5));
}

TEST_F(ServerTest, AnswersOpenPollsWhenItStops) {
  start();
  HttpClient polling(port()), idle(port()), streaming(port());
  EXPECT_EQ(idle.get("/healthz").status, 200);
  streaming.send("GET /v1/triggers HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
  EXPECT_FALSE(streaming.until("retry: 2000\n\n").empty());
  polling.send("GET /v1/triggers?wait=30s HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  auto begun = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(6));
  EXPECT_EQ(polling.receive().status, 200);
  EXPECT_TRUE(idle.is_closed_by_server());
  EXPECT_TRUE(streaming.is_closed_by_server());
  EXPECT_EQ(server_->connections(), 0u);
  put_out("ani", "{}");  // nobody is there any more to be told
}

TEST_F(ServerTest, ServesOnSeveralThreads) {
  start({.threads = 3});
  std::vector<std::thread> clients;
  std::atomic<int> served = 0;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([&] {
      HttpClient client(port());
      for (int i = 0; i < 100; ++i) {
        served += client.post("/v1/track", R"({"userId":"ani","event":"e"})").status == 200;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(served, 400);
  EXPECT_EQ(*log_->events_waiting(), 400);
}

TEST_F(ServerTest, SaysWhenItCannotListen) {
  start();
  auto second = HttpServer::start(*api_, {.listen = {"127.0.0.1", port()}});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("cannot listen on 127.0.0.1:"), std::string::npos);
  EXPECT_FALSE(HttpServer::start(*api_, {.listen = {"no.such.host.invalid", 0}}).ok());
}

}  // namespace
}  // namespace sapa
