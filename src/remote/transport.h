// How commands and files get to another machine: its shell, by a program of this one.
//     const Ssh board("pi@board");
//     board.run({.command = "uname -m", .on_line = show, .limit = 20s});
//     board.push("net.tflite", "/tmp/net.tflite", 60s);
// Accounts, keys, cables and jump hosts are that program's business.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace nnstretch::remote {

// A command of the shell there.
struct Errand {
  using Time = Command::Time;

  std::string command;
  bool is_job = false;  // has no input, and is killed when this process ends (kept())
  bool as_root = false;
  std::string input = {};        // of what is no job
  Command::OnLine on_line = {};  // of both its outputs, in order
  std::optional<Time> limit = {}, silence = {};
};

class Transport {
 public:
  virtual ~Transport() = default;
  // "adb 0A041FDD4003BM": for messages.
  virtual const std::string& name() const = 0;
  // Where our folder lies unless somebody says it, as the shell there reads it.
  virtual std::string usual_folder() const = 0;

  // Waits for its end. IoError where that was not seen: the machine could not be reached, or was
  // not any more. What passes a limit ends here and there, and the result says so.
  Ended run(const Errand& errand) const;

  // One file, of which nothing is known when it fails. IoError.
  virtual void push(const std::filesystem::path& from, const std::string& to,
                    Errand::Time limit) const;
  virtual void pull(const std::string& from, const std::filesystem::path& to,
                    Errand::Time limit) const;

 protected:
  // Why the machine is not reached.
  struct Cause {
    std::string what, fix;
    bool usage = false;  // of the program's flags
  };
  // What a program says of a cause, and what to do about it.
  struct Remedy {
    std::string_view says, fix;
    bool usage = false;
  };

  // The words that run a command there, its streams joined with those of the words.
  virtual std::vector<std::string> words(const std::string& command) const = 0;
  virtual std::string for_root(const std::string& command) const = 0;
  // Of what the words said of themselves.
  virtual Cause cause(const Ended& ended, const std::string& said) const = 0;
  // The first line that one of the remedies is for, else the first line of all.
  static Cause cause_in(const std::string& said, std::span<const Remedy> remedies);

  // IoError or UsageError of the cause.
  [[noreturn]] void fail(const Cause& cause) const;
  // A program of this machine that does what it says on its own: all that it said, or fail().
  std::string done(std::vector<std::string> program, Errand::Time limit) const;
};

// The shell of this machine: what is the same for all of them can be tried with it.
class Sh : public Transport {
 public:
  const std::string& name() const override { return name_; }
  std::string usual_folder() const override { return "${TMPDIR:-/tmp}"; }

 protected:
  std::vector<std::string> words(const std::string& command) const override;
  std::string for_root(const std::string& command) const override;
  Cause cause(const Ended& ended, const std::string& said) const override;

 private:
  std::string name_ = "sh";
};

}  // namespace nnstretch::remote
