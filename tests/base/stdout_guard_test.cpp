#include "base/stdout_guard.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace nnstretch {
namespace {

TEST(StdoutGuard, MovesWhatOthersPrintToStandardErrorAndBack) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  std::printf("before ");
  {
    const StdoutGuard guard;
    std::printf("inside");
  }
  std::printf("after");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "before after");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "inside");
}

}  // namespace
}  // namespace nnstretch
