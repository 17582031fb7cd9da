#include "engine/api/routes.h"

#include "engine/api/openapi.h"
#include "tests/unit/api/api_fixture.h"

namespace sapa {
namespace {

TEST_F(ApiTest, ServesHealthMetricsAndAnIndex) {
  EXPECT_EQ(get("/healthz").status, 200);
  auto metrics = get("/metrics");
  EXPECT_EQ(metrics.body, "sapa_up 1\n");
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  auto index = get("/");
  for (const Route& route : all_routes()) {
    EXPECT_NE(index.body.find(route.path), std::string::npos) << route.path;
  }
}

TEST_F(ApiTest, IsReadyOnlyWithoutObstacles) {
  EXPECT_EQ(get("/readyz").status, 200);
  readiness_.list = {"Partition 3 is being restored", "The broker cannot be reached."};
  expect_problem(get("/readyz"), 503,
                 "Partition 3 is being restored. The broker cannot be reached.");
}

TEST_F(ApiTest, ShowsACustomer) {
  lookup_.customers["a/b c%"] = "{\"id\":1}";
  auto response = get("/v1/customers/a%2Fb%20c%25");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"id\":1}");
  expect_problem(get("/v1/customers/nobody"), 404, "Nothing is known");
  expect_problem(get("/v1/customers/a/b"), 404, "no such path");
  expect_problem(get("/v1/customers/"), 404, "no such path");
  expect_problem(get("/v1/customers/%zz"), 404, "no such path");
  lookup_.broken = true;
  expect_problem(get("/v1/customers/ani"), 503, "being restored");
}

TEST_F(ApiTest, NamesTheMethodsThatAPathTakes) {
  auto response = get("/v1/track");
  expect_problem(response, 405, "POST");
  EXPECT_EQ(find_header(response.headers, "Allow"), "POST");
  auto deleted = ask({"DELETE", "/v1/triggers", {}, "", {}});
  expect_problem(*deleted, 405, "GET, HEAD");
  auto options = ask({"OPTIONS", "/v1/triggers", {}, "", {}});
  EXPECT_EQ(options->status, 204);
  EXPECT_EQ(find_header(options->headers, "allow"), "GET, HEAD");
  expect_problem(*ask({"get", "/", {}, "", {}}), 405, "GET");
}

TEST_F(ApiTest, TreatsHeadAsGet) {
  EXPECT_EQ(ask({"HEAD", "/healthz", {}, "", {}})->status, 200);
  EXPECT_EQ(ask({"HEAD", "/v1/track", {}, "", {}})->status, 405);
  auto stream = ask({"HEAD", "/v1/triggers", {{"Accept", "text/event-stream"}}, "", {}});
  EXPECT_EQ(stream->status, 200);
  EXPECT_FALSE(stream->stream);
}

TEST_F(ApiTest, AnswersHostileTargetsWithAProblem) {
  for (std::string target :
       {"", "x", "*", "/..", "//", "/%00", "/v1/triggers/../track", "/?%", "/v1/triggers?after=%zz",
        "http://", "http:///healthz", "://", "/v1/customers/../../etc/passwd", "/\xff\xfe"}) {
    auto response = ask({"GET", target, {}, "", {}});
    ASSERT_TRUE(response) << target;
    EXPECT_TRUE(response->status == 404 || response->status == 400) << target;
  }
  EXPECT_EQ(get("http://host:80/healthz").status, 200);
  EXPECT_EQ(get("http://host").status, 200);
  EXPECT_EQ(get(std::string(100'000, '/')).status, 404);
}

TEST_F(ApiTest, TellsOfEveryResponseUnderAClosedSetOfNames) {
  std::vector<std::pair<std::string, int>> seen;
  ports_.on_response = [&](std::string_view route, int status) {
    seen.emplace_back(route, status);
  };
  get("/v1/customers/ani");
  get("/made-up");
  post("/v1/track", "{}");
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, int>>{
                      {"/v1/customers/{id}", 404}, {"other", 404}, {"/v1/track", 400}}));
}

TEST_F(ApiTest, DescribesEachRouteInItsOpenApiDocument) {
  auto response = get("/openapi.json");
  EXPECT_EQ(response.content_type, "application/json");
  Arena arena;
  auto document = JsonReader().read(response.body, arena);
  ASSERT_TRUE(document.ok()) << document.error().message;
  EXPECT_EQ(document->field("openapi").as_string(), "3.1.0");
  Value paths = document->field("paths");
  size_t described = 0;
  for (uint32_t i = 0; i < paths.size; ++i) described += paths.entries[i].value.size;
  EXPECT_EQ(described, all_routes().size()) << "nothing but the routes";
  for (const Route& route : all_routes()) {
    std::string method(route.method == "GET" ? "get" : "post");
    Value operation = paths.field(route.path).field(method);
    ASSERT_EQ(operation.kind, Kind::kMap) << route.path;
    EXPECT_FALSE(operation.field("summary").as_string().empty());
    bool needs_key = operation.field("security").is_absent();
    EXPECT_EQ(needs_key, route.access != Access::kOpen) << route.path;
  }
}

/// Every "$ref" of the document leads somewhere.
void expect_references(const Value& value, const Value& root) {
  if (value.is(Kind::kList)) {
    for (uint32_t i = 0; i < value.size; ++i) expect_references(value.items[i], root);
  }
  if (!value.is(Kind::kMap)) return;
  for (uint32_t i = 0; i < value.size; ++i) {
    const MapEntry& entry = value.entries[i];
    expect_references(entry.value, root);
    if (entry.key.as_string() != "$ref") continue;
    std::string_view path = entry.value.as_string();
    ASSERT_EQ(path.substr(0, 2), "#/");
    path.remove_prefix(2);
    Value at = root;
    while (!path.empty()) {
      auto end = path.find('/');
      at = at.field(path.substr(0, end));
      path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    }
    EXPECT_FALSE(at.is_absent()) << entry.value.as_string();
  }
}

TEST(OpenApi, RefersOnlyToWhatIsThere) {
  Arena arena;
  auto document = JsonReader().read(openapi_document(), arena);
  ASSERT_TRUE(document.ok());
  expect_references(*document, *document);
}

}  // namespace
}  // namespace sapa
