// Reading triggers: polls, long polls, event streams.
#include "engine/api/feed_hub.h"
#include "tests/unit/api/api_fixture.h"

namespace sapa {
namespace {

TEST_F(ApiTest, GivesTriggersWithTheirNumbersAndWhereToGoOn) {
  feed_.add("ani", R"({"campaign":"a"})");
  feed_.add("budi", R"({"campaign":"b"})");
  feed_.add("ani", R"({"campaign":"c"})");
  EXPECT_EQ(get("/v1/triggers").body,
            "{\"triggers\":[{\"seq\":1,\"trigger\":{\"campaign\":\"a\"}},{\"seq\":2,\"trigger\":{"
            "\"campaign\":\"b\"}},{\"seq\":3,\"trigger\":{\"campaign\":\"c\"}}],\"next\":3}\n");
  EXPECT_EQ(get("/v1/triggers?after=1&limit=1").body,
            "{\"triggers\":[{\"seq\":2,\"trigger\":{\"campaign\":\"b\"}}],\"next\":2}\n");
  EXPECT_EQ(get("/v1/triggers?after=3").body, "{\"triggers\":[],\"next\":3}\n");
  EXPECT_EQ(get("/v1/triggers?after=latest").body, "{\"triggers\":[],\"next\":3}\n");
  EXPECT_EQ(get("/v1/triggers?customer=ani&after=1").body,
            "{\"triggers\":[{\"seq\":3,\"trigger\":{\"campaign\":\"c\"}}],\"next\":3}\n");
}

TEST_F(ApiTest, GivesDecisionsInTheSameWay) {
  feed_.add("ani", R"({"reason":"sent"})", Stream::kDecisions);
  EXPECT_EQ(get("/v1/decisions").body,
            "{\"decisions\":[{\"seq\":1,\"decision\":{\"reason\":\"sent\"}}],\"next\":1}\n");
}

TEST_F(ApiTest, WrapsWhatIsNotJson) {
  feed_.add("ani", "\x0a\x03");
  EXPECT_EQ(get("/v1/triggers").body,
            "{\"triggers\":[{\"seq\":1,\"base64\":\"CgM=\"}],\"next\":1}\n");
}

TEST_F(ApiTest, RefusesParametersThatMakeNoSense) {
  for (std::string query : {"after=x", "after=-1", "after=", "limit=0", "limit=1001", "limit=1x",
                            "wait=soon", "wait=", "after=99999999999999999999999"}) {
    EXPECT_EQ(get("/v1/triggers?" + query).status, 400) << query;
  }
}

TEST_F(ApiTest, HoldsALongPollUntilThereIsSomething) {
  EXPECT_FALSE(ask({"GET", "/v1/triggers?wait=30s", {}, "", {}}));
  api().tick(seconds(10));
  EXPECT_FALSE(late_);
  feed_.add("ani", "{}");
  ASSERT_TRUE(late_);
  EXPECT_EQ(late_->body, "{\"triggers\":[{\"seq\":1,\"trigger\":{}}],\"next\":1}\n");
  late_.reset();
  api().tick(seconds(100));
  feed_.add("ani", "{}");
  EXPECT_FALSE(late_) << "a poll answers once";
}

TEST_F(ApiTest, EndsALongPollWithNothingWhenItsTimeIsOver) {
  feed_.add("ani", "{}");
  EXPECT_FALSE(ask({"GET", "/v1/triggers?wait=5s&after=1", {}, "", {}}));
  api().tick(seconds(4));
  EXPECT_FALSE(late_);
  api().tick(seconds(1));
  ASSERT_TRUE(late_);
  EXPECT_EQ(late_->body, "{\"triggers\":[],\"next\":1}\n");
}

TEST_F(ApiTest, BoundsHowLongAPollMayWait) {
  EXPECT_FALSE(ask({"GET", "/v1/triggers?wait=30d", {}, "", {}}));
  api().tick(minutes(1));
  EXPECT_TRUE(late_);
}

TEST_F(ApiTest, WakesAPollForOneCustomerOnlyByTheirTriggers) {
  EXPECT_FALSE(ask({"GET", "/v1/triggers?wait=30s&customer=ani", {}, "", {}}));
  for (int i = 0; i < 5; ++i) feed_.add("budi", "{}");
  EXPECT_FALSE(late_);
  feed_.add("ani", "{\"x\":1}");
  ASSERT_TRUE(late_);
  EXPECT_EQ(late_->body, "{\"triggers\":[{\"seq\":6,\"trigger\":{\"x\":1}}],\"next\":6}\n");
}

TEST_F(ApiTest, AnswersHeadWithoutWaiting) {
  auto response = ask({"HEAD", "/v1/triggers?wait=30s", {}, "", {}});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST_F(ApiTest, SaysWhenTheFeedCannotBeRead) {
  feed_.broken = true;
  expect_problem(get("/v1/triggers"), 503, "the disk is gone");
}

class StreamTest : public ApiTest {
 protected:
  std::shared_ptr<ResponseStream> open(std::string target, std::vector<HttpHeader> headers = {}) {
    headers.push_back({"Accept", "text/event-stream"});
    auto response = get(std::move(target), std::move(headers));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "text/event-stream");
    return response.stream;
  }
};

TEST_F(StreamTest, SendsNewTriggersAsServerSentEvents) {
  feed_.add("ani", "{\"old\":1}");
  auto stream = open("/v1/triggers");
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->take(), "retry: 2000\n\n");
  EXPECT_EQ(stream->take(), "");
  int woken = 0;
  stream->when_ready([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  feed_.add("budi", "{\"new\":1}");
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream->take(), "id: 2\nevent: trigger\ndata: {\"new\":1}\n\n");
}

TEST_F(StreamTest, GoesOnWhereTheClientWas) {
  for (int i = 1; i <= 4; ++i) feed_.add("ani", "{\"n\":" + std::to_string(i) + "}");
  auto by_id = open("/v1/triggers?after=0", {{"Last-Event-ID", "2"}})->take();
  EXPECT_EQ(by_id.find("id: 2\n"), std::string::npos);
  EXPECT_NE(by_id.find("id: 3\n"), std::string::npos);
  EXPECT_NE(by_id.find("id: 4\n"), std::string::npos);
  auto from_start = open("/v1/triggers?after=0")->take();
  EXPECT_NE(from_start.find("id: 1\n"), std::string::npos);
}

TEST_F(StreamTest, MissesNothingBetweenReadingAndWaiting) {
  auto stream = open("/v1/triggers");
  stream->take();
  feed_.add("ani", "{}");
  int woken = 0;
  stream->when_ready([&] { ++woken; });
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream->take(), "id: 1\nevent: trigger\ndata: {}\n\n");
}

TEST_F(StreamTest, SendsOneCustomersAlone) {
  auto stream = open("/v1/triggers?customer=ani");
  stream->take();
  int woken = 0;
  stream->when_ready([&] { ++woken; });
  int reads_before = feed_.reads;
  for (int i = 0; i < 10; ++i) feed_.add("budi", "{}");
  EXPECT_EQ(woken, 0);
  EXPECT_LE(feed_.reads - reads_before, 10) << "one look per commit, however many wait";
  feed_.add("ani", "{}");
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream->take(), "id: 11\nevent: trigger\ndata: {}\n\n");
  stream->when_ready([&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST_F(StreamTest, BoundsWhatItHandsOutAtOnce) {
  for (int i = 0; i < 3000; ++i) feed_.add("ani", "{\"text\":\"" + std::string(1000, 'x') + "\"}");
  auto stream = open("/v1/triggers?after=0");
  size_t events = 0, largest = 0;
  for (std::string piece; !(piece = stream->take()).empty();) {
    largest = std::max(largest, piece.size());
    for (size_t at = 0; (at = piece.find("\ndata:", at)) != std::string::npos; ++at) ++events;
  }
  EXPECT_EQ(events, 3000u);
  EXPECT_LT(largest, 200'000u);
}

TEST_F(StreamTest, KeepsAnIdleStreamAlive) {
  auto stream = open("/v1/triggers");
  stream->take();
  int woken = 0;
  stream->when_ready([&] { ++woken; });
  api().tick(seconds(14));
  EXPECT_EQ(woken, 0);
  api().tick(seconds(1));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(stream->take(), ":\n\n");
  stream->when_ready([&] { ++woken; });
  feed_.add("ani", "{}");
  EXPECT_EQ(woken, 2);
}

TEST_F(StreamTest, SplitsLinesSoThatNoValueCanEndAnEvent) {
  feed_.add("ani", "{\n\"a\":1\r\n}");
  auto stream = open("/v1/triggers?after=0");
  EXPECT_EQ(stream->take(),
            "retry: 2000\n\nid: 1\nevent: trigger\ndata: {\ndata: \"a\":1\ndata: }\n\n");
}

TEST(FeedHub, ForgetsThoseThatHaveGone) {
  struct Counting : FeedWaiter {
    void on_feed(uint64_t) override { ++told; }
    int told = 0;
  };
  ListFeed feed;
  auto hub = FeedHub::create(feed, [](std::function<void()> work) { work(); });
  auto stays = std::make_shared<Counting>(), goes = std::make_shared<Counting>();
  EXPECT_TRUE(hub->wait(Stream::kTriggers, 0, "", stays));
  EXPECT_TRUE(hub->wait(Stream::kTriggers, 0, "ani", goes));
  goes.reset();
  EXPECT_EQ(hub->waiting(), 2u);
  hub->sweep();
  EXPECT_EQ(hub->waiting(), 1u);
  feed.add("ani", "{}");
  EXPECT_EQ(stays->told, 1);
  EXPECT_FALSE(hub->wait(Stream::kTriggers, 0, "", stays)) << "there is something already";
  EXPECT_TRUE(hub->wait(Stream::kTriggers, 1, "", stays));
  hub.reset();
  feed.add("ani", "{}");
  EXPECT_EQ(stays->told, 1);
}

}  // namespace
}  // namespace sapa
