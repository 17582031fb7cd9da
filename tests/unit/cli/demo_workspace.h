// A workspace of two campaigns, for the demo's tests.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "engine/workspace/loader.h"

namespace sapa {

inline std::shared_ptr<const Workspace> demo_workspace() {
  auto loaded = load_workspace_texts({{"test.yaml", R"(
policy: {timezone: Asia/Jakarta}
---
campaign: hello
channel: popup
when: {event: Application Opened}
message: {title: Hello}
---
campaign: cart
channel: push
when: {event: Product Added, without: Order Completed, within: 30m}
message: {title: Cart}
)"}});
  EXPECT_NE(loaded.workspace, nullptr);
  return loaded.workspace;
}

}  // namespace sapa
