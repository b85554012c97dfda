// The program at work on another machine for this one, as in a child here: its words, what it says
// meanwhile, and files that go there and come back.
//     DeviceJob job(phone);
//     job.push("x.npy", "x.npy");
//     job.run({"infer", "--model=" + model, "--input=" + job.path("x.npy"), ...}, "net", say);
//     job.pull("y.npy", "y.npy");
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "remote/device.h"

namespace nnstretch::remote {

// A folder there with the files of one job, gone with it; one job at a time. If the connection is
// cut the folder goes at the next contact.
class DeviceJob {
 public:
  // The bundle must lie there.
  explicit DeviceJob(Device& device);
  ~DeviceJob();
  DeviceJob(const DeviceJob&) = delete;
  DeviceJob& operator=(const DeviceJob&) = delete;

  // Of a file of the job, there.
  std::string path(const std::string& name) const;
  void push(const std::filesystem::path& from, const std::string& name) const;
  void pull(const std::string& name, const std::filesystem::path& to) const;
  std::string text(const std::string& name) const;  // of a file of the job

  // Waits for the program's end; its standard output is the file "out" then. Errors are those of
  // Listener::explain(), and IoError where the connection was cut.
  void run(const std::vector<std::string>& words, std::string_view subject,
           const OnStep& on_step) const;

 private:
  Device& device_;
};

}  // namespace nnstretch::remote
