// A phone, by Android's `adb`: https://developer.android.com/tools/adb
#pragma once
#include <string>
#include <vector>

#include "remote/transport.h"

namespace nnstretch::remote {

class Adb : public Transport {
 public:
  struct Address {
    std::string serial;  // as `adb devices` names it; empty: $ANDROID_SERIAL, or the only one
    std::string host;    // of the adb server; empty: as adb finds it
    int port = 0;        // 0: as adb finds it
  };
  // Looks whether it is there. UsageError if several are and none is named; else IoError.
  explicit Adb(Address address);

  const std::string& name() const override { return name_; }
  std::string usual_folder() const override { return "/data/local/tmp"; }
  void push(const std::filesystem::path& from, const std::string& to,
            Errand::Time limit) const override;
  void pull(const std::string& from, const std::filesystem::path& to,
            Errand::Time limit) const override;

 protected:
  std::vector<std::string> words(const std::string& command) const override;
  std::string for_root(const std::string& command) const override;
  Cause cause(const Ended& ended, const std::string& said) const override;

 private:
  std::vector<std::string> adb(std::initializer_list<std::string> words) const;

  Address address_;
  std::string name_;
  bool raw_ = false;  // its shell can do without a terminal (shell_v2, Android 7 on)
};

}  // namespace nnstretch::remote
