// The errors of nnstretch: what happened, where, and what to do about it.
//     throw ConfigError({.what = "DEPTHS has 3 stages, STRIDES 4",
//                        .where = "R-34-CD.yaml:10", .fix = "give one entry per stage"});
//     // nnstretch: R-34-CD.yaml:10: DEPTHS has 3 stages, STRIDES 4: give one entry per stage
// Inside nnstretch they are caught only by an engine (to translate), a worker, a part that another
// processor can take over, the loop over configs, and main.
#pragma once
#include <stdexcept>
#include <string>

namespace nnstretch {

struct Message {
  std::string what = {};   // one sentence without a full stop
  std::string where = {};  // file:line, tensor, node or part; may be empty
  std::string fix = {};    // what the user can do; may be empty
};

class Error : public std::runtime_error {
 public:
  explicit Error(Message message);
  const Message& message() const { return message_; }

 private:
  Message message_;
};

// A file that cannot be opened, read or written.
struct IoError : Error {
  using Error::Error;
};
// Bytes of a model, checkpoint, image or table that are not what they should be.
struct FormatError : Error {
  using Error::Error;
};
// A configuration or machine file: unknown key, wrong type, inconsistent lists.
struct ConfigError : Error {
  using Error::Error;
};
// Tensors or operators that do not fit together.
struct ShapeError : Error {
  using Error::Error;
};
// An engine that is absent, refuses a graph or fails while running.
struct EngineError : Error {
  using Error::Error;
};
// An inference that another thread ended before its time.
struct Cancelled : Error {
  using Error::Error;
};
// Wrong use of the command line: exit code 2, every other error is 1.
struct UsageError : Error {
  using Error::Error;
};

}  // namespace nnstretch
