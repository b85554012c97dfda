// Which class each validation picture of ImageNet 2012 is of, from any of the places that say it.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace nnstretch::data {

// File name without its ending (ILSVRC2012_val_00000001) -> WordNet id (n01751748).
using ValidationLabels = std::map<std::string, std::string>;

// Tells the kinds apart: the development kit (a tar, compressed or not, with meta.mat and the list
// of ILSVRC2012_IDs, which are not class indices), LOC_val_solution.csv of Kaggle, or the valprep
// script that moves each file into its folder. FormatError: file and line.
ValidationLabels read_validation_labels(const std::filesystem::path& path);

ValidationLabels parse_solution_csv(std::string_view text, const std::string& where);
ValidationLabels parse_valprep(std::string_view text, const std::string& where);

// n and eight digits.
bool is_wordnet_id(std::string_view name);

}  // namespace nnstretch::data
