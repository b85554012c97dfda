#include "data/augment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "data/augment_ops.h"

namespace nnstretch::data {
namespace {

// What magnitude 0 and 1 mean, and whether the value is negated half of the time.
struct Range {
  double from, to;
  bool both_ways;
};
Range range_of(Op op) {
  switch (op) {
    case Op::auto_contrast:
    case Op::equalize:
    case Op::invert:
      return {0, 1, false};  // have no strength
    case Op::rotate:
      return {0, 30, true};
    case Op::posterize:
    case Op::posterize_inc:
      return {0, 4, false};
    case Op::solarize:
    case Op::solarize_inc:
      return {0, 256, false};
    case Op::solarize_add:
      return {0, 110, false};
    case Op::colour:
    case Op::contrast:
    case Op::brightness:
    case Op::sharpness:
      return {0.1, 1.9, false};
    case Op::shear_x:
    case Op::shear_y:
      return {0, 0.3, true};
    case Op::translate_x:
    case Op::translate_y:
      return {0, 0.45, true};
  }
  return {};
}

struct Step {
  Op op;
  double probability, magnitude;
};
// The policy of the AutoAugment authors' code (not of their paper), in tenths of magnitude.
using Policy = Step[2];
constexpr Policy policies[] = {
    {{Op::equalize, 0.8, 0.1}, {Op::shear_y, 0.8, 0.4}},
    {{Op::colour, 0.4, 0.9}, {Op::equalize, 0.6, 0.3}},
    {{Op::colour, 0.4, 0.1}, {Op::rotate, 0.6, 0.8}},
    {{Op::solarize, 0.8, 0.3}, {Op::equalize, 0.4, 0.7}},
    {{Op::solarize, 0.4, 0.2}, {Op::solarize, 0.6, 0.2}},
    {{Op::colour, 0.2, 0.0}, {Op::equalize, 0.8, 0.8}},
    {{Op::equalize, 0.4, 0.8}, {Op::solarize_add, 0.8, 0.3}},
    {{Op::shear_x, 0.2, 0.9}, {Op::rotate, 0.6, 0.8}},
    {{Op::colour, 0.6, 0.1}, {Op::equalize, 1.0, 0.2}},
    {{Op::invert, 0.4, 0.9}, {Op::rotate, 0.6, 0.0}},
    {{Op::equalize, 1.0, 0.9}, {Op::shear_y, 0.6, 0.3}},
    {{Op::colour, 0.4, 0.7}, {Op::equalize, 0.6, 0.0}},
    {{Op::posterize, 0.4, 0.6}, {Op::auto_contrast, 0.4, 0.7}},
    {{Op::solarize, 0.6, 0.8}, {Op::colour, 0.6, 0.9}},
    {{Op::solarize, 0.2, 0.4}, {Op::rotate, 0.8, 0.9}},
    {{Op::rotate, 1.0, 0.7}, {Op::translate_y, 0.8, 0.9}},
    {{Op::shear_x, 0.0, 0.0}, {Op::solarize, 0.8, 0.4}},
    {{Op::shear_y, 0.8, 0.0}, {Op::colour, 0.6, 0.4}},
    {{Op::colour, 1.0, 0.0}, {Op::rotate, 0.6, 0.2}},
    {{Op::equalize, 0.8, 0.4}, {Op::equalize, 0.0, 0.8}},
    {{Op::equalize, 1.0, 0.4}, {Op::auto_contrast, 0.6, 0.2}},
    {{Op::shear_y, 0.4, 0.7}, {Op::solarize_add, 0.6, 0.7}},
    {{Op::posterize, 0.8, 0.2}, {Op::solarize, 0.6, 1.0}},
    {{Op::solarize, 0.6, 0.8}, {Op::equalize, 0.6, 0.1}},
    {{Op::colour, 0.8, 0.6}, {Op::rotate, 0.4, 0.5}},
};

// RandAugment's operations: all grow with the magnitude, and 0 leaves the picture as it is.
struct Growing {
  Op op;
  bool blends;  // from 1 by up to 0.9 either way, in place of range_of()
};
constexpr Growing growing[] = {
    {Op::auto_contrast, false}, {Op::equalize, false},      {Op::invert, false},
    {Op::rotate, false},        {Op::posterize_inc, false}, {Op::solarize_inc, false},
    {Op::solarize_add, false},  {Op::colour, true},         {Op::contrast, true},
    {Op::brightness, true},     {Op::sharpness, true},      {Op::shear_x, false},
    {Op::shear_y, false},       {Op::translate_x, false},   {Op::translate_y, false},
};

double value_of(const Range& range, double magnitude, Random& random) {
  const double value = range.from + magnitude * (range.to - range.from);
  return range.both_ways && random.uniform() > 0.5 ? -value : value;
}

template <class Item, size_t count>
const Item& one_of(const Item (&items)[count], Random& random) {
  return items[random.below(static_cast<int64_t>(count))];
}

void apply_growing(const Growing& step, double magnitude, const Square& picture, Random& random) {
  constexpr Range blending{0, 0.9, true};
  const double value = value_of(step.blends ? blending : range_of(step.op), magnitude, random);
  apply_op(step.op, step.blends ? 1 + value : value, picture);
}

[[noreturn]] void refuse(std::string_view text) {
  throw UsageError({.what = fmt::format("an unknown augmentation '{}'", text),
                    .where = "TRAIN.AUGMENT",
                    .fix = "use AutoAugment, or RandAugment with suffixes like _N2_M0.5_P0.5"});
}

double number(std::string_view digits, double largest, std::string_view text) {
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || at != end || !(value >= 0 && value <= largest)) refuse(text);
  return value;
}

}  // namespace

Augmentation::Augmentation(std::string_view text) {
  if (text.empty()) return;
  constexpr int most_operations = 100;
  std::string_view rest = text.substr(0, text.find('_'));
  kind_ = rest == "AutoAugment" ? Kind::automatic : Kind::random;
  if (kind_ == Kind::random && rest != "RandAugment") refuse(text);
  size_t at = rest.size();
  while (at < text.size()) {
    if (kind_ == Kind::automatic) refuse(text);
    const size_t end = std::min(text.find('_', at + 1), text.size());
    const std::string_view suffix = text.substr(at + 1, end - at - 1);
    at = end;
    if (suffix.empty()) refuse(text);
    const std::string_view digits = suffix.substr(1);
    if (suffix[0] == 'N')
      count_ = static_cast<int>(number(digits, most_operations, text));
    else if (suffix[0] == 'M')
      magnitude_ = number(digits, 1, text);
    else if (suffix[0] == 'P')
      probability_ = number(digits, 1, text);
    else
      refuse(text);
  }
}

void Augmentation::apply(std::span<uint8_t> rgb, int side, Random& random) const {
  const Square picture{rgb, side};
  if (kind_ == Kind::automatic)
    for (const Step& step : one_of(policies, random))
      if (step.probability >= 1 || random.uniform() <= step.probability)
        apply_op(step.op, value_of(range_of(step.op), step.magnitude, random), picture);
  if (kind_ == Kind::random)
    for (int i = 0; i < count_; ++i) {
      const Growing& step = one_of(growing, random);
      if (probability_ >= 1 || random.uniform() <= probability_)
        apply_growing(step, magnitude_, picture, random);
    }
}

}  // namespace nnstretch::data
