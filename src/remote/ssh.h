// A board or another PC, by OpenSSH's `ssh`, whose configuration says how it is reached. Nothing is
// wanted there but a shell: small boards have neither sftp nor scp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "remote/transport.h"

namespace nnstretch::remote {

class Ssh : public Transport {
 public:
  // Anything that `ssh` takes: pi@board, a name of ~/.ssh/config, ssh://pi@board:2222.
  explicit Ssh(std::string destination);
  ~Ssh() override;

  const std::string& name() const override { return name_; }
  std::string usual_folder() const override { return "${XDG_CACHE_HOME:-$HOME/.cache}"; }

 protected:
  std::vector<std::string> words(const std::string& command) const override;
  std::string for_root(const std::string& command) const override;
  Cause cause(const Ended& ended, const std::string& said) const override;

 private:
  std::vector<std::string> ssh(std::initializer_list<std::string> options) const;

  std::string destination_, name_;
  ScratchFolder control_;  // of the one connection that all commands share
};

}  // namespace nnstretch::remote
