#include "base/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace nnstretch {
namespace {

using ::testing::Not;

// What the system says, word by word.
bool has_flag(const std::string& flag) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;)
      if (word == flag) return true;
    return false;
  }
  return false;
}

TEST(Cpu, HasAName) { EXPECT_THAT(cpu_model(), Not(::testing::IsEmpty())); }

#if defined(__x86_64__)
TEST(Cpu, HasTheInstructionsThatTheSystemLists) {
  EXPECT_EQ(has_vnni(), has_flag("avx512_vnni") || has_flag("avx_vnni"));
  EXPECT_EQ(cpu_instructions().starts_with("avx512"), has_flag("avx512bw"));
  EXPECT_EQ(cpu_instructions().starts_with("avx"), has_flag("avx2"));
}
#endif

}  // namespace
}  // namespace nnstretch
