#include "base/process_streams.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/standard_streams.h"

namespace nnstretch {
namespace {

constexpr size_t kLongestLine = size_t{1} << 20;

bool again(int error) { return error == EINTR || error == EAGAIN; }

}  // namespace

InputFeed::InputFeed(std::string input, bool hold, Descriptor end)
    : input_(std::move(input)), hold_(hold), end_(std::move(end)) {
  ::fcntl(end_.get(), F_SETFL, O_NONBLOCK);
  if (input_.empty() && !hold_) end_.close();
}

void InputFeed::write() {
  const ssize_t count = write_quietly(end_.get(), std::string_view(input_).substr(done_));
  if (count < 0 && again(errno)) return;
  done_ += static_cast<size_t>(std::max<ssize_t>(count, 0));
  if (count < 0 || (done_ == input_.size() && !hold_)) end_.close();
}

OutputLines::OutputLines(OnLine reader, Descriptor end, bool by_line)
    : reader_(std::move(reader)), end_(std::move(end)), by_line_(by_line) {
  ::fcntl(end_.get(), F_SETFL, O_NONBLOCK);
}

size_t OutputLines::read() {
  char bytes[1 << 16];
  const ssize_t count = ::read(end_.get(), bytes, sizeof bytes);
  if (count == 0 || (count < 0 && !again(errno))) end_.close();
  if (count <= 0) return 0;
  line_.append(bytes, static_cast<size_t>(count));
  give();
  return static_cast<size_t>(count);
}

void OutputLines::finish() {
  int left = 0;
  ::ioctl(end_.get(), FIONREAD, &left);
  while (left > 0 && end_.get() >= 0) left -= static_cast<int>(read());
  end_.close();
  if (!line_.empty()) reader_(std::exchange(line_, {}));
}

void OutputLines::give() {
  if (!by_line_) return reader_(std::exchange(line_, {}));
  size_t begin = 0;
  for (size_t end = 0; (end = line_.find('\n', begin)) != line_.npos; begin = end + 1)
    reader_(std::string_view(line_).substr(begin, end - begin));
  line_.erase(0, begin);
  if (line_.size() > kLongestLine) reader_(std::exchange(line_, {}));
}

}  // namespace nnstretch
