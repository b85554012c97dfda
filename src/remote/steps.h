// What a process of this program says of its work to the one that started it: lines on its standard
// error among those for people.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace nnstretch::remote {

// "step: WHAT": it begins now. Written and flushed at once.
void tell_step(const std::string& what);
// Told every ten seconds, however long a step takes: whoever hears nothing for longer knows that
// the process, or the way to it, is dead.
inline constexpr std::string_view kAlive = "alive";
class Pulse {
 public:
  Pulse();  // from now to the end of this object
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ends_ = false;
  std::thread teller_;
};

// What a line says so; nothing if it is another line.
std::optional<std::string> step_in(std::string_view line);

// "litert: died in compiling part s2.cpu (signal 6)", of the step "compiling part s2.cpu by
// litert".
std::string died_in(const std::string& step, int signal);

}  // namespace nnstretch::remote
