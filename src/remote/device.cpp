#include "remote/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/cache_folder.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/names.h"
#include "measure/context.h"
#include "plan/placing.h"
#include "remote/end_line.h"

namespace nnstretch::remote {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kAnswer(30), kSilence(120);
constexpr int64_t kSlowest = 100'000;  // bytes a second, of a link that still is one

Errand::Time time_for(int64_t bytes) { return kAnswer + std::chrono::seconds(bytes / kSlowest); }

std::string megabytes(int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::unique_ptr<FileLock> lock(const std::string& name) {
  const CacheFolder cache = cache_folder();
  if (cache.path.empty()) {
    log::warn("nothing keeps two programs from {} at once: {}", name, cache.why_not);
    return nullptr;
  }
  const fs::path folder = cache.path / "devices";
  fs::create_directories(folder);
  return std::make_unique<FileLock>(
      folder / (file_name_for(name) + ".lock"),
      [&](const std::string& holder) { log::info("{} is in use: waiting for {}", name, holder); });
}

// The folder of ours, as the shell there reads it.
std::string folder_word(const Transport& transport, const std::string& given) {
  if (given.empty()) return fmt::format("\"{}/nnstretch-device\"", transport.usual_folder());
  return shell_word(given + "/nnstretch-device");
}

// What a command says, in one line.
std::string joined(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (size_t at = 0; (at = text.find('\n', at)) != text.npos;) text.replace(at, 1, "; ");
  return text;
}

}  // namespace

Device::Device(std::unique_ptr<Transport> transport, const Target& target)
    : transport_(std::move(transport)), target_(target) {
  if (!target_.held) lock_ = lock(name());
  hello_ = hello_in(ask(hello_command(folder_word(*transport_, target_.device_tmp_dir))), name());
  if (hello_.folder.empty())
    throw IoError({.what = "no folder for our files: " + joined(hello_.refusal),
                   .where = name(),
                   .fix = "name one that can be written with `device_tmp_dir`"});
  if (!hello_.refusal.empty())
    throw IoError({.what = fmt::format("no program may be started in {}: {}", hello_.folder,
                                       joined(hello_.refusal)),
                   .where = name(),
                   .fix = "name a folder that is not mounted noexec with `device_tmp_dir`"});
  if (target_.root) check_root();
}

measure::DeviceFacts Device::facts() const {
  measure::DeviceFacts facts = hello_.device;
  facts.name = name();
  facts.bundle = bundle_ ? bundle_->name.substr(bundle_->name.find('.') + 1) : "";
  facts.root = target_.root || hello_.user == 0;
  return facts;
}

void Device::check_root() const try {
  ask("test $(id -u) -eq 0", /*as_root=*/true);
} catch (const IoError& error) {
  throw IoError({.what = "no root there: " + error.message().what,
                 .where = name(),
                 .fix = "leave `root` out"});
}

std::string Device::ask(const std::string& command, bool as_root) const {
  std::string said;
  const Ended ended =
      transport_->run({.command = command,
                       .as_root = as_root,
                       .on_line = [&](std::string_view line) { said.append(line) += '\n'; },
                       .limit = kAnswer});
  if (ended.well()) return said;
  if (ended.why != Ended::Why::itself) said = "the command there " + ended.said();
  throw IoError(
      {.what = joined(said.empty() ? "the command there " + ended.said() : said), .where = name()});
}

const Bundle& Device::bundle() {
  if (!bundle_) {
    if (target_.device_bundle.empty())
      target_.device_bundle = made_bundle(hello_.device.architecture);
    bundle_ = read_bundle(target_.device_bundle);
  }
  return *bundle_;
}

void Device::need_room(int64_t bytes, const std::string& what) const {
  constexpr int64_t kSpare = 10'000'000;  // for results and caches
  if (!hello_.free_bytes || *hello_.free_bytes >= bytes + kSpare) return;
  throw IoError(
      {.what = fmt::format("there is no room in {}: {} are free, {} has {}", hello_.folder,
                           megabytes(*hello_.free_bytes), what, megabytes(bytes)),
       .where = name(),
       .fix = "make room there, or name another folder with `device_tmp_dir`"});
}

void Device::push(const fs::path& from, const std::string& to) const {
  const auto bytes = static_cast<int64_t>(fs::file_size(from));
  transport_->push(from, to, time_for(bytes));
  ask(
      fmt::format("n=$(wc -c <{}) && test $n -eq {} || "
                  "{{ echo {}: $n bytes of {} came there; exit 1; }}",
                  shell_word(to), bytes, shell_word(to), bytes));
}

std::string Device::start_in(const std::string& folder,
                             const std::vector<std::string>& words) const {
  std::string command = fmt::format(
      "cd {} && umask 022 && export LD_LIBRARY_PATH=./lib XDG_CACHE_HOME={}.$(id -u) TMPDIR={} && "
      "exec",
      shell_word(folder), shell_word(hello_.in("cache")), shell_word(hello_.folder));
  for (const auto& some : {bundle_->start(), words})
    for (const std::string& word : some) command += " " + shell_word(word);
  return command;
}

void Device::pull(const std::string& from, const fs::path& to) const {
  const std::string said = ask("wc -c <" + shell_word(from));
  int64_t bytes = -1;
  const size_t digit = std::min(said.find_first_not_of(" \n"), said.size());
  std::from_chars(said.data() + digit, said.data() + said.size(), bytes);
  transport_->pull(from, to, time_for(bytes));
  if (static_cast<int64_t>(fs::file_size(to)) == bytes) return;
  throw IoError(
      {.what = fmt::format("{}: {} bytes of {} came back", from, fs::file_size(to), bytes),
       .where = name(),
       .fix = "run it again: what is done stays"});
}

Ended Device::run(const std::vector<std::string>& words, const std::string& output,
                  const Command::OnLine& on_line) const {
  return run(start_in(hello_.in(bundle_->name), words) + " >" + shell_word(output), on_line);
}

Ended Device::run(const std::string& command, const Command::OnLine& on_line) const {
  return transport_->run({.command = command,
                          .is_job = true,
                          .as_root = target_.root,
                          .on_line = on_line,
                          .silence = target_.device_timeout.value_or(kSilence)});
}

std::string Device::version_in(const std::string& folder) const {
  std::string said;
  const Ended ended =
      transport_->run({.command = start_in(folder, plan::words_of({{"version", ""}})),
                       .is_job = true,
                       .as_root = target_.root,
                       .on_line = [&](std::string_view line) { said.append(line) += '\n'; },
                       .limit = kAnswer});
  if (ended.well()) return joined(said);
  throw IoError({.what = fmt::format("the program does not start there, it {}: {}", ended.said(),
                                     joined(said)),
                 .where = name(),
                 .fix = fmt::format("name a bundle for {} with `device_bundle`",
                                    hello_.device.architecture)});
}

void Device::check_version(const std::string& version) const {
  if (version == measure::program_version()) return;
  throw IoError({.what = fmt::format("the bundle is of version {}, this program of {}", version,
                                     measure::program_version()),
                 .where = name(),
                 .fix = "make the bundle anew with scripts/bundle"});
}

std::string Device::push_folder(const Pushed& folder, const OnStep& say) {
  const std::string others = folder.name.substr(0, folder.name.find('.')) + ".*";
  hello_.free_bytes =
      free_bytes_in(ask(fmt::format("cd {} && rm -rf {} && df -Pk . 2>/dev/null | tail -n 1",
                                    shell_word(hello_.folder), others)));
  need_room(folder.bytes, "the program");
  log::info("{}: pushing the program, {} in {} files", name(), megabytes(folder.bytes),
            folder.files.size());
  const std::string unfinished = hello_.in(folder.name + ".part");
  ask("mkdir -p " + shell_word(unfinished));
  size_t done = 0;
  for (const auto& [file, path] : folder.files) {
    if (say) say(fmt::format("pushing the program, file {} of {}", ++done, folder.files.size()));
    if (const auto parent = fs::path(file).parent_path(); !parent.empty())
      ask("mkdir -p " + shell_word(unfinished + "/" + parent.string()));
    push(path, unfinished + "/" + file);
  }
  ask("chmod -R 755 " + shell_word(unfinished));
  return unfinished;
}

void Device::finish(const std::string& unfinished, const std::string& name) {
  ask(fmt::format("mv {} {}", shell_word(unfinished), shell_word(hello_.in(name))));
  hello_.pushed.insert(name);
}

void Device::bring_bundle(const OnStep& say) {
  const std::string& own = bundle().name;
  if (hello_.pushed.contains(own)) return check_version(hello_.versions[own]);
  const std::string unfinished = push_folder(*bundle_, say);
  const std::string version = version_in(unfinished);
  check_version(version);
  ask(fmt::format("echo {} >{}/version", shell_word(version), shell_word(unfinished)));
  finish(unfinished, own);
  hello_.versions[own] = version;
}

std::string Device::bring_folder(const Pushed& folder, const OnStep& say) {
  if (!hello_.pushed.contains(folder.name)) finish(push_folder(folder, say), folder.name);
  return hello_.in(folder.name);
}

std::string Device::bring_model(const fs::path& file, const OnStep& say) {
  const std::string own = Hash().add(read_bytes(file)).hex() + file.extension().string();
  if (hello_.pushed.contains(own)) return hello_.in(own);
  need_room(static_cast<int64_t>(fs::file_size(file)), file.filename().string());
  if (say) say("pushing " + file.filename().string());
  const std::string unfinished = hello_.in(own + ".part");
  push(file, unfinished);
  finish(unfinished, own);
  return hello_.in(own);
}

void Device::clean() {
  ask("rm -rf " + shell_word(hello_.folder), target_.root);
  log::info("{}: {} is gone", name(), hello_.folder);
  hello_.pushed.clear();
}

}  // namespace nnstretch::remote
