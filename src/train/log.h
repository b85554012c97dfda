// What training tells while it runs, in the lines that tools for pycls' logs look for:
//     [trainer.cpp: 120]: Start epoch: 1
//     [meters.cpp:  66]: json_stats: {"_type": "test_epoch", "epoch": "1/100", ...}
#pragma once
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.h"

namespace nnstretch::train {

// Numbers with a point have four decimals; keys are in order of their names.
using Fields = std::map<std::string, std::variant<int64_t, double, std::string>>;
// {"_type": "train_iter", "epoch": "1/3", "lr": 0.0500, ...}
std::string json_stats(std::string_view type, const Fields& fields);

// {"_type": "cfg", "ANYNET": {"DEPTHS": [[1, 2]], ...}, ...}: every key, unrounded.
std::string json_stats(const config::Config& config);

class Log {
 public:
  Log() = default;  // says nothing: ranks other than the first
  // To standard output, or at the end of a file. IoError if it cannot be opened.
  static Log to_stdout();
  static Log to_file(const std::filesystem::path& path);

  // IoError if it cannot be written.
  void line(std::string_view text,
            std::source_location from = std::source_location::current()) const;
  void stats(std::string_view type, const Fields& fields,
             std::source_location from = std::source_location::current()) const {
    line("json_stats: " + json_stats(type, fields), from);
  }
  void stats(const config::Config& config,
             std::source_location from = std::source_location::current()) const {
    line("json_stats: " + json_stats(config), from);
  }

 private:
  std::string name_;
  std::shared_ptr<std::FILE> out_;
};

}  // namespace nnstretch::train
