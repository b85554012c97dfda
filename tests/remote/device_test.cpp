// Another machine, played by the shell of this one; the program there is a script. The real ones:
// tests/e2e/adb_*.py and ssh_*.py.
#include "remote/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "measure/context.h"
#include "remote/device_job.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class DeviceTest : public ::testing::Test {
 protected:
  DeviceTest() {
    target_.device_tmp_dir = folder_ / "there";
    target_.device_bundle = folder_ / "bundle";
    target_.held = true;
    program("");
  }
  // What the program does if it is not asked for its version.
  void program(const std::string& does, const std::string& version = measure::program_version()) {
    fs::create_directories(folder_ / "bundle/lib");
    std::ofstream(folder_ / "bundle/lib/libdata.so") << "data";
    std::ofstream(folder_ / "bundle/nnstretch")
        << "#!/bin/sh\nif test \"$1\" = --version; then echo '" << version << "'; exit; fi\n"
        << does << "\n";
  }
  Device device() { return {std::make_unique<Sh>(), target_}; }
  Device ready() {
    Device device = this->device();
    device.bring_bundle({});
    return device;
  }
  fs::path ours() { return folder_ / "there/nnstretch-device"; }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(ours()))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  testing::TemporaryFolder folder_;
  Target target_;
};

TEST_F(DeviceTest, TheProgramIsPushedOnceAndWhole) {
  std::vector<std::string> steps;
  Device first = device();
  first.bring_bundle([&](const std::string& step) { steps.push_back(step); });
  EXPECT_EQ(steps.size(), 2u);
  ASSERT_EQ(names().size(), 1u);
  EXPECT_EQ(names()[0], first.bundle().name);
  EXPECT_EQ(read_text(ours() / names()[0] / "lib/libdata.so"), "data");
  Device second = device();
  second.bring_bundle([&](const std::string& step) { steps.push_back(step); });
  EXPECT_EQ(steps.size(), 2u);
  // Another content is another bundle, and one lies there at a time.
  program("echo other");
  Device third = ready();
  EXPECT_NE(third.bundle().name, first.bundle().name);
  EXPECT_THAT(names(), ElementsAre(third.bundle().name));
}

TEST_F(DeviceTest, AProgramThatDoesNotStartThereIsNotLeftThere) {
  program("", "0.0.1 (old)");
  EXPECT_ERROR(ready(), IoError, "the bundle is of version 0.0.1 (old)", "scripts/bundle");
  std::ofstream(folder_ / "bundle/nnstretch") << "#!/bin/sh\nkill -ILL $$\n";
  EXPECT_ERROR(ready(), IoError, "does not start there", "signal 4", "`device_bundle`");
  std::ofstream(folder_ / "bundle/nnstretch") << "\177ELF no program";
  EXPECT_ERROR(ready(), IoError, "does not start there", "status 126");
  device();
  EXPECT_TRUE(names().empty());
}

TEST_F(DeviceTest, ABundleMustHoldTheProgram) {
  fs::remove(folder_ / "bundle/nnstretch");
  EXPECT_ERROR(ready(), IoError, "bundle: it holds no program", "scripts/bundle");
  fs::remove_all(folder_ / "bundle");
  EXPECT_ERROR(ready(), IoError, "bundle: ", "scripts/bundle");
}

TEST_F(DeviceTest, SaysWhereItCannotWriteOrStart) {
  std::ofstream(folder_ / "there") << "a file";
  EXPECT_ERROR(device(), IoError, "sh: no folder for our files", "`device_tmp_dir`");
}

TEST_F(DeviceTest, ModelsAreCalledByTheirContent) {
  Device device = ready();
  std::ofstream(folder_ / "a.tflite") << "one";
  const std::string there = device.bring_model(folder_ / "a.tflite", {});
  EXPECT_EQ(read_text(there), "one");
  EXPECT_TRUE(there.ends_with(".tflite"));
  std::ofstream(folder_ / "b.tflite") << "one";
  EXPECT_EQ(device.bring_model(folder_ / "b.tflite", {}), there);
  std::ofstream(folder_ / "b.tflite") << "two";
  EXPECT_NE(device.bring_model(folder_ / "b.tflite", {}), there);
}

