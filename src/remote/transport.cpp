#include "remote/transport.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "remote/end_line.h"

namespace nnstretch::remote {
namespace {

// What a program says, the end of it.
class Said {
 public:
  void add(std::string_view line) {
    if (line.empty()) return;
    text_.append(line) += '\n';
    if (text_.size() > 8192) text_.erase(0, text_.size() - 4096);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

Ended Transport::run(const Errand& errand) const {
  std::string command = errand.is_job ? kept(errand.command) : with_end_line(errand.command, true);
  if (errand.as_root) command = for_root(command);
  std::optional<Ended> there;
  Said said;
  const Ended here = Process({.words = words(command),
                              .input = errand.input,
                              .hold_input = errand.is_job,
                              .on_stdout =
                                  [&](std::string_view line) {
                                    if (const auto end = end_in(line))
                                      there = end;
                                    else if (errand.on_line)
                                      errand.on_line(line);
                                    else
                                      said.add(line);
                                  },
                              .on_stderr = [&](std::string_view line) { said.add(line); },
                              .limit = errand.limit,
                              .silence = errand.silence})
                         .wait();
  if (there) return *there;
  if (here.why != Ended::Why::itself) return here;
  fail(cause(here, said.text()));
}

void Transport::push(const std::filesystem::path& from, const std::string& to,
                     Errand::Time limit) const {
  std::string said;
  const Ended ended = run({.command = "cat > " + shell_word(to),
                           .input = read_text(from),
                           .on_line = [&](std::string_view line) { said.append(line) += '\n'; },
                           .limit = limit});
  if (ended.well()) return;
  while (said.ends_with('\n')) said.pop_back();
  throw IoError({.what = fmt::format("cannot write {}: {}", to,
                                     ended.why == Ended::Why::itself ? said : ended.said()),
                 .where = name(),
                 .fix = "make room there, or name another folder with `device_tmp_dir`"});
}

// Bytes, and behind them the line.
void Transport::pull(const std::string& from, const std::filesystem::path& to,
                     Errand::Time limit) const {
  std::string bytes;
  Said said;
  const Ended here = Process({.words = words(with_end_line("cat " + shell_word(from), false)),
                              .on_stdout = [&](std::string_view piece) { bytes += piece; },
                              .on_stderr = [&](std::string_view line) { said.add(line); },
                              .stdout_by_line = false,
                              .limit = limit})
                         .wait();
  if (bytes.ends_with('\n')) bytes.pop_back();
  const size_t at = bytes.rfind('\n');
  const auto there = end_in(at == bytes.npos ? "" : std::string_view(bytes).substr(at + 1));
  if (!there) fail(cause(here, said.text()));
  if (!there->well())
    throw IoError({.what = fmt::format("cannot read {}: {}", from, said.text()), .where = name()});
  bytes.resize(at);
  write_atomic(to, bytes);
}

Transport::Cause Transport::cause_in(const std::string& said, std::span<const Remedy> remedies) {
  for (const Remedy& remedy : remedies) {
    const size_t at = said.find(remedy.says);
    if (at == said.npos) continue;
    const size_t begin = said.rfind('\n', at) + 1;  // npos + 1 is 0
    return {.what = said.substr(begin, said.find('\n', at) - begin),
            .fix = std::string(remedy.fix),
            .usage = remedy.usage};
  }
  return {.what = said.substr(0, said.find('\n')), .fix = {}};
}

void Transport::fail(const Cause& cause) const {
  Message message{.what = cause.what, .where = name(), .fix = cause.fix};
  if (cause.usage) throw UsageError(std::move(message));
  throw IoError(std::move(message));
}

std::string Transport::done(std::vector<std::string> program, Errand::Time limit) const {
  std::string out, all;
  const auto add = [&](std::string_view line) { all.append(line) += '\n'; };
  const Ended ended = Process({.words = std::move(program),
                               .on_stdout =
                                   [&](std::string_view line) {
                                     out.append(line) += '\n';
                                     add(line);
                                   },
                               .on_stderr = add,
                               .limit = limit})
                          .wait();
  if (!ended.well()) fail(cause(ended, all));
  return out;
}

std::vector<std::string> Sh::words(const std::string& command) const {
  return {"sh", "-c", command};
}

std::string Sh::for_root(const std::string& command) const {
  return "sudo -n sh -c " + shell_word(command);
}

Transport::Cause Sh::cause(const Ended& ended, const std::string& said) const {
  return {.what = fmt::format("the shell {} {}", ended.said(), said),
          .fix = "the same command again goes on with what is done"};
}

}  // namespace nnstretch::remote
