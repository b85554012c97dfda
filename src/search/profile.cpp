#include "search/profile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/json_fields.h"

namespace nnstretch::search {

template <class Io>
void fields(Io& io, ProfiledProcessor& one) {
  io("name", one.name);
  io("role", one.role);
  io("kind", one.kind);
  io("clock", one.clock);
  io("stand_in", one.stand_in);
}
template <class Io>
void fields(Io& io, ProfiledMachine& machine) {
  io.schema(1);
  io("machine", machine.name);
  io.if_any("model", machine.model);
  io("cpu", machine.cpu);
  io("cores", machine.cores);
  io("engines", machine.engines);
  io("processors", machine.processors);
  io("program", machine.program);
  io("time", machine.time);
}
template <class Io>
void fields(Io& io, Point& point) {
  io("on", point.kind);
  io("series", point.piece.series);
  io("depth", point.piece.depth);
  io("width", point.piece.width);
  io("w_in", point.piece.w_in);
  io.us("us", point.us);
  io.if_any("engines", point.engines);
  std::optional<bool> held_out;
  if (point.held_out) held_out = true;
  io.if_any("held_out", held_out);
  if constexpr (Io::reads) point.held_out = held_out.value_or(false);
}
template <class Io>
void fields(Io& io, Together& together) {
  io("on", together.kind);
  io("together", together.factor);
}
template <class Io>
void fields(Io& io, AnchorTime& anchor) {
  io("anchor", anchor.network);
  io("on", anchor.kind);
  io.us("us", anchor.us);
}

namespace {

std::string as_line(const auto& value) { return json_text(to_json(value), -1) + "\n"; }

class Parser {
 public:
  Parser(std::string_view text, const std::string& where) : text_(text), where_(where) {
    profile_.name = where;
  }

  Profile profile() && {
    size_t number = 0;
    while (!text_.empty()) {
      const size_t end = text_.find('\n');
      ++number;
      if (end == text_.npos) {
        profile_.notes.push_back(
            fmt::format("{}:{}: the last line has no end and is left out", where_, number));
        break;
      }
      line_ = fmt::format("{}:{}", where_, number);
      if (end > 0) read(text_.substr(0, end), number == 1);
      text_.remove_prefix(end + 1);
    }
    if (kinds_.empty())
      throw FormatError({.what = "it is no profile: its first line does not tell the machine",
                         .where = where_,
                         .fix = "make one with `nnstretch profile`"});
    return std::move(profile_);
  }

 private:
  void read(std::string_view text, bool first) {
    const Json json = parse_json<Json>(text, line_, 8);
    if (!json.is_object()) refuse("it is no object");
    if (first) {
      profile_.machine = value_from<ProfiledMachine>(json, line_);
      for (const auto& one : profile_.machine.processors) kinds_.insert(one.kind);
      return;
    }
    if (json.contains("together"))
      add(value_from<Together>(json, line_));
    else if (json.contains("anchor"))
      add(value_from<AnchorTime>(json, line_));
    else
      add(value_from<Point>(json, line_));
  }

  void add(Together together) {
    check_kind(together.kind);
    if (!(together.factor >= 1 && together.factor < 1e6))
      refuse(fmt::format("'together' is {}, no factor of 1 or more", together.factor));
    profile_.together.push_back(std::move(together));
  }
  void add(AnchorTime anchor) {
    check_kind(anchor.kind);
    check_time(anchor.us);
    profile_.anchors.push_back(std::move(anchor));
  }
  void add(Point point) {
    check_kind(point.kind);
    check_time(point.us);
    for (const int value : {point.piece.depth, point.piece.width, point.piece.w_in})
      if (value < 1 || value > 1 << 24) refuse("depth, width and w_in are not all sizes");
    profile_.points.push_back(std::move(point));
  }

  void check_kind(const std::string& kind) const {
    if (!kinds_.contains(kind)) refuse(fmt::format("no processor of the profile is '{}'", kind));
  }
  void check_time(double us) const {
    constexpr double kLeast = 1e-3, kMost = 1e12;  // a nanosecond; more than a week
    if (!(us >= kLeast && us < kMost)) refuse(fmt::format("'us' is {}, no positive time", us));
  }
  [[noreturn]] void refuse(std::string what) const {
    throw FormatError({.what = std::move(what),
                       .where = line_,
                       .fix = "take the line out, or make the profile anew"});
  }

