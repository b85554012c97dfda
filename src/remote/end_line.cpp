#include "remote/end_line.h"

#include <fmt/format.h>

#include <charconv>

namespace nnstretch::remote {
namespace {

constexpr std::string_view kEnded = "nnstretch-ended ";

// Tells the code `c`, at the beginning of a line.
constexpr std::string_view kTell = "echo; echo \"nnstretch-ended $c\"";

}  // namespace

std::string shell_word(std::string_view word) {
  std::string text = "'";
  for (const char c : word)
    if (c == '\'')
      text += "'\\''";
    else
      text += c;
  return text += '\'';
}

std::string with_end_line(std::string_view command, bool errors_too) {
  return fmt::format("( {} ){}; c=$?; {}", command, errors_too ? " 2>&1" : "", kTell);
}

// `cat` waits for the end of the input, which the keeper alone has: adbd takes input and output for
// one, and keeps a session open while anybody holds either. So the keeper ends before the line. It
// traps before it starts `cat`: one that was told to end in between would leave that behind.
std::string kept(std::string_view job) {
  return fmt::format(
      "exec 3<&0; ( {} ) </dev/null 2>&1 3<&- & p=$!; "
      "{{ trap 'kill -9 $!; exit' TERM; cat <&3 & wait $!; kill -9 $p; }} >/dev/null 2>&1 "
      "& k=$!; exec 3<&-; wait $p; c=$?; kill $k; wait $k 2>/dev/null; {}",
      job, kTell);
}

std::optional<Ended> end_in(std::string_view line) {
  if (!line.starts_with(kEnded)) return {};
  line.remove_prefix(kEnded.size());
  if (line.ends_with('\r')) line.remove_suffix(1);  // of a terminal
  int code = 0;
  const auto read = std::from_chars(line.begin(), line.end(), code);
  if (read.ec != std::errc() || read.ptr != line.end() || code < 0 || code > 255) return {};
  Ended ended;
  if (code > 128 && code <= 128 + 64)
    ended.signal = code - 128;
  else
    ended.status = code;
  return ended;
}

}  // namespace nnstretch::remote
