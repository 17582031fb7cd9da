#include "engine/base/json.h"
#include "tests/unit/api/api_fixture.h"

namespace sapa {
namespace {

using Outcome = ControlAnswer::Outcome;

TEST_F(ApiTest, ShowsAndReloadsTheWorkspace) {
  EXPECT_EQ(field(get("/v1/workspace").body, "fingerprint"), "\"f\"");
  control_.answer.json = R"({"outcome":"reloaded"})";
  auto reloaded = post("/v1/workspace/reload", "");
  EXPECT_EQ(reloaded.status, 200);
  EXPECT_EQ(field(reloaded.body, "outcome"), "\"reloaded\"");
  expect_problem(get("/v1/workspace/reload"), 405, "POST");
}

TEST_F(ApiTest, ARefusedWorkspaceIsAProblemWithEveryError) {
  control_.answer.outcome = Outcome::kRefused;
  control_.answer.detail = "the workspace has 2 errors; workspace f stays in use.";
  control_.answer.errors = {{"a.yaml", 3, 7, "unknown metric `order`", "orders"},
                            {"b.yaml", 1, 1, "say \"hi\"", ""}};
  auto refused = post("/v1/workspace/reload", "");
  expect_problem(refused, 422, "stays in use");
  EXPECT_EQ(field(refused.body, "errors"),
            R"([{"file":"a.yaml","line":3,"column":7,"detail":"unknown metric `order`",)"
            R"("suggestion":"orders"},{"file":"b.yaml","line":1,"column":1,)"
            R"("detail":"say \"hi\""}])");
}

TEST_F(ApiTest, KillsAndResumesCampaignsByName) {
  control_.answer.json = R"({"state":"killed"})";
  EXPECT_EQ(post("/v1/campaigns/cart-reminder/kill", R"({"note":"wrong price"})").status, 200);
  EXPECT_EQ(post("/v1/campaigns/a%2Db/resume", "").status, 200);
  EXPECT_EQ(control_.calls,
            (std::vector<std::string>{"kill cart-reminder wrong price", "resume a-b "}));
  expect_problem(post("/v1/campaigns/a/kill", "[1]"), 400, "JSON object");
  expect_problem(post("/v1/campaigns//kill", ""), 404, "no such path");
  expect_problem(post("/v1/campaigns/a/b/kill", ""), 404, "no such path");
  expect_problem(post("/v1/campaigns/a/stop", ""), 404, "no such path");
  control_.answer = {Outcome::kUnknown, "", "There is no campaign `a`", {}};
  expect_problem(post("/v1/campaigns/a/kill", ""), 404, "no campaign");
  control_.answer = {Outcome::kUnavailable, "", "Kafka is out of reach", {}};
  expect_problem(post("/v1/campaigns/a/kill", ""), 503, "out of reach");
}

TEST_F(ApiTest, OnlyAnAdminKeyReloadsAndKills) {
  settings_.access.open_without_keys = false;
  settings_.access.write_keys = {"write"};
  settings_.access.read_keys = {"read"};
  expect_problem(post("/v1/workspace/reload", ""), 403, "No admin key is configured");
  api_.reset();
  settings_.access.admin_keys = {"admin"};
  std::vector<HttpHeader> write{{"Authorization", "Basic d3JpdGU6"}};
  std::vector<HttpHeader> admin{{"Authorization", "Basic YWRtaW46"}};
  std::vector<HttpHeader> read{{"Authorization", "Basic cmVhZDo="}};
  expect_problem(post("/v1/workspace/reload", "", write), 401, "admin key");
  expect_problem(post("/v1/campaigns/a/kill", "", read), 401, "admin key");
  EXPECT_EQ(post("/v1/workspace/reload", "", admin).status, 200);
  EXPECT_EQ(get("/v1/workspace", read).status, 200);
  EXPECT_EQ(get("/v1/workspace", admin).status, 401);
}

}  // namespace
}  // namespace sapa