  std::string_view text_;
  const std::string& where_;
  std::string line_;
  std::set<std::string> kinds_;
  Profile profile_;
};

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw IoError({.what = fmt::format("{}: {}", what, std::strerror(errno)),
                 .where = file.string(),
                 .fix = "what was written before stays: with room there it can go on"});
}

}  // namespace

const ProfiledProcessor& ProfiledMachine::of_role(std::string_view role) const {
  for (const auto& one : processors)
    if (one.role == role) return one;
  throw UsageError({.what = fmt::format("the profile has no processor for '{}'", role),
                    .where = name,
                    .fix = fmt::format("it has {}", fmt::join(roles(), ", "))});
}

std::vector<std::string> ProfiledMachine::roles() const {
  std::vector<std::string> all;
  for (const auto& one : processors) all.push_back(one.role);
  return all;
}

double Profile::factor_of(const std::string& kind) const {
  double factor = 1;
  for (const Together& one : together)
    if (one.kind == kind) factor = one.factor;  // the newest
  return factor;
}

Profile parse_profile(std::string_view text, const std::string& where) {
  return Parser(text, where).profile();
}
Profile read_profile(const std::filesystem::path& file) {
  return parse_profile(read_text(file), file.string());
}

std::string line_of(const ProfiledMachine& machine) { return as_line(machine); }
std::string line_of(const Point& point) { return as_line(point); }
std::string line_of(const Together& together) { return as_line(together); }
std::string line_of(const AnchorTime& anchor) { return as_line(anchor); }

std::vector<std::string> differences(const ProfiledMachine& here, const ProfiledMachine& there) {
  std::vector<std::string> found;
  const auto differ = [&](const std::string& what, const std::string& a, const std::string& b) {
    if (a != b) found.push_back(fmt::format("{}: {} here, {} in the profile", what, a, b));
  };
  differ("cpu", here.cpu, there.cpu);
  differ("cores", std::to_string(here.cores), std::to_string(there.cores));
  differ("model", here.model.value_or("none"), there.model.value_or("none"));
  std::set<std::string> engines;
  for (const auto* all : {&here.engines, &there.engines})
    for (const auto& [engine, version] : *all) engines.insert(engine);
  const auto version = [](const ProfiledMachine& of, const std::string& engine) {
    const auto found = of.engines.find(engine);
    return found == of.engines.end() ? "none" : found->second.value_or("none");
  };
  for (const auto& engine : engines) differ(engine, version(here, engine), version(there, engine));
  const auto kinds = [](const ProfiledMachine& of) {
    std::string all;
    for (const auto& one : of.processors) all += fmt::format("{} is {}; ", one.role, one.kind);
    return all;
  };
  differ("processors", kinds(here), kinds(there));
  return found;
}

ProfileFile::ProfileFile(const std::filesystem::path& file, const ProfiledMachine& machine,
                         bool force)
    : file_(file) {
  std::error_code none;
  const std::string text = std::filesystem::is_regular_file(file, none) ? read_text(file) : "";
  const size_t complete = text.rfind('\n') + 1;  // 0: not even the first line is
  if (complete > 0) {
    before_ = parse_profile(text, file.string());
    const auto different = differences(machine, before_.machine);
    if (!different.empty() && !force)
      throw FormatError(
          {.what = fmt::format("the profile is of another machine: {}", fmt::join(different, ", ")),
           .where = file.string(),
           .fix = "begin another file by `out`, or mix them with `force`"});
  }
  descriptor_ = Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0666));
  if (descriptor_.get() < 0) fail(file, "cannot be written");
  if (complete < text.size() && ::ftruncate(descriptor_.get(), static_cast<off_t>(complete)) != 0)
    fail(file, "cannot be cut");
  if (complete == 0) {
    append(line_of(machine));
    before_.machine = machine;
    before_.name = file.string();
  }
}

// In one call: a line is there, or a part of it without its end.
void ProfileFile::append(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = ::write(descriptor_.get(), line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(file_, "cannot be written");
    done += static_cast<size_t>(count);
  }
}

}  // namespace nnstretch::search
