// Another machine, reached: what it says of itself, what of ours lies there, and the program at
// work on it. Everything of ours is in one folder there: bundles and models by the hash of their
// content, the caches of engines, and what is unfinished, which is called .part and is gone at the
// next contact.
//     Device phone(reach(target), target);
//     phone.bring_bundle(say);
//     DeviceJob job(phone);
//     job.run({"devices", "--json", job.path("result.json")}, "devices", say);
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/log.h"
#include "remote/bundle.h"
#include "remote/hello.h"
#include "remote/target.h"
#include "remote/transport.h"

namespace nnstretch::remote {

class Device {
 public:
  // Asks it who it is. One process of this machine at a time does so: the second waits, and says
  // for whom. IoError if it cannot be reached, has no folder for us, or no program may be started
  // there.
  Device(std::unique_ptr<Transport> transport, const Target& target);

  const std::string& name() const { return transport_->name(); }
  const Hello& hello() const { return hello_; }
  // With its name, and the bundle that runs there.
  measure::DeviceFacts facts() const;

  // Which bundle it takes: the one that was named, or made for machines like it. IoError.
  const Bundle& bundle();
  const std::filesystem::path& bundle_folder() const { return target_.device_bundle; }
  // It lies there whole, and starts; else it is pushed, which is told. One lies there at a time.
  // IoError if there is no room, or if it does not start there as this version.
  void bring_bundle(const OnStep& say);
  // A folder of files lies there whole; else it is pushed, which is told, and others of its kind
  // go. Gives its path. IoError if there is no room.
  std::string bring_folder(const Pushed& folder, const OnStep& say);
  // A file there with this content, pushed unless it lies there already. Gives its path.
  std::string bring_model(const std::filesystem::path& file, const OnStep& say);

  // A command of its shell that takes moments: what it says. IoError with that if it fails.
  std::string ask(const std::string& command, bool as_root = false) const;
  // One file, its size checked.
  void push(const std::filesystem::path& from, const std::string& to) const;
  void pull(const std::string& from, const std::filesystem::path& to) const;
  // A command of its shell at work, its lines as they come. It has silence for a limit, and ends
  // when this process does. IoError where its end was not seen.
  Ended run(const std::string& command, const Command::OnLine& on_line) const;
  // The program with these words, its standard output in a file there.
  Ended run(const std::vector<std::string>& words, const std::string& output,
            const Command::OnLine& on_line) const;
  // Takes away all of ours.
  void clean();

 private:
  void check_root() const;
  void need_room(int64_t bytes, const std::string& what) const;
  // Under a name that says that it is not finished, which it gives.
  std::string push_folder(const Pushed& folder, const OnStep& say);
  void finish(const std::string& unfinished, const std::string& name);
  // Its version, as it says it.
  std::string version_in(const std::string& folder) const;
  void check_version(const std::string& version) const;
  // Starts the program of a bundle with these words.
  std::string start_in(const std::string& folder, const std::vector<std::string>& words) const;

  std::unique_ptr<Transport> transport_;
  Target target_;
  std::unique_ptr<FileLock> lock_;
  Hello hello_;
  std::optional<Bundle> bundle_;
};

}  // namespace nnstretch::remote
