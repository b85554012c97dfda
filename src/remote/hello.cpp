#include "remote/hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"

namespace nnstretch::remote {
namespace {

using Sections = std::map<std::string, std::string, std::less<>>;
constexpr std::string_view kSection = "== ";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

std::optional<int64_t> number_in(std::string_view text) {
  int64_t number = 0;
  const auto read = std::from_chars(text.begin(), text.end(), number);
  if (read.ec != std::errc() || read.ptr != text.end()) return {};
  return number;
}

std::vector<std::string_view> words_in(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; (at = line.find_first_not_of(" \t", at)) != line.npos;) {
    const size_t end = std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

Sections sections_of(std::string_view output) {
  Sections sections;
  std::string* now = nullptr;
  for (const std::string_view line : lines_of(output))
    if (line.starts_with(kSection))
      now = &sections[std::string(line.substr(kSection.size()))];
    else if (now)
      now->append(line) += '\n';
  return sections;
}

std::string first_line(const Sections& sections, std::string_view name) {
  const auto found = sections.find(name);
  if (found == sections.end()) return {};
  for (const std::string_view line : lines_of(found->second))
    if (!line.empty()) return std::string(line);
  return {};
}

std::string_view text_of(const Sections& sections, std::string_view name) {
  const auto found = sections.find(name);
  return found == sections.end() ? std::string_view() : found->second;
}

// The first of these that is told.
std::string first_of(const std::map<std::string, std::string>& values,
                     std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = values.find(name); found != values.end() && !found->second.empty())
      return found->second;
  return {};
}

// "KernelPageSize:        4 kB"
std::optional<int64_t> page_bytes_in(std::string_view line) {
  const auto words = words_in(line);
  if (words.size() != 3 || words[2] != "kB") return {};
  const auto kib = number_in(words[1]);
  if (!kib || *kib < 1 || *kib > 1 << 20) return {};
  return *kib * 1024;
}

// Of a battery, as Linux tells it, "capacity 85" a line, and as Android's `dumpsys battery` does,
// "  level: 85".
void read_power(std::string_view text, measure::DeviceFacts& device) {
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_in(line);
    if (words.size() < 2) continue;
    const auto number = number_in(words[1]);
    if ((words[0] == "capacity" || words[0] == "level:") && number && *number >= 0 &&
        *number <= 100)
      device.battery_percent = static_cast<int>(*number);
    if (words[0] == "status" && words[1] != "Unknown") device.plugged = words[1] != "Discharging";
    if (words[1] == "powered:" && words.size() == 3)
      device.plugged = device.plugged.value_or(false) || words[2] == "true";
    if ((words[0] == "temp" || words[0] == "temperature:") && number)
      device.battery_c = static_cast<double>(*number) / 10;
  }
}

measure::DeviceFacts device_of(const Sections& sections) {
  const auto properties = properties_in(text_of(sections, "properties"));
  const auto release = release_in(text_of(sections, "release"));
  measure::DeviceFacts device;
  device.architecture = first_line(sections, "architecture");
  device.kernel = first_line(sections, "kernel");
  device.page_bytes = page_bytes_in(first_line(sections, "page"));
  device.model = first_of(properties, {"ro.product.model", "ro.product.name"});
  if (device.model.empty()) device.model = first_line(sections, "model");
  device.soc = first_of(properties, {"ro.soc.model", "ro.board.platform", "ro.hardware"});
  if (const auto android = first_of(properties, {"ro.build.version.release"}); !android.empty()) {
    device.system = "Android " + android;
    if (const auto build = first_of(properties, {"ro.build.fingerprint", "ro.build.display.id"});
        !build.empty())
      device.system += " " + build;
  } else {
    device.system = first_of(release, {"PRETTY_NAME", "NAME"});
  }
  read_power(text_of(sections, "power"), device);
  return device;
}

}  // namespace

