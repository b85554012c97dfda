// Options of tools that people come from, and what is said here instead: TF-Lite's benchmark_model,
// OpenVINO's benchmark_app, pycls' run_net.py. docs/migrating.md shows them as a table.
#pragma once
#include <optional>
#include <string_view>

namespace nnstretch::cli {

struct ForeignWord {
  std::string_view word, of, ours;  // "--graph", "benchmark_model", "give the file as --model"
};

std::optional<ForeignWord> foreign_word(std::string_view word);

}  // namespace nnstretch::cli
