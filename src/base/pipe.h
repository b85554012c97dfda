// Descriptors that close themselves, pipes made of them, and files in memory.
#pragma once
#include <utility>

namespace nnstretch {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }  // -1: none
  void close();

 private:
  int number_;
};

struct Pipe {
  Descriptor read, write;
};

// Programs that are started inherit neither end. No end has the number of a standard stream, which
// may be free: whoever gives an end to a child as its standard stream can do so in any order.
// IoError when no descriptor is left.
Pipe make_pipe();

// The descriptor of an empty file that no folder has, closed in programs that are started: the file
// goes with its last descriptor. -1 with errno where the system has none.
int memory_file(const char* name);

}  // namespace nnstretch
