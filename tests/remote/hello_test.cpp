// What machines say of themselves: words as phones, boards and PCs have them, and this machine's
// own.
#include "remote/hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "support/errors.h"
#include "support/paths.h"

namespace nnstretch::remote {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(Hello, ReadsPropertiesOfAndroid) {
  const auto properties = properties_in(
      "[ro.product.model]: [Pixel 6]\r\n"
      "[empty]: []\n"
      "[two.lines]: [first\nsecond]\n"
      "no property\n"
      "[with]: [a]: [b]\n");
  EXPECT_THAT(properties,
              UnorderedElementsAre(Pair("ro.product.model", "Pixel 6"), Pair("empty", ""),
                                   Pair("two.lines", "first\nsecond"), Pair("with", "a]: [b")));
}

TEST(Hello, ReadsTheReleaseOfLinux) {
  const auto values = release_in(
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n# comment\nID=debian\nBUG='a b'\nODD=\"\n");
  EXPECT_EQ(values.at("PRETTY_NAME"), "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(values.at("ID"), "debian");
  EXPECT_EQ(values.at("BUG"), "a b");
  EXPECT_EQ(values.at("ODD"), "\"");
}

// As `df -Pk` of toybox, GNU and busybox writes it.
TEST(Hello, ReadsFreeSpace) {
  EXPECT_EQ(free_bytes_in("Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                          "/dev/block/dm-8 115343360 40000000 75343360 35% /data\n"),
            int64_t{75343360} * 1024);
  EXPECT_EQ(free_bytes_in("tmpfs 100 100 0 100% /mnt/my disk"), 0);
  EXPECT_EQ(free_bytes_in("/dev/x 9999 9000 999 91% /data\n\n"), int64_t{999} * 1024);
  EXPECT_EQ(free_bytes_in("\n\n"), std::nullopt);
  EXPECT_EQ(free_bytes_in("df: /: can't find mount point"), std::nullopt);
  EXPECT_EQ(free_bytes_in("a b -5 10% /"), std::nullopt);
  EXPECT_EQ(free_bytes_in("a b 99999999999999999999 10% /"), std::nullopt);
}

const char* const kPhone =
    "\n== architecture\naarch64\n\n== kernel\nLinux 5.10.157-android13\n\n== user\n2000\n"
    "\n== page\nKernelPageSize:        4 kB\n"
    "\n== properties\n[ro.product.model]: [Pixel 6]\n[ro.soc.model]: [GS101]\n"
    "[ro.build.version.release]: [13]\n[ro.build.fingerprint]: [google/oriole/1]\n"
    "\n== release\n\n== model\n"
    "\n== power\ncapacity 83\nstatus Charging\ntemp 287\n"
    "\n== refusal\n\n== folder\n/data/local/tmp/nnstretch-device\n"
    "\n== space\n/dev/block/dm-8 115343360 40000000 75343360 35% /data\n"
    "\n== pushed\nbundle.0123\nabc.tflite\nprobe.part\n"
    "\n== versions\nbundle.0123 0.1.0 (3f2a1bc)\n\n== refusal\n\n== end\n";

TEST(Hello, KnowsAPhone) {
  const Hello hello = hello_in(kPhone, "adb X");
  EXPECT_EQ(hello.device.architecture, "aarch64");
  EXPECT_EQ(hello.device.model, "Pixel 6");
  EXPECT_EQ(hello.device.soc, "GS101");
  EXPECT_EQ(hello.device.system, "Android 13 google/oriole/1");
  EXPECT_EQ(hello.device.kernel, "Linux 5.10.157-android13");
  EXPECT_EQ(hello.device.page_bytes, 4096);
  EXPECT_EQ(hello.device.battery_percent, 83);
  EXPECT_EQ(hello.device.plugged, true);
  EXPECT_EQ(hello.device.battery_c, 28.7);
  EXPECT_EQ(hello.user, 2000);
  EXPECT_EQ(hello.folder, "/data/local/tmp/nnstretch-device");
  EXPECT_EQ(hello.refusal, "");
  EXPECT_EQ(hello.free_bytes, int64_t{75343360} * 1024);
  EXPECT_THAT(hello.pushed, ElementsAre("abc.tflite", "bundle.0123"));
  EXPECT_THAT(hello.versions, ElementsAre(Pair("bundle.0123", "0.1.0 (3f2a1bc)")));
}

TEST(Hello, ReadsABatteryAsAndroidAndLinuxTellIt) {
  const auto with = [](const std::string& power) {
    return hello_in("== architecture\nx\n== power\n" + power + "== end\n", "").device;
  };
  const auto android = with(
      "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n"
      "  Wireless powered: false\n  status: 2\n  level: 64\n  scale: 100\n  temperature: 251\n");
  EXPECT_EQ(android.battery_percent, 64);
  EXPECT_EQ(android.plugged, true);
  EXPECT_EQ(android.battery_c, 25.1);
  EXPECT_EQ(with("  AC powered: false\n  USB powered: false\n").plugged, false);
  EXPECT_EQ(with("status Not charging\n").plugged, true);
  EXPECT_EQ(with("status Discharging\ncapacity 101\n").plugged, false);
  EXPECT_EQ(with("capacity 101\n").battery_percent, std::nullopt);
  EXPECT_EQ(with("").plugged, std::nullopt);
}

TEST(Hello, TellsWhyThereIsNoFolder) {
  const Hello hello = hello_in(
      "== architecture\nx86_64\n== refusal\nmkdir: cannot create directory '/x': Permission "
      "denied\n"
      "== end\n",
      "ssh pc");
  EXPECT_EQ(hello.folder, "");
  EXPECT_EQ(hello.refusal, "mkdir: cannot create directory '/x': Permission denied");
}

TEST(Hello, RefusesWhatIsNoAnswer) {
  EXPECT_ERROR(hello_in("What do you want?", "ssh pc"), FormatError, "ssh pc", "What do you want?");
  EXPECT_ERROR(hello_in("== architecture\nx86_64\n", "ssh pc"), FormatError, "ssh pc");  // cut
}

// What this machine's shell says, after a line of its own.
Hello answer(const std::filesystem::path& folder, const std::string& before = "") {
  const std::string command = hello_command("'" + folder.string() + "'");
  EXPECT_LT(command.size(), 3500u);  // old phones take 4096 bytes
  std::string said;
  Process({.words = {"sh", "-c", before + "\n" + command},
           .on_stdout = [&](std::string_view line) { said.append(line) += '\n'; },
           .on_stderr = [&](std::string_view line) { said.append(line) += '\n'; }})
      .wait();
  return hello_in(said, "here");
}

TEST(Hello, IsAnsweredByThisMachine) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "ours/job.part/deep");
  const Hello hello = answer(folder / "ours");
  utsname system{};
  ::uname(&system);
  EXPECT_EQ(hello.device.architecture, system.machine);
  EXPECT_EQ(hello.device.kernel, std::string(system.sysname) + " " + system.release);
  EXPECT_EQ(hello.device.page_bytes, ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(hello.user, static_cast<int>(::getuid()));
  EXPECT_EQ(hello.folder, std::filesystem::canonical(folder / "ours").string());
  EXPECT_EQ(hello.refusal, "");
  EXPECT_TRUE(hello.pushed.empty());
  EXPECT_TRUE(std::filesystem::is_empty(folder / "ours"));  // what was unfinished is gone
  const auto space = std::filesystem::space(folder.path());
  EXPECT_NEAR(static_cast<double>(hello.free_bytes.value()), static_cast<double>(space.available),
              0.1 * static_cast<double>(space.available) + 1e8);
}

// Of a busybox whose programs are its own, where they have no path, and of a shell that knows none.
TEST(Hello, StartsProgramsWhateverTheShellCallsItself) {
  for (const char* shell : {"command() { echo sh; }", "command() { return 1; }"}) {
    const testing::TemporaryFolder folder;
    EXPECT_EQ(answer(folder / "ours", shell).refusal, "") << shell;
    EXPECT_TRUE(std::filesystem::is_empty(folder / "ours")) << shell;
  }
}

}  // namespace
}  // namespace nnstretch::remote
