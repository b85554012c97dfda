// Measured times of pieces on the processors of a machine, from which the latency of any branching
// follows. A file of one JSON object a line, which only grows: the first says of what machine, each
// other is a point or a fact. Whoever is killed while writing leaves at most one line without an
// end, which counts for nothing.
//     const Profile profile = read_profile("profile.jsonl");
//     for (const std::string& note : profile.notes) log::warn("{}", note);
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pipe.h"
#include "search/piece.h"

namespace nnstretch::search {

// Of the profiled machine. Processors that are alike are of one kind and share their points.
struct ProfiledProcessor {
  std::string name, role;
  std::string kind;   // "auto cpu int8"
  std::string clock;  // "CPU time of its thread", "wall time" or "model"
  bool stand_in = false;
  bool operator==(const ProfiledProcessor&) const = default;
};

struct ProfiledMachine {
  std::string name;                  // for people
  std::optional<std::string> model;  // made of per-operator costs: of which, and how far they err
  // What must be the same for points to be added or compared.
  std::string cpu;
  size_t cores = 0;
  std::map<std::string, std::optional<std::string>> engines = {};  // versions
  std::vector<ProfiledProcessor> processors = {};

  std::string program = {}, time = {};  // that made it, and when

  // UsageError if no processor plays the role.
  const ProfiledProcessor& of_role(std::string_view role) const;
  std::vector<std::string> roles() const;
};

struct Point {
  std::string kind;
  Piece piece;
  double us = 0;
  std::optional<std::map<std::string, double>> engines = {};  // of each that `auto` timed
  bool held_out = false;  // not for predicting: it shows how far predictions err
};

// How many times slower a kind of processor is while all others work.
struct Together {
  std::string kind;
  double factor = 1;
};

// A whole network on one processor, timed with the points: what two profiles are compared by.
struct AnchorTime {
  std::string network;  // its configuration's name
  std::string kind;
  double us = 0;
};

struct Profile {
  std::string name;  // of its file
  ProfiledMachine machine;
  std::vector<Point> points;
  std::vector<Together> together;
  std::vector<AnchorTime> anchors;
  std::vector<std::string> notes = {};  // what had to be left out

  double factor_of(const std::string& kind) const;  // 1 where nothing is known
};

// FormatError naming file and line: no JSON, another version, a missing field, a number that is no
// positive time or size, a point of an unknown kind. IoError.
Profile read_profile(const std::filesystem::path& file);
Profile parse_profile(std::string_view text, const std::string& where);

// The lines of a profile.
std::string line_of(const ProfiledMachine& machine);
std::string line_of(const Point& point);
std::string line_of(const Together& together);
std::string line_of(const AnchorTime& anchor);

// Puts lines behind a file, each complete and given to the system before append() returns.
class ProfileFile {
 public:
  // A new file begins with the machine. One that is there already must be of the same machine
  // (FormatError says what differs, unless `force`), and loses a last line without an end. IoError.
  ProfileFile(const std::filesystem::path& file, const ProfiledMachine& machine,
              bool force = false);
  ProfileFile(const ProfileFile&) = delete;
  ProfileFile& operator=(const ProfileFile&) = delete;

  // What was in it.
  const Profile& before() const { return before_; }
  void append(const std::string& line);

 private:
  std::filesystem::path file_;
  Descriptor descriptor_;
  Profile before_;
};

// What differs of two machines, "cpu: A here, B in the profile"; empty if points of one may stand
// beside points of the other.
std::vector<std::string> differences(const ProfiledMachine& here, const ProfiledMachine& there);

}  // namespace nnstretch::search
