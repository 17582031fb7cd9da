#include "engine/event/base64.h"
#include "tests/unit/api/api_fixture.h"

namespace sapa {
namespace {

HttpHeader basic(const std::string& user_and_password) {
  return {"Authorization", "Basic " + encode_base64(user_and_password)};
}

class AccessTest : public ApiTest {
 protected:
  int track(std::vector<HttpHeader> headers = {}) {
    return post("/v1/track", R"({"userId":"ani","event":"e"})", std::move(headers)).status;
  }
};

TEST_F(AccessTest, TakesAnyKeyOnLoopbackWhenNoneIsConfigured) {
  EXPECT_EQ(track(), 200);
  EXPECT_EQ(track({basic("whatever:")}), 200);
  EXPECT_EQ(get("/v1/triggers").status, 200);
}

TEST_F(AccessTest, AsksForAConfiguredWriteKey) {
  settings_.access.write_keys = {"first", "second"};
  EXPECT_EQ(track({basic("first:")}), 200);
  EXPECT_EQ(track({basic("second")}), 200);
  EXPECT_EQ(track({{"authorization", "basic " + encode_base64("second:ignored")}}), 200);
  for (const auto& header :
       {basic(":first"), basic("firs:"), basic("firstt:"), basic(""), basic("firstfirst:"),
        HttpHeader{"Authorization", "Basic ###"}, HttpHeader{"Authorization", "Bearer first"},
        HttpHeader{"Authorization", "B"}}) {
    EXPECT_EQ(track({header}), 401) << header.value;
  }
  auto refused = post("/v1/track", "{}");
  expect_problem(refused, 401, "write key");
  EXPECT_NE(find_header(refused.headers, "WWW-Authenticate").find("Basic"), std::string::npos);
  EXPECT_EQ(intake_.events.size(), 3u);
}

TEST_F(AccessTest, KeepsReadingAndWritingApart) {
  settings_.access.write_keys = {"w"};
  settings_.access.read_keys = {"r"};
  EXPECT_EQ(get("/v1/triggers", {basic("r:")}).status, 200);
  EXPECT_EQ(get("/v1/triggers", {basic("w:")}).status, 401);
  EXPECT_EQ(get("/v1/customers/ani").status, 401);
  EXPECT_EQ(track({basic("r:")}), 401);
}

TEST_F(AccessTest, IsClosedToOtherMachinesUntilAKeyIsConfigured) {
  settings_.access.open_without_keys = false;
  EXPECT_EQ(track(), 403);
  expect_problem(get("/v1/triggers"), 403, "read key");
  EXPECT_EQ(get("/v1/decisions").status, 403);
  EXPECT_EQ(get("/v1/customers/ani").status, 403);
  for (std::string path : {"/metrics", "/healthz", "/readyz", "/", "/openapi.json"}) {
    EXPECT_EQ(get(path).status, 200) << path;
  }
}

}  // namespace
}  // namespace sapa
