// A configuration: defaults, then a pycls YAML file, then KEY VALUE pairs of the command line.
//     Config config = load("configs/mi/R-34-CDG.yaml", {"TRAIN.IM_SIZE", "160"});
//     config.anynet.stem_w;             // 64
//     config.where("ANYNET.STEM_W");    // "configs/mi/R-34-CDG.yaml:6"
// stages.h turns the lists of ANYNET into typed stages and branches.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/sections.h"

namespace nnstretch::config {

struct Config : Section {
  Model model;
  ResNet resnet;
  AnyNet anynet;
  Elastic elastic;
  RegNet regnet;
  EfficientNet en;
  VisionTransformer vit;
  BatchNorm bn;
  LayerNorm ln;
  Optim optim;
  Train train;
  Test test;
  DataLoader data_loader;
  Cudnn cudnn;
  PrecTime prec_time;
  Launch launch;
  Fsdp fsdp;
  std::string desc;
  bool verbose = true;
  int num_gpus = 1;
  int max_gpus_per_node = 8;
  std::string out_dir = "/tmp";
  std::string cfg_dest = "config.yaml";
  int rng_seed = 1;
  std::string log_dest = "stdout";
  int log_period = 10;
  std::string dist_backend = "nccl";
  std::string host = "localhost";
  List port_range = {10000, 65000};
  std::string download_cache = "/tmp/pycls-download-cache";
  std::string data_path;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("MODEL", self.model);
    f("RESNET", self.resnet);
    f("ANYNET", self.anynet);
    f("ELASTIC", self.elastic);
    f("REGNET", self.regnet);
    f("EN", self.en);
    f("VIT", self.vit);
    f("BN", self.bn);
    f("LN", self.ln);
    f("OPTIM", self.optim);
    f("TRAIN", self.train);
    f("TEST", self.test);
    f("DATA_LOADER", self.data_loader);
    f("CUDNN", self.cudnn);
    f("PREC_TIME", self.prec_time);
    f("LAUNCH", self.launch);
    f("FSDP", self.fsdp);
    f("DESC", self.desc);
    f("VERBOSE", self.verbose);
    f("NUM_GPUS", self.num_gpus);
    f("MAX_GPUS_PER_NODE", self.max_gpus_per_node);
    f("OUT_DIR", self.out_dir);
    f("CFG_DEST", self.cfg_dest);
    f("RNG_SEED", self.rng_seed);
    f("LOG_DEST", self.log_dest);
    f("LOG_PERIOD", self.log_period);
    f("DIST_BACKEND", self.dist_backend);
    f("HOST", self.host);
    f("PORT_RANGE", self.port_range);
    f("DOWNLOAD_CACHE", self.download_cache);
    f("DATA_PATH", self.data_path);
  }

  // Where a key ("ANYNET.DEPTHS") was set: "FILE:LINE", "command line", or, for a default, the
  // file that did not set it. Empty for a default of a configuration that has no file.
  std::string where(std::string_view key) const;
  // Same values; where they were set does not count.
  bool operator==(const Config& other) const;

  std::map<std::string, Value> others;                      // keys of other programs: parse_kept()
  std::string file;                                         // as given to load(); may be empty
  std::map<std::string, std::string, std::less<>> origins;  // key -> where, of keys that were set
};

// Reads and merges as pycls does (types must match exactly: 1 is no float; a string is first read
// as a Python literal, so 5e-5 is a float and '8' an int; null gives the default back), then
// checks what pycls checks after merging. `overrides` are KEY, VALUE, KEY, VALUE, ...
// IoError: the file cannot be read. UsageError: an override without its value. ConfigError:
// anything else; it names file:line or the override. Keys that pycls gave up are skipped with a
// warning.
Config load(const std::filesystem::path& path, const std::vector<std::string>& overrides = {});
// The same of a text; `file` stands in the messages.
Config parse(std::string_view text, const std::string& file,
             const std::vector<std::string>& overrides = {});
// The same of a text that a training kept in its checkpoint: what is not known here comes from
// another version of pycls, or its logger (`_type`). Such keys are kept in `others`, with a warning
// that names them; a mapping in one of them is not kept.
Config parse_kept(std::string_view text, const std::string& file);
// KEY VALUE pairs over an existing configuration. Leaves `config` as it was if it throws.
void merge(Config& config, const std::vector<std::string>& overrides);

// YAML with every key; those that pycls does not have only where they are not the default, and
// `others`. Without others parse(dump(c)) == c, and pycls reads the same values.
std::string dump(const Config& config);

}  // namespace nnstretch::config
