// ImageNet 2012 from its published archives to train/CLASS/*.JPEG and val/CLASS/*.JPEG.
#pragma once
#include <cstddef>
#include <filesystem>

namespace nnstretch::data {

struct ImagenetOptions {
  std::filesystem::path train;       // ILSVRC2012_img_train.tar: one tar a class; empty: not wanted
  std::filesystem::path val;         // ILSVRC2012_img_val.tar: flat; empty: not wanted
  std::filesystem::path val_labels;  // devkit, LOC_val_solution.csv or valprep.sh; val needs it
  std::filesystem::path out;
  bool check_sums = true;  // compare the archives with their published MD5 sums
};

struct ImagenetSummary {
  size_t classes = 0, train_new = 0, train_there = 0;  // pictures extracted now, classes before
  size_t val_new = 0, val_there = 0;                   // pictures
};

// May be interrupted at any time and called again: what is complete is not extracted again. A class
// of training appears when all of it is there; a picture of validation when it is complete.
// FormatError: a sum that differs, a damaged or cut archive (file and offset), a member that does
// not belong there, a picture without a label. UsageError: val without labels, nothing to do.
ImagenetSummary extract_imagenet(const ImagenetOptions& options);

}  // namespace nnstretch::data