TEST_F(DeviceTest, AJobTellsStepsAndGivesFiles) {
  program(
      "echo 'step: one by litert' >&2; echo alive >&2; echo output; printf 'a\\0b\\n' >$2; "
      "cat \"$3\" >>$2; echo $XDG_CACHE_HOME");
  Device device = ready();
  std::ofstream(folder_ / "x") << "pushed";
  std::vector<std::string> steps;
  {
    const DeviceJob job(device);
    job.push(folder_ / "x", "it's");
    job.run({"do it", job.path("y"), job.path("it's")}, "net",
            [&](const std::string& step) { steps.push_back(step); });
    EXPECT_EQ(job.text("y"), std::string("a\0b\npushed", 10));
    EXPECT_EQ(job.text("out").substr(0, 7), "output\n");
    EXPECT_NE(job.text("out").find("/nnstretch-device/cache."), std::string::npos);
    EXPECT_ERROR(job.text("none"), IoError, "none");
  }
  EXPECT_THAT(steps, ElementsAre("one by litert"));
  EXPECT_THAT(names(), ElementsAre(device.bundle().name));  // the job's folder is gone
}

TEST_F(DeviceTest, AJobsFailureSaysWhatItSaidOrHowItDied) {
  program(
      "case $1 in usage) echo 'nnstretch: core 9: there are 4' >&2; exit 2;; "
      "work) echo 'nnstretch: it is too large' >&2; exit 1;; "
      "die) echo 'step: compiling part a by litert' >&2; kill -SEGV $$;; esac");
  Device device = ready();
  const DeviceJob job(device);
  EXPECT_ERROR(job.run({"usage"}, "net", {}), UsageError, "core 9: there are 4");
  EXPECT_ERROR(job.run({"work"}, "net", {}), EngineError, "it is too large");
  EXPECT_ERROR(job.run({"die"}, "net", {}), EngineError,
               "sh: net: litert: died in compiling part a (signal 11)", "`engine`");
}

TEST_F(DeviceTest, AJobThatSaysNothingIsEnded) {
  program("echo 'step: timing' >&2; echo $$ >'" + (folder_ / "pid").string() + "'; exec sleep 300");
  target_.device_timeout = std::chrono::seconds(1);
  Device device = ready();
  const DeviceJob job(device);
  EXPECT_ERROR(job.run({"bench"}, "net", {}), EngineError, "said nothing for 1 s", "timing");
  const int pid = std::stoi(read_text(folder_ / "pid"));
  for (int i = 0; i < 500 && ::kill(pid, 0) == 0; ++i) ::usleep(10'000);
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(DeviceTest, CleansAllThatIsOurs) {
  Device device = ready();
  device.clean();
  EXPECT_FALSE(fs::exists(ours()));
  EXPECT_TRUE(fs::exists(folder_ / "there"));
}

TEST(Target, RefusesWhatContradictsItself) {
  EXPECT_FALSE(Target{}.given());
  EXPECT_TRUE(Target{.adb = true}.given());
  EXPECT_TRUE(Target{.serial = "X"}.given());
  EXPECT_TRUE(Target{.ssh = "pi@board"}.given());
  EXPECT_ERROR((Target{.serial = "X", .ssh = "b"}.given()), UsageError, "not by both");
  EXPECT_ERROR((Target{.adb_port = 5, .ssh = "b"}.given()), UsageError, "`adb_port`");
  EXPECT_ERROR((Target{.device_tmp_dir = "/d"}.given()), UsageError, "`device_tmp_dir`");
  EXPECT_ERROR((Target{.root = true}.given()), UsageError, "`root`");
}

}  // namespace
}  // namespace nnstretch::remote
