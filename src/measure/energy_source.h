// Where a machine tells its energy or its power, read again and again.
//     for (FoundSource& found : find_energy_sources())
//       if (found.source) ... found.source->read(why) ... else ... found.why_not
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnstretch::measure {

// Of one thing that is fed: a package, an input of a board, a rail of a phone.
struct Rail {
  std::string name;
  int clock = 0;  // rails of one clock get new values at the same moments
};

class EnergySource {
 public:
  enum class Tells { joules, watts };  // those spent so far, or what is drawn now

  EnergySource(std::string title, Tells tells, std::vector<Rail> rails)
      : title_(std::move(title)), tells_(tells), rails_(std::move(rails)) {}
  virtual ~EnergySource() = default;

  // The value of each rail: joules since any moment, which never fall, or watts. Nothing, and why,
  // if one of them cannot be told: then there is no number for the time around it either. A counter
  // that passes its end once between two calls is understood. One thread at a time.
  virtual std::optional<std::vector<double>> read(std::string& why_not) = 0;

  const std::string& title() const { return title_; }  // "RAPL package": for people
  Tells tells() const { return tells_; }
  const std::vector<Rail>& rails() const { return rails_; }  // never empty

 private:
  std::string title_;
  Tells tells_;
  std::vector<Rail> rails_;
};

// A kind of source, and whether this machine has it. One of the two is empty.
struct FoundSource {
  std::string name;  // "rapl": as people choose it
  std::unique_ptr<EnergySource> source;
  std::string why_not;
};

// Every kind, in the order in which they are preferred: those that count before those that are
// sampled, those that see the least else first. `rail`, if it is not empty, is the only one that is
// taken, of kinds that have rails.
std::vector<FoundSource> find_energy_sources(const std::filesystem::path& sysfs = "/sys",
                                             std::string_view rail = {});

// What people say of the source: "auto", "off", the name of a kind, or "hwmon:VDD_IN", a kind and
// its rail. UsageError for other words.
void check_energy_choice(const std::string& choice);

// The source that is chosen: of "auto" the first that is there. Without a source `why_not` has the
// reasons, one a kind, or says that nobody asked. UsageError as above; IoError for a source that is
// named and is not there.
FoundSource choose_energy_source(const std::string& choice,
                                 const std::filesystem::path& sysfs = "/sys");

}  // namespace nnstretch::measure
