// The library itself: one ov::Core a process, and its errors in our words.
#pragma once
#include <functional>
#include <openvino/runtime/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::engines::openvino {

// Made at the first call (about 30 ms: it loads the plugins' list), kept until the process ends.
ov::Core& core();

// "cpu" as the library spells it: "CPU".
std::string device_name(std::string_view ours);

// The library's message without the lines that only tell where in its source it was thrown.
std::string first_useful_line(std::string_view message);

// Runs `work` and turns what the library throws into an EngineError. `what` is the beginning of the
// sentence ("OpenVINO cannot compile the part"), `part` its place.
void translate(std::string_view what, const std::string& part, const std::function<void()>& work);

// Runs `work` on a thread of its own that may use all of `cores`, whatever the caller is bound to,
// and waits for it; exceptions come out here. The library remembers the cores of the thread that
// compiles, and the threads it starts inherit them.
void on_free_thread(const std::vector<int>& cores, const std::function<void()>& work);

}  // namespace nnstretch::engines::openvino
