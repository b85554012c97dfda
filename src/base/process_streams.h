// What goes into a child and comes out of it, through pipes that never block this process.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/pipe.h"

namespace nnstretch {

// The child's input, and the end of the pipe where it goes in; held open if it is to be.
class InputFeed {
 public:
  InputFeed(std::string input, bool hold, Descriptor end);
  // -1: all is in, or nobody reads it
  int descriptor() const { return done_ < input_.size() ? end_.get() : -1; }
  void write();  // as much as fits

 private:
  std::string input_;
  bool hold_;
  size_t done_ = 0;
  Descriptor end_;
};

// The lines that come out of a pipe, or its bytes in pieces.
class OutputLines {
 public:
  using OnLine = std::function<void(std::string_view line)>;
  OutputLines(OnLine reader, Descriptor end, bool by_line = true);
  int descriptor() const { return end_.get(); }  // -1: it has ended
  size_t read();                                 // once; how many bytes
  // Whatever lies in the pipe, and the last line if it has no end. Others that hold the pipe may
  // write on, so this does not wait for its end.
  void finish();

 private:
  void give();

  OnLine reader_;
  Descriptor end_;
  std::string line_;  // what has come of it
  bool by_line_;
};

}  // namespace nnstretch
