#include "base/nearest.h"

#include <gtest/gtest.h>

namespace nnstretch {
namespace {

TEST(Edits, AreInsertionsRemovalsAndReplacements) {
  EXPECT_EQ(edits("kitten", "sitting"), 3u);
  EXPECT_EQ(edits("", "abc"), 3u);
  EXPECT_EQ(edits("Bench", "bENCH"), 0u);
}

TEST(Nearest, IsAWordThatWasMeant) {
  const std::vector<std::string> commands = {"run", "bench", "build", "inspect"};
  EXPECT_EQ(nearest("benhc", commands), "bench");
  EXPECT_EQ(nearest("Run", commands), "run");
  EXPECT_EQ(nearest("biuld", commands), "build");
  EXPECT_EQ(nearest("calibrate", commands), "") << "nothing is like it";
  EXPECT_EQ(nearest("xy", commands), "");
  EXPECT_EQ(nearest("", commands), "");
}

}  // namespace
}  // namespace nnstretch
