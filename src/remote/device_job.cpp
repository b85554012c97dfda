#include "remote/device_job.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/scratch_folder.h"
#include "remote/end_line.h"
#include "remote/listener.h"

namespace nnstretch::remote {

namespace fs = std::filesystem;

DeviceJob::DeviceJob(Device& device) : device_(device) {
  const std::string folder = shell_word(device_.hello().in("job.part"));
  device_.ask(fmt::format("rm -rf {0} && mkdir {0}", folder));
}

DeviceJob::~DeviceJob() {
  try {
    device_.ask("rm -rf " + shell_word(device_.hello().in("job.part")));
  } catch (const std::exception&) {  // it goes at the next contact
  }
}

std::string DeviceJob::path(const std::string& name) const {
  return device_.hello().in("job.part/" + name);
}

void DeviceJob::push(const fs::path& from, const std::string& name) const {
  device_.push(from, path(name));
}

void DeviceJob::pull(const std::string& name, const fs::path& to) const {
  device_.pull(path(name), to);
}

std::string DeviceJob::text(const std::string& name) const {
  const ScratchFolder scratch;
  pull(name, scratch / name);
  return read_text(scratch / name);
}

void DeviceJob::run(const std::vector<std::string>& words, std::string_view subject,
                    const OnStep& on_step) const {
  Listener listener(on_step);
  const Ended ended =
      device_.run(words, path("out"), [&](std::string_view line) { listener.hear(line); });
  if (!ended.well()) listener.explain(ended, fmt::format("{}: {}", device_.name(), subject));
}

}  // namespace nnstretch::remote
