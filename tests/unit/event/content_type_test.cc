#include "engine/event/content_type.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(ContentType, JsonIsTheDefault) {
  for (const char* type :
       {"", "application/json", "Application/JSON; charset=utf-8", "text/json",
        " application/json ", "\"application/json\"", "application/x+json", ";"}) {
    EXPECT_EQ(content_kind(type), ContentKind::kJson) << type;
  }
}

TEST(ContentType, ProtobufHasThreeNames) {
  for (const char* type : {"application/protobuf", "application/x-protobuf",
                           "APPLICATION/vnd.google.protobuf; proto=sapa.v1.Event"}) {
    EXPECT_EQ(content_kind(type), ContentKind::kProtobuf) << type;
  }
}

TEST(ContentType, CloudEventsGoBySuffix) {
  EXPECT_EQ(content_kind("application/cloudevents+json; charset=utf-8"),
            ContentKind::kCloudEventJson);
  EXPECT_EQ(content_kind("application/cloudevents+protobuf"), ContentKind::kCloudEventProtobuf);
  EXPECT_EQ(content_kind("application/cloudevents-batch+json"), ContentKind::kCloudEventBatch);
  EXPECT_EQ(content_kind("application/cloudevents+avro"), ContentKind::kUnknown);
}

TEST(ContentType, OthersAreUnknown) {
  for (const char* type : {"text/plain", "application/xml", "json", "application/jsonx"}) {
    EXPECT_EQ(content_kind(type), ContentKind::kUnknown) << type;
  }
}

}  // namespace
}  // namespace sapa
