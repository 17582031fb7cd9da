#include "connectors/http/listen_address.h"

#include <gtest/gtest.h>

namespace sapa {
namespace {

TEST(ListenAddress, ReadsHostAndPort) {
  auto address = parse_listen_address("0.0.0.0:8080");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->host, "0.0.0.0");
  EXPECT_EQ(address->port, 8080);
  EXPECT_FALSE(is_loopback(*address));
  EXPECT_EQ(parse_listen_address("[::1]:1")->host, "::1");
  EXPECT_EQ(parse_listen_address(":0")->host, "127.0.0.1");
  EXPECT_TRUE(is_loopback(*parse_listen_address(":0")));
  EXPECT_TRUE(is_loopback(*parse_listen_address("[::1]:1")));
  EXPECT_TRUE(is_loopback(*parse_listen_address("localhost:1")));
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (std::string_view text : {"", "8080", "host", "host:", "host:x", "host:65536", "host:-1",
                                "::1:80", "[]:80", "[::1:80"}) {
    EXPECT_FALSE(parse_listen_address(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sapa