std::map<std::string, std::string> properties_in(std::string_view text) {
  std::map<std::string, std::string> properties;
  std::string* open = nullptr;  // whose value goes on
  for (std::string_view line : lines_of(text)) {
    const size_t between = line.find("]: [");
    if (line.starts_with('[') && between != line.npos) {
      open = &properties[std::string(line.substr(1, between - 1))];
      open->clear();
      line.remove_prefix(between + 4);
    } else if (open) {
      *open += '\n';
    } else {
      continue;
    }
    const bool ends = line.ends_with(']');
    open->append(line.substr(0, line.size() - (ends ? 1 : 0)));
    if (ends) open = nullptr;
  }
  return properties;
}

std::map<std::string, std::string> release_in(std::string_view text) {
  std::map<std::string, std::string> values;
  for (const std::string_view line : lines_of(text)) {
    const size_t equals = line.find('=');
    if (equals == line.npos || line.starts_with('#')) continue;
    std::string_view value = line.substr(equals + 1);
    const bool quotes =
        value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    if (quotes) value = value.substr(1, value.size() - 2);
    values[std::string(line.substr(0, equals))] = value;
  }
  return values;
}

// "/dev/sda1  4096 1024 3072 25% /data": the place of a name with blanks is at the end.
std::optional<int64_t> free_bytes_in(std::string_view df) {
  auto lines = lines_of(df);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty()) return {};
  const auto words = words_in(lines.back());
  for (size_t i = 2; i < words.size(); ++i) {
    if (!words[i].ends_with('%')) continue;
    const auto kib = number_in(words[i - 1]);
    if (!kib || *kib < 0 || *kib > int64_t{1} << 50) return {};
    return *kib * 1024;
  }
  return {};
}

std::string hello_command(const std::string& folder) {
  return fmt::format(
      "s() {{ echo; echo \"== $1\"; }}; s architecture; uname -m; s kernel; uname -sr; "
      "s user; id -u; s page; grep -m1 KernelPageSize /proc/self/smaps 2>/dev/null; "
      "s properties; command -v getprop >/dev/null && getprop; "
      "s release; cat /etc/os-release 2>/dev/null; s model; "
      "cat /proc/device-tree/model /sys/class/dmi/id/product_name 2>/dev/null | tr '\\0' '\\n'; "
      "s power; for p in /sys/class/power_supply/*; do "
      "if test \"$(cat $p/type 2>/dev/null)\" = Battery; then for f in capacity status temp; do "
      "test -r $p/$f && echo $f $(cat $p/$f); done; break; fi; done 2>/dev/null; "
      "command -v dumpsys >/dev/null && dumpsys battery 2>/dev/null; "
      "s refusal; mkdir -p {0} && cd {0} && rm -rf *.part && "
      // A busybox whose programs are its own says "sh", without a path.
      "case $(command -v sh) in /*) sh=$(command -v sh) ;; *) sh=/bin/sh ;; esac && "
      "printf '#!%s\\n' $sh >probe.part && chmod 755 probe.part && "
      "{{ s folder; pwd; s space; df -Pk . 2>/dev/null | tail -n 1; "
      "s pushed; ls -1; s versions; for b in bundle.*; do "
      "test -f $b/version && echo $b $(cat $b/version); done; s refusal; ./probe.part; rm -f "
      "probe.part; }}; s end",
      folder);
}

Hello hello_in(std::string_view output, const std::string& where) {
  const Sections sections = sections_of(output);
  Hello hello{.device = device_of(sections), .folder = {}, .refusal = {}};
  if (!sections.contains("end") || hello.device.architecture.empty())
    throw FormatError({.what = fmt::format("it answers '{}'", output.substr(0, 200)),
                       .where = where,
                       .fix = "its shell must be one of POSIX: see what `sh` is there"});
  hello.user = static_cast<int>(number_in(first_line(sections, "user")).value_or(-1));
  hello.folder = first_line(sections, "folder");
  hello.refusal = first_line(sections, "refusal");
  hello.free_bytes = free_bytes_in(first_line(sections, "space"));
  for (const std::string_view name : lines_of(text_of(sections, "pushed")))
    if (!name.empty() && !name.ends_with(".part")) hello.pushed.emplace(name);
  for (const std::string_view line : lines_of(text_of(sections, "versions")))
    if (const size_t blank = line.find(' '); blank != line.npos)
      hello.versions[std::string(line.substr(0, blank))] = line.substr(blank + 1);
  return hello;
}

}  // namespace nnstretch::remote
