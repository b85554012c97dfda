#include "base/flags.h"

#include <gtest/gtest.h>

namespace nnstretch {
namespace {

TEST(Flags, AreSpelledAsACommandLineHasThemWhereTheyAreKnown) {
  use_flags({"engine", "core_affinity"});
  EXPECT_EQ(with_flags("`core_affinity`: no core"), "--core_affinity: no core");
  EXPECT_EQ(with_flags("name one `engine` or `engine`"), "name one --engine or --engine");
  EXPECT_EQ(with_flags("`nnstretch devices`, `engine`"), "`nnstretch devices`, --engine");
  for (const char* same : {"", "engine", "`", "``", "`engine", "engine`", "`engines`", "a `b` c"})
    EXPECT_EQ(with_flags(same), same);
  EXPECT_EQ(with_flags("``engine`"), "`--engine");
  use_flags({});
  EXPECT_EQ(with_flags("`engine`"), "`engine`");
}

}  // namespace
}  // namespace nnstretch
