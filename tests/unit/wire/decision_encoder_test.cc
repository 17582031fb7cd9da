#include "engine/decision/decision_encoder.h"

#include <set>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "sapa/v1/decision.pb.h"

namespace sapa {
namespace {

Decision full_decision() {
  return {"camp",          "v1", "u1", "u1", "a1", Timestamp{1772331185120}, Reason::kFrequencyCap,
          "3 of 3 in 24h", "t1", "m1"};
}

std::string json_of(const Decision& decision) {
  std::string out;
  append_decision_json(decision, out);
  return out;
}

TEST(DecisionJson, HasTheNamesOfTheContract) {
  EXPECT_EQ(json_of(full_decision()),
            R"({"campaign":"camp","campaignVersion":"v1","customerId":"u1","userId":"u1",)"
            R"("anonymousId":"a1","time":"2026-03-01T02:13:05.120Z","reason":"frequency_cap",)"
            R"("detail":"3 of 3 in 24h","triggerId":"t1","sourceMessageId":"m1"})");
}

TEST(DecisionJson, LeavesOutWhatIsEmpty) {
  Decision decision;
  decision.campaign = "c";
  decision.customer_id = "u";
  EXPECT_EQ(json_of(decision),
            R"({"campaign":"c","customerId":"u","time":"1970-01-01T00:00:00.000Z",)"
            R"("reason":"sent","triggerId":""})");
}

TEST(DecisionProtobuf, IsTheSameMessageAsTheJson) {
  for (const Decision& decision : {full_decision(), Decision{}}) {
    v1::Decision from_json, from_wire;
    auto status = google::protobuf::util::JsonStringToMessage(json_of(decision), &from_json);
    ASSERT_TRUE(status.ok()) << status.ToString();
    std::string bytes;
    append_decision_protobuf(decision, bytes);
    ASSERT_TRUE(from_wire.ParseFromString(bytes));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(from_json, from_wire));
  }
}

TEST(Reason, EachHasAnOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kReasonCount; ++i) names.insert(reason_name(static_cast<Reason>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(kReasonCount));
  EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace sapa
