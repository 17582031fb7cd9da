// Clients that send what they should not. Each time, another client must still be served.
#include <random>

#include "tests/unit/http/server_fixture.h"

namespace sapa {
namespace {

class HostileTest : public ServerTest {
 protected:
  void TearDown() override {
    HttpClient another(port());
    EXPECT_EQ(another.get("/healthz").status, 200) << "the server must go on";
    ServerTest::TearDown();
  }
  int status_of(const std::string& bytes) {
    HttpClient client(port());
    client.send(bytes);
    return client.receive().status;
  }
};

TEST_F(HostileTest, RefusesMalformedRequestsWithAProblem) {
  start();
  EXPECT_EQ(status_of("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nno colon\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nBad Name: x\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST /v1/track HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(
      status_of("POST /v1/track HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
      400);
  EXPECT_EQ(status_of("POST /v1/track HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/3.7\r\n\r\n"), 505);
  EXPECT_EQ(status_of(std::string("\0\0\0\0\r\n\r\n", 8)), 400);
  EXPECT_EQ(status_of("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 400) << "TLS";
}

TEST_F(HostileTest, BoundsHeadAndBody) {
  start({.max_header_bytes = 4096, .max_body_bytes = 1000});
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(status_of("GET /" + std::string(10'000, 'x') + " HTTP/1.1\r\n\r\n"), 431);
  EXPECT_EQ(status_of("POST /v1/track HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nx"), 413);
  EXPECT_EQ(status_of("POST /v1/track HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n" +
                      std::string(0x500, 'x') + "\r\n0\r\n\r\n"),
            413);
}

TEST_F(HostileTest, DeliversARefusalEvenToAClientThatIsStillSending) {
  start({.max_body_bytes = 1000});
  HttpClient client(port());
  client.send("POST /v1/track HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" +
              std::string(3'000'000, 'x'));
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(HostileTest, DropsAClientThatDawdles) {
  start({.request_timeout = milliseconds(200)});
  HttpClient silent(port()), half(port()), half_body(port());
  half.send("GET /healthz HT");
  half_body.send("POST /v1/track HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(silent.is_closed_by_server());
  EXPECT_TRUE(half.is_closed_by_server());
  EXPECT_TRUE(half_body.is_closed_by_server());
  EXPECT_TRUE(comes_true([&] { return server_->connections() == 0; }));
}

TEST_F(HostileTest, ForgetsClientsThatLeave) {
  start();
  for (int i = 0; i < 50; ++i) {
    HttpClient client(port());
    client.send("POST /v1/track HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  }
  EXPECT_TRUE(comes_true([&] { return server_->connections() == 0; }));
}

TEST_F(HostileTest, TakesNoMoreConnectionsThanItMay) {
  start({.max_connections = 3});
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<HttpClient>(port()));
    EXPECT_EQ(clients.back()->get("/healthz").status, 200);
  }
  HttpClient one_more(port());
  EXPECT_EQ(one_more.get("/healthz").status, 0);
  clients.clear();
  EXPECT_TRUE(comes_true([&] { return server_->connections() == 0; }));
}

TEST_F(HostileTest, SurvivesRandomBytes) {
  start();
  std::mt19937 random(5);
  const std::string good =
      "POST /v1/batch?x=%20 HTTP/1.1\r\nHost: h\r\nContent-Type: "
      "application/json\r\nContent-Length: 60\r\n\r\n"
      R"({"batch":[{"type":"track","userId":"ani","event":"e"}]}     )";
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 1 + round % 5; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (round % 7 == 0) bytes.resize(random() % bytes.size());
    HttpClient client(port());
    client.send(bytes);
    client.finish_sending();
    client.all();
  }
}

}  // namespace
}  // namespace sapa
