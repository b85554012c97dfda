#include "data/glyphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "data/beton_writer.h"
#include "data/dataset.h"
#include "data/font_face.h"
#include "image/resize.h"

namespace nnstretch::data {
namespace {

namespace fs = std::filesystem;

constexpr int side = 32, letters = 26;
constexpr size_t picture_size = 3 * side * side;

class Pictures final : public Dataset {
 public:
  size_t size() const override { return labels_.size(); }
  int64_t label(size_t index) const override { return labels_.at(index); }
  Sample read(size_t index) const override {
    Sample sample;
    sample.form = Sample::Form::rgb;
    sample.height = sample.width = side;
    sample.label = labels_.at(index);
    sample.where = fmt::format("letter {}", index);
    sample.bytes = std::as_bytes(std::span(rgb_).subspan(index * picture_size, picture_size));
    return sample;
  }
  size_t class_count() const override { return letters; }
  std::string_view kind() const override { return "letters"; }
  void add(const std::vector<uint8_t>& rgb, int64_t label) {
    rgb_.insert(rgb_.end(), rgb.begin(), rgb.end());
    labels_.push_back(label);
  }

 private:
  std::vector<uint8_t> rgb_;
  std::vector<int64_t> labels_;
};

std::string lower(std::string_view text) {
  std::string low;
  for (const unsigned char c : text) low += static_cast<char>(std::tolower(c));
  return low;
}

// Fonts whose letters are no letters, by their names.
bool has_symbols(const fs::path& file) {
  const std::string name = lower(file.filename().string());
  for (const char* word : {"math", "symbol", "dingbat", "bullet", "emoji", "hanazono", "music"})
    if (name.find(word) != name.npos) return true;
  return false;
}

std::vector<fs::path> font_files(const std::vector<fs::path>& folders) {
  std::map<std::string, fs::path> by_name;  // the same file may be in two folders
  for (const fs::path& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string ending = lower(entry->path().extension().string());
      if (ending == ".ttf" || ending == ".otf")
        by_name.emplace(entry->path().filename(), entry->path());
    }
  }
  std::vector<fs::path> files;
  for (const auto& [name, path] : by_name) files.push_back(path);
  if (files.empty())
    throw IoError(
        {.what = "no fonts",
         .where = folders.empty() ? "" : folders[0].string(),
         .fix = "`scripts/setup --glyphs` installs free ones, or name a folder with `fonts`"});
  return files;
}

// What stands together in one split: the first word of the family's name, as in "DejaVu Sans Mono".
std::string family_of(const FontFace& face) {
  const std::string name = lower(face.family);
  return name.substr(0, name.find_first_of(" -_0123456789"));
}

uint64_t number_of(std::string_view text) {  // FNV-1a
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

using Colour = std::array<int, 3>;
Colour random_colour(Random& random) {
  Colour colour;
  for (int& c : colour) c = static_cast<int>(random.below(256));
  return colour;
}
double brightness(const Colour& c) { return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]; }

// The letter somewhere in a square that is a little larger, and that one in 32 x 32.
std::vector<uint8_t> place(const Ink& ink, Random& random) {
  const int margin = 2 + static_cast<int>(random.below(5));
  const int size = std::max(ink.height, ink.width) + 2 * margin;
  const auto top = random.below(size - ink.height + 1), left = random.below(size - ink.width + 1);
  image::Image canvas{.height = size, .width = size, .rgb = {}};
  canvas.rgb.resize(3 * static_cast<size_t>(size) * static_cast<size_t>(size));
  for (int y = 0; y < ink.height; ++y)
    for (int x = 0; x < ink.width; ++x) {
      const auto to = static_cast<size_t>(3 * ((y + top) * size + x + left));
      std::fill_n(&canvas.rgb[to], 3, ink.levels[static_cast<size_t>(y * ink.width + x)]);
    }
  std::vector<uint8_t> small(picture_size);
  image::resize_area(image::view(canvas), side, side, small.data());
  return small;
}

std::vector<uint8_t> paint(const Ink& ink, Random& random) {
  constexpr double least_contrast = 50;
  std::vector<uint8_t> picture = place(ink, random);
  Colour front, back;
  do {
    front = random_colour(random);
    back = random_colour(random);
  } while (std::abs(brightness(front) - brightness(back)) <= least_contrast);
  for (size_t i = 0; i < picture.size(); ++i) {
    const int level = picture[i], c = static_cast<int>(i % 3);
    const auto at = static_cast<size_t>(c);
    picture[i] = static_cast<uint8_t>((front[at] * level + back[at] * (255 - level)) / 255);
  }
  return picture;
}

using Families = std::map<std::string, std::vector<FontFace>>;

Families read_families(const GlyphOptions& options, GlyphSummary& summary) {
  Families families;
  std::set<std::string> seen;  // a face may come in two formats
  const FontReader reader;
  const auto files = font_files(options.fonts);
  Progress progress("reading fonts", files.size());
  for (const fs::path& file : files) {
    progress.step(file.filename().string());
    auto face = has_symbols(file) ? std::nullopt : reader.read(file);
    if (!face || family_of(*face).empty()) {
      ++summary.unusable;
    } else if (seen.insert(face->family + "/" + face->style).second) {
      ++summary.faces;
      families[family_of(*face)].push_back(std::move(*face));
    }
  }
  summary.families = families.size();
  if (families.size() < 2)
    throw FormatError(
        {.what = fmt::format("{} families of fonts with all letters", families.size()),
         .where = options.fonts[0].string(),
         .fix = "`scripts/setup --glyphs` installs free ones"});
  return families;
}

// Families for validation: at random until they have their share of the faces.
std::set<std::string> validation_families(const Families& families, const GlyphOptions& options,
                                          size_t faces) {
  std::vector<std::string> names;
  for (const auto& [name, members] : families) names.push_back(name);
  KeyedRandom random{options.seed, number_of("families")};
  std::set<std::string> chosen;
  double left = options.validation * static_cast<double>(faces);
  for (const size_t i : shuffled(names.size() - 1, random)) {  // one is for training
    if (left <= 0) break;
    chosen.insert(names[i]);
    left -= static_cast<double>(families.at(names[i]).size());
  }
  return chosen;
}

void add_letters(Pictures& pictures, const FontFace& face, uint64_t seed) {
  const uint64_t name = number_of(face.family + "/" + face.style);
  for (size_t letter = 0; letter < face.letters.size(); ++letter) {
    KeyedRandom random{seed, name, letter};
    pictures.add(paint(face.letters[letter], random), static_cast<int64_t>(letter));
  }
}

}  // namespace

GlyphSummary make_glyphs(const GlyphOptions& options) {
  if (!(options.validation > 0 && options.validation < 1))
    throw UsageError({.what = fmt::format("{} is no share of the letters", options.validation),
                      .fix = "give more than 0 and less than 1"});
  GlyphSummary summary;
  const Families families = read_families(options, summary);
  const auto validation = validation_families(families, options, summary.faces);
  Pictures train, val;
  std::string list;
  for (const auto& [name, faces] : families) {
    const bool held_out = validation.contains(name);
    for (const FontFace& face : faces) {
      add_letters(held_out ? val : train, face, options.seed);
      list += fmt::format("{} {} / {}\n", held_out ? "val  " : "train", face.family, face.style);
    }
  }
  write_beton(train, options.out / "train.beton", {.mode = BetonMode::raw});
  write_beton(val, options.out / "val.beton", {.mode = BetonMode::raw});
  write_atomic(options.out / "families.txt", list);
  summary.train = train.size();
  summary.val = val.size();
  return summary;
}

}  // namespace nnstretch::data
