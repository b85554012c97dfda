// What was chosen is remembered, whoever writes at the same time.
#include "base/choices.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

TEST(Choices, LoseNothingWhenManyWriteAtOnce) {
  const testing::TemporaryFolder folder;
  constexpr int kWriters = 4, kEach = 10;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      const Choices choices(folder / "engines.json");  // as another process would have it
      for (int i = 0; i < kEach; ++i)
        choices.remember(fmt::format("{}-{}", w, i), {{"engine", "fast"}, {"us", 1.5}});
    });
  for (std::thread& writer : writers) writer.join();
  const Choices choices(folder / "engines.json");
  for (int w = 0; w < kWriters; ++w)
    for (int i = 0; i < kEach; ++i) {
      const auto found = choices.find(fmt::format("{}-{}", w, i));
      ASSERT_TRUE(found) << w << " " << i;
      EXPECT_EQ(*found, nlohmann::json::parse(R"({"engine": "fast", "us": 1.5})"));
    }
  EXPECT_EQ(choices.find("absent"), std::nullopt);
}

TEST(Choices, AreForgottenAndNothingElseIs) {
  const testing::TemporaryFolder cache;
  for (const char* name : {kEngineChoices, kPlanChoices, "other.json"})
    Choices(cache / name).remember("key", 1);
  forget_choices(cache.path());
  EXPECT_FALSE(Choices(cache / kEngineChoices).find("key"));
  EXPECT_FALSE(Choices(cache / kPlanChoices).find("key"));
  EXPECT_TRUE(Choices(cache / "other.json").find("key"));
  forget_choices(cache.path());  // there is none
}

TEST(Choices, WithoutAFileAreForgotten) {
  const Choices nowhere;
  nowhere.remember("key", 1);
  EXPECT_EQ(nowhere.find("key"), std::nullopt);
}

}  // namespace
}  // namespace nnstretch
