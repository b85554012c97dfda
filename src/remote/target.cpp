#include "remote/target.h"

#include <utility>

#include "base/error.h"
#include "remote/adb.h"
#include "remote/ssh.h"

namespace nnstretch::remote {

bool Target::given() const {
  const bool phone = adb || !serial.empty();
  if (phone && !ssh.empty())
    throw UsageError({.what = "a machine is reached by `adb` or by `ssh`, not by both",
                      .fix = "leave one of them out"});
  const std::pair<const char*, bool> of_adb[] = {{"adb_host", !adb_host.empty()},
                                                 {"adb_port", adb_port != 0}};
  for (const auto& [flag, said] : of_adb)
    if (said && !phone)
      throw UsageError({.what = "there is no phone that it could concern",
                        .where = std::string("`") + flag + "`",
                        .fix = "say `adb` or `serial` too"});
  const std::pair<const char*, bool> of_any[] = {{"device_tmp_dir", !device_tmp_dir.empty()},
                                                 {"device_bundle", !device_bundle.empty()},
                                                 {"root", root},
                                                 {"device_timeout", device_timeout.has_value()}};
  for (const auto& [flag, said] : of_any)
    if (said && !phone && ssh.empty())
      throw UsageError({.what = "there is no other machine that it could concern",
                        .where = std::string("`") + flag + "`",
                        .fix = "say `adb`, `serial` or `ssh` too"});
  return phone || !ssh.empty();
}

std::unique_ptr<Transport> reach(const Target& target) {
  if (!target.ssh.empty()) return std::make_unique<Ssh>(target.ssh);
  return std::make_unique<Adb>(Adb::Address{target.serial, target.adb_host, target.adb_port});
}

}  // namespace nnstretch::remote
