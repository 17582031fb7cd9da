#include <zlib.h>

#include "tests/unit/api/api_fixture.h"

namespace sapa {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(ApiTest, TakesATrackCallAndKeepsItAsItWasSent) {
  std::string rest = R"( "userId":"ani","event":"Order Completed","messageId":"m1", )"
                     R"("properties":{"total":12345678901234567890.10,"b":1,"a":2}})";
  auto response = post("/v1/track", "{" + rest);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(field(response.body, "success"), "true");
  ASSERT_EQ(intake_.events.size(), 1u);
  EXPECT_EQ(intake_.events[0].customer_id, "ani");
  EXPECT_EQ(intake_.events[0].value, R"({"type":"track",)" + rest);
}

TEST_F(ApiTest, TakesEveryKindOfMessageOnItsOwnPath) {
  for (std::string type : {"track", "identify", "page", "screen", "alias", "group"}) {
    auto response = post(
        "/v1/" + type, R"({"userId":"ani","event":"e","name":"n","previousId":"p","groupId":"g"})");
    EXPECT_EQ(response.status, 200) << type << response.body;
    ASSERT_FALSE(intake_.events.empty());
    EXPECT_EQ(field(intake_.events.back().value, "type"), '"' + type + '"');
  }
}

TEST_F(ApiTest, GivesAMessageWithoutAnIdARandomOne) {
  post("/v1/track", R"({"userId":"ani","event":"e"})");
  post("/v1/track", R"({"userId":"ani","event":"e","messageId":"mine"})");
  ASSERT_EQ(intake_.events.size(), 2u);
  EXPECT_EQ(field(intake_.events[0].value, "messageId"), "\"id-1\"");
  EXPECT_EQ(field(intake_.events[1].value, "messageId"), "\"mine\"");
}

TEST_F(ApiTest, KeysAnonymousCustomersByTheirAnonymousId) {
  post("/v1/track", R"({"anonymousId":"a-7","event":"e"})");
  ASSERT_EQ(intake_.events.size(), 1u);
  EXPECT_EQ(intake_.events[0].customer_id, "a-7");
}

TEST_F(ApiTest, RefusesWhatTheEngineCouldNotDecode) {
  expect_problem(post("/v1/track", R"({"event":"e"})"), 400, "userId");
  expect_problem(post("/v1/track", R"({"userId":"ani","event":"e")"), 400, "not valid JSON");
  expect_problem(post("/v1/track", R"(["userId"])"), 400, "not a JSON object");
  expect_problem(post("/v1/track", ""), 400, "not valid JSON");
  expect_problem(post("/v1/track", R"({})"), 400, "missing");
  expect_problem(post("/v1/track", "{\"userId\":\"\xff\"}"), 400, "not valid JSON");
  expect_problem(post("/v1/track", R"({"type":"identify","userId":"ani"})"), 400,
                 "this path takes");
  EXPECT_TRUE(intake_.events.empty());
}

TEST_F(ApiTest, TakesABatchWithWhatItsMessagesShare) {
  auto response = post("/v1/batch", R"({"batch":[
      {"type":"track","userId":"ani","event":"a","context":{"ip":"1"}},
      {"type":"identify","userId":"budi","traits":{"x":1}}],
      "context":{"locale":"id-ID"},"sentAt":"2025-06-15T15:06:40Z","writeKey":"k"})");
  ASSERT_EQ(response.status, 200) << response.body;
  ASSERT_EQ(intake_.events.size(), 2u);
  EXPECT_EQ(field(intake_.events[0].value, "context"), R"({"ip":"1"})");
  EXPECT_EQ(field(intake_.events[1].value, "context"), R"({"locale":"id-ID"})");
  EXPECT_EQ(field(intake_.events[1].value, "sentAt"), "\"2025-06-15T15:06:40Z\"");
  EXPECT_EQ(intake_.events[1].customer_id, "budi");
  EXPECT_EQ(post("/v1/import", R"({"batch":[{"type":"track","userId":"c","event":"a"}]})").status,
            200);
}

