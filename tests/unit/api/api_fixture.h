// The Api with everything around it played by plain vectors, and requests in one line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/api/api.h"
#include "engine/base/json.h"

namespace sapa {

struct KeepingIntake final : EventIntake {
  void append(std::vector<IncomingEvent> given, std::function<void(Status)> done) override {
    if (!outcome.ok()) return done(outcome);
    for (auto& event : given) events.push_back(std::move(event));
    done({});
  }
  std::vector<IncomingEvent> events;
  Status outcome;
};

struct ListFeed final : TriggerFeed {
  Result<FeedEntries> read(Stream stream, uint64_t after, size_t limit) const override {
    if (broken) return environment_error("the disk is gone", true);
    ++reads;
    FeedEntries found;
    for (const auto& entry : entries[static_cast<size_t>(stream)]) {
      if (entry->seq > after && found.size() < limit) found.push_back(entry);
    }
    return found;
  }
  uint64_t last(Stream stream) const override {
    const auto& of = entries[static_cast<size_t>(stream)];
    return of.empty() ? 0 : of.back()->seq;
  }
  std::shared_ptr<void> subscribe(std::function<void()> told) override {
    on_new = std::move(told);
    return std::shared_ptr<void>(nullptr, [this](void*) { on_new = nullptr; });
  }
  void add(std::string key, std::string value, Stream stream = Stream::kTriggers) {
    entries[static_cast<size_t>(stream)].push_back(std::make_shared<const FeedEntry>(
        FeedEntry{last(stream) + 1, std::move(key), std::move(value), {}}));
    if (on_new) on_new();
  }
  std::vector<std::shared_ptr<const FeedEntry>> entries[3];
  std::function<void()> on_new;
  bool broken = false;
  mutable int reads = 0;
};

struct MapLookup final : CustomerLookup {
  void find(std::string_view id,
            std::function<void(Result<std::optional<std::string>>)> done) override {
    if (broken) return done(environment_error("the shard is being restored", true));
    auto at = customers.find(std::string(id));
    done(at == customers.end() ? std::nullopt : std::optional(at->second));
  }
  std::map<std::string, std::string> customers;
  bool broken = false;
};

struct ListReadiness final : Readiness {
  std::vector<std::string> obstacles() const override { return list; }
  std::vector<std::string> list;
};

struct ListControl final : WorkspaceControl {
  std::string describe() const override { return R"({"fingerprint":"f"})"; }
  void reload(Done done) override { done(answer); }
  void switch_campaign(std::string campaign, bool killed, std::string note, Done done) override {
    calls.push_back((killed ? "kill " : "resume ") + campaign + " " + note);
    done(answer);
  }
  ControlAnswer answer;
  std::vector<std::string> calls;
};

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    settings_.new_message_id = [this] { return "id-" + std::to_string(++ids_); };
    ports_ = {&intake_, &feed_,   &lookup_, &readiness_, [] { return std::string("sapa_up 1\n"); },
              {},       &control_};
  }

  Api& api() {
    if (!api_) api_ = std::make_unique<Api>(settings_, ports_);
    return *api_;
  }

  /// Nothing if no response has come yet; it then goes to `late`.
  std::optional<HttpResponse> ask(HttpRequest request) {
    request.received = {1'750'000'000'000};
    auto answered = std::make_shared<std::optional<HttpResponse>>();
    api().handle(std::move(request), [answered, this](HttpResponse response) {
      EXPECT_FALSE(answered->has_value()) << "answered twice";
      *answered = response;
      late_ = std::move(response);
    });
    return *answered;
  }
  HttpResponse get(std::string target, std::vector<HttpHeader> headers = {}) {
    auto response = ask({"GET", std::move(target), std::move(headers), "", {}});
    EXPECT_TRUE(response.has_value());
    return response.value_or(HttpResponse{});
  }
  HttpResponse post(std::string target, std::string body, std::vector<HttpHeader> headers = {}) {
    headers.push_back({"Content-Type", "application/json"});
    auto response = ask({"POST", std::move(target), std::move(headers), std::move(body), {}});
    EXPECT_TRUE(response.has_value());
    return response.value_or(HttpResponse{});
  }

  /// A field of a JSON object, as JSON.
  static std::string field(const std::string& json, std::string_view name) {
    Arena arena;
    auto value = JsonReader().read(json, arena);
    EXPECT_TRUE(value.ok()) << json;
    return value.ok() ? to_json(value->field(name)) : "";
  }
  static void expect_problem(const HttpResponse& response, int status, std::string_view words) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(field(response.body, "status"), std::to_string(status));
    EXPECT_NE(field(response.body, "title"), "\"Error\"");
    EXPECT_NE(response.body.find(words), std::string::npos) << response.body;
  }

  KeepingIntake intake_;
  ListFeed feed_;
  MapLookup lookup_;
  ListReadiness readiness_;
  ListControl control_;
  ApiSettings settings_;
  ApiPorts ports_;
  int ids_ = 0;
  std::optional<HttpResponse> late_;
  std::unique_ptr<Api> api_;
};

}  // namespace sapa