TEST_F(ApiTest, TakesABatchWholeOrNotAtAllAndNamesTheWrongMessages) {
  auto response = post("/v1/batch", R"({"batch":[
      {"type":"track","userId":"ani","event":"a"},
      {"type":"track","event":"a"},
      {"userId":"budi"}, 7]})");
  expect_problem(response, 400, "Nothing of the batch was taken. Message 1:");
  Arena arena;
  auto body = JsonReader().read(response.body, arena);
  Value errors = body->field("errors");
  ASSERT_EQ(errors.size, 3u) << response.body;
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(errors.items[i].field("index").integer, i + 1);
  EXPECT_EQ(errors.items[0].field("code").as_string(), "missing_field");
  EXPECT_TRUE(intake_.events.empty());
}

TEST_F(ApiTest, RefusesABodyThatIsNoBatch) {
  expect_problem(post("/v1/batch", R"({"userId":"ani"})"), 400, "`batch`");
  expect_problem(post("/v1/batch", R"({"batch":{}})"), 400, "`batch`");
  expect_problem(post("/v1/batch", R"([])"), 400, "not a JSON object");
  EXPECT_EQ(post("/v1/batch", R"({"batch":[]})").status, 200);
}

TEST_F(ApiTest, KeepsToSegmentsLimits) {
  std::string long_text(40'000, 'x');
  std::string message =
      R"({"type":"track","userId":"a","event":"e","properties":{"p":")" + long_text + "\"}}";
  expect_problem(post("/v1/track", message), 413, "32768");
  auto in_batch = post("/v1/batch", R"({"batch":[)" + message + "]}");
  expect_problem(in_batch, 400, "too_large");
  expect_problem(post("/v1/batch", std::string(600'000, ' ')), 413, "512000");
  std::string many = R"({"batch":[)";
  for (int i = 0; i < 2501; ++i) many += i ? ",{}" : "{}";
  expect_problem(post("/v1/batch", many + "]}"), 413, "2500");
  EXPECT_TRUE(intake_.events.empty());
}

TEST_F(ApiTest, UnpacksGzipBodiesWithinTheLimit) {
  std::string message = R"({"userId":"ani","event":"e"})";
  EXPECT_EQ(post("/v1/track", gzip(message), {{"Content-Encoding", "gzip"}}).status, 200);
  EXPECT_EQ(intake_.events.size(), 1u);
  expect_problem(
      post("/v1/track", gzip(std::string(1'000'000, ' ')), {{"content-encoding", "gzip"}}), 413,
      "");
  expect_problem(post("/v1/track", message, {{"Content-Encoding", "gzip"}}), 400, "not gzip");
  expect_problem(post("/v1/track", gzip(message).substr(0, 20), {{"Content-Encoding", "gzip"}}),
                 400, "cut short");
  expect_problem(post("/v1/track", message, {{"Content-Encoding", "br"}}), 415, "gzip");
}

TEST_F(ApiTest, InsistsOnJson) {
  for (std::string type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"}) {
    std::vector<HttpHeader> headers;
    if (!type.empty()) headers.push_back({"Content-Type", type});
    auto response = ask({"POST", "/v1/track", headers, R"({"userId":"ani","event":"e"})", {}});
    ASSERT_TRUE(response);
    expect_problem(*response, 415, "application/json");
  }
  auto response = ask({"POST",
                       "/v1/track",
                       {{"content-type", "Application/JSON ; charset=utf-8"}},
                       R"({"userId":"ani","event":"e"})",
                       {}});
  EXPECT_EQ(response->status, 200);
}

TEST_F(ApiTest, SaysWhenTheLogCannotTakeEventsNow) {
  intake_.outcome = environment_error("the disk is full", true);
  auto response = post("/v1/track", R"({"userId":"ani","event":"e"})");
  expect_problem(response, 503, "the disk is full");
  EXPECT_EQ(find_header(response.headers, "retry-after"), "1");
}

TEST_F(ApiTest, PointsToKafkaWhereEventsComeFromThere) {
  ports_.intake = nullptr;
  ports_.feed = nullptr;
  expect_problem(post("/v1/track", "{}"), 501, "Kafka");
  expect_problem(post("/v1/batch", "{}"), 501, "Kafka");
  expect_problem(get("/v1/triggers"), 501, "read_committed");
  expect_problem(get("/v1/decisions?wait=30s"), 501, "Kafka");
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace sapa
