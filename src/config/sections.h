// The sections of a configuration: every key with its type and default, as pycls declares them.
// Each section lists its keys once in `fields`; defaults, merging, dumping and the type checks are
// all driven by that list (config.cpp). A key that is new is a member and a line here.
//     config.anynet.stem_k is the key ANYNET.STEM_K
#pragma once
#include <string>

#include "config/value.h"

namespace nnstretch::config {

// fields(self, f) calls f("KEY", member) for every key, in the order they are written to a file.
struct Section {};

struct Model : Section {
  std::string type;
  int depth = 0;
  int num_classes = 10;
  std::string loss_fun = "cross_entropy";
  std::string activation_fun = "relu";
  bool activation_inplace = true;
  std::string scaling_type;
  double scaling_factor = 1.0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("TYPE", self.type);
    f("DEPTH", self.depth);
    f("NUM_CLASSES", self.num_classes);
    f("LOSS_FUN", self.loss_fun);
    f("ACTIVATION_FUN", self.activation_fun);
    f("ACTIVATION_INPLACE", self.activation_inplace);
    f("SCALING_TYPE", self.scaling_type);
    f("SCALING_FACTOR", self.scaling_factor);
  }
};

struct ResNet : Section {
  std::string trans_fun = "basic_transform";
  int num_groups = 1;
  int width_per_group = 64;
  bool stride_1x1 = true;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("TRANS_FUN", self.trans_fun);
    f("NUM_GROUPS", self.num_groups);
    f("WIDTH_PER_GROUP", self.width_per_group);
    f("STRIDE_1X1", self.stride_1x1);
  }
};

struct AnyNet : Section {
  std::string stem_type = "simple_stem_in";
  int stem_w = 32;
  int stem_k = 7;
  std::string block_type = "res_bottleneck_block";
  List depths;
  List widths;
  List strides;
  List bot_muls;
  List group_ws;
  List kernels;
  int head_w = 0;
  bool se_on = false;
  double se_r = 0.25;
  List devices;
  List original_widths;
  bool mb_downsample = true;
  std::string stem_device = "cpu";
  std::string head_device = "cpu";
  std::string merge_device = "cpu";
  int mb_ver = 2;
  List activation_fun;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("STEM_TYPE", self.stem_type);
    f("STEM_W", self.stem_w);
    f("STEM_K", self.stem_k);
    f("BLOCK_TYPE", self.block_type);
    f("DEPTHS", self.depths);
    f("WIDTHS", self.widths);
    f("STRIDES", self.strides);
    f("BOT_MULS", self.bot_muls);
    f("GROUP_WS", self.group_ws);
    f("KERNELS", self.kernels);
    f("HEAD_W", self.head_w);
    f("SE_ON", self.se_on);
    f("SE_R", self.se_r);
    f("DEVICES", self.devices);
    f("ORIGINAL_WIDTHS", self.original_widths);
    f("MB_DOWNSAMPLE", self.mb_downsample);
    f("STEM_DEVICE", self.stem_device);
    f("HEAD_DEVICE", self.head_device);
    f("MERGE_DEVICE", self.merge_device);
    f("MB_VER", self.mb_ver);
    f("ACTIVATION_FUN", self.activation_fun);
  }
};

struct RegNet : Section {
  std::string stem_type = "simple_stem_in";
  int stem_w = 32;
  std::string block_type = "res_bottleneck_block";
  int stride = 2;
  bool se_on = false;
  double se_r = 0.25;
  int depth = 10;
  int w0 = 32;
  double wa = 5.0;
  double wm = 2.5;
  int group_w = 16;
  double bot_mul = 1.0;
  int head_w = 0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("STEM_TYPE", self.stem_type);
    f("STEM_W", self.stem_w);
    f("BLOCK_TYPE", self.block_type);
    f("STRIDE", self.stride);
    f("SE_ON", self.se_on);
    f("SE_R", self.se_r);
    f("DEPTH", self.depth);
    f("W0", self.w0);
    f("WA", self.wa);
    f("WM", self.wm);
    f("GROUP_W", self.group_w);
    f("BOT_MUL", self.bot_mul);
    f("HEAD_W", self.head_w);
  }
};

struct EfficientNet : Section {
  int stem_w = 32;
  List depths;
  List widths;
  List exp_ratios;
  double se_r = 0.25;
  List strides;
  List kernels;
  int head_w = 1280;
  double dc_ratio = 0.0;
  double dropout_ratio = 0.0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("STEM_W", self.stem_w);
    f("DEPTHS", self.depths);
    f("WIDTHS", self.widths);
    f("EXP_RATIOS", self.exp_ratios);
    f("SE_R", self.se_r);
    f("STRIDES", self.strides);
    f("KERNELS", self.kernels);
    f("HEAD_W", self.head_w);
    f("DC_RATIO", self.dc_ratio);
    f("DROPOUT_RATIO", self.dropout_ratio);
  }
};

struct VisionTransformer : Section {
  int patch_size = 16;
  std::string stem_type = "patchify";
  List c_stem_kernels;
  List c_stem_strides;
  List c_stem_dims;
  int num_layers = 12;
  int num_heads = 12;
  int hidden_dim = 768;
  int mlp_dim = 3072;
  std::string classifier_type = "token";

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("PATCH_SIZE", self.patch_size);
    f("STEM_TYPE", self.stem_type);
    f("C_STEM_KERNELS", self.c_stem_kernels);
    f("C_STEM_STRIDES", self.c_stem_strides);
    f("C_STEM_DIMS", self.c_stem_dims);
    f("NUM_LAYERS", self.num_layers);
    f("NUM_HEADS", self.num_heads);
    f("HIDDEN_DIM", self.hidden_dim);
    f("MLP_DIM", self.mlp_dim);
    f("CLASSIFIER_TYPE", self.classifier_type);
  }
};

struct BatchNorm : Section {
  double eps = 1e-05;
  double mom = 0.1;
  bool use_precise_stats = true;
  int num_samples_precise = 8192;
  bool zero_init_final_gamma = false;
  bool use_custom_weight_decay = false;
  double custom_weight_decay = 0.0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("EPS", self.eps);
    f("MOM", self.mom);
    f("USE_PRECISE_STATS", self.use_precise_stats);
    f("NUM_SAMPLES_PRECISE", self.num_samples_precise);
    f("ZERO_INIT_FINAL_GAMMA", self.zero_init_final_gamma);
    f("USE_CUSTOM_WEIGHT_DECAY", self.use_custom_weight_decay);
    f("CUSTOM_WEIGHT_DECAY", self.custom_weight_decay);
  }
};

struct LayerNorm : Section {
  double eps = 1e-05;
  bool use_custom_weight_decay = false;
  double custom_weight_decay = 0.0;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("EPS", self.eps);
    f("USE_CUSTOM_WEIGHT_DECAY", self.use_custom_weight_decay);
    f("CUSTOM_WEIGHT_DECAY", self.custom_weight_decay);
  }
};

struct Optim : Section {
  std::string optimizer = "sgd";
  double base_lr = 0.1;
  double min_lr = 0.0;
  std::string lr_policy = "cos";
  List steps;
  double lr_mult = 0.1;
  double step = 2.4;  // epochs from one LR_MULT to the next, of the policy exp2; not of pycls
  int min_epoch = 0;  // before which exp2 counts backwards; not of pycls
  int max_epoch = 200;
  double momentum = 0.9;
  double dampening = 0.0;
  bool nesterov = true;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double weight_decay = 0.0005;
  bool bias_use_custom_weight_decay = false;
  double bias_custom_weight_decay = 0.0;
  double warmup_factor = 0.1;
  int warmup_epochs = 0;
  double ema_alpha = 1e-05;
  int ema_update_period = 32;
  bool mta = false;
  double grad_clip = 0.0;     // longest gradient of all parameters together; 0: any; not of pycls
  double head_lr_mult = 1.0;  // rate of the head / rate of the rest; not of pycls

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("OPTIMIZER", self.optimizer);
    f("BASE_LR", self.base_lr);
    f("MIN_LR", self.min_lr);
    f("LR_POLICY", self.lr_policy);
    f("STEPS", self.steps);
    f("LR_MULT", self.lr_mult);
    f("STEP", self.step);
    f("MIN_EPOCH", self.min_epoch);
    f("MAX_EPOCH", self.max_epoch);
    f("MOMENTUM", self.momentum);
    f("DAMPENING", self.dampening);
    f("NESTEROV", self.nesterov);
    f("BETA1", self.beta1);
    f("BETA2", self.beta2);
    f("WEIGHT_DECAY", self.weight_decay);
    f("BIAS_USE_CUSTOM_WEIGHT_DECAY", self.bias_use_custom_weight_decay);
    f("BIAS_CUSTOM_WEIGHT_DECAY", self.bias_custom_weight_decay);
    f("WARMUP_FACTOR", self.warmup_factor);
    f("WARMUP_EPOCHS", self.warmup_epochs);
    f("EMA_ALPHA", self.ema_alpha);
    f("EMA_UPDATE_PERIOD", self.ema_update_period);
    f("MTA", self.mta);
    f("GRAD_CLIP", self.grad_clip);
    f("HEAD_LR_MULT", self.head_lr_mult);
  }
};

struct Train : Section {
  std::string dataset;
  std::string split = "train";
  int batch_size = 128;
  int im_size = 224;
  bool auto_resume = true;
  std::string weights;
  bool mixed_precision = false;
  double label_smoothing = 0.0;
  double mixup_alpha = 0.0;
  double cutmix_alpha = 0.0;
  double pca_std = 0.1;
  std::string augment;
  bool distill = false;
  std::string teacher;
  std::string teacher_name;
  // Not of pycls:
  int accum_steps = 1;        // batches whose gradients are one step's
  bool new_head = false;      // WEIGHTS are of a network with another classifier
  List freeze;                // "stem", "s1", ..., "head": parts that stay as they are
  double save_minutes = 0.0;  // between checkpoints within an epoch; 0: none
  int save_steps = 0;
  std::string flip;  // on or off: mirrored at random; empty: on, but for letters (glyphs)

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("DATASET", self.dataset);
    f("SPLIT", self.split);
    f("BATCH_SIZE", self.batch_size);
    f("IM_SIZE", self.im_size);
    f("AUTO_RESUME", self.auto_resume);
    f("WEIGHTS", self.weights);
    f("MIXED_PRECISION", self.mixed_precision);
    f("LABEL_SMOOTHING", self.label_smoothing);
    f("MIXUP_ALPHA", self.mixup_alpha);
    f("CUTMIX_ALPHA", self.cutmix_alpha);
    f("PCA_STD", self.pca_std);
    f("AUGMENT", self.augment);
    f("DISTILL", self.distill);
    f("TEACHER", self.teacher);
    f("TEACHER_NAME", self.teacher_name);
    f("ACCUM_STEPS", self.accum_steps);
    f("NEW_HEAD", self.new_head);
    f("FREEZE", self.freeze);
    f("SAVE_MINUTES", self.save_minutes);
    f("SAVE_STEPS", self.save_steps);
    f("FLIP", self.flip);
  }
};

struct Test : Section {
  std::string dataset;
  std::string split = "val";
  int batch_size = 200;
  int im_size = 256;
  std::string weights;
  int powersave_level = 255;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("DATASET", self.dataset);
    f("SPLIT", self.split);
    f("BATCH_SIZE", self.batch_size);
    f("IM_SIZE", self.im_size);
    f("WEIGHTS", self.weights);
    f("POWERSAVE_LEVEL", self.powersave_level);
  }
};

// Networks inside the one that ANYNET describes, which is the largest of them. Not of pycls.
struct Elastic : Section {
  List min_depths;  // of the smallest network, as ANYNET.DEPTHS and WIDTHS; none: not elastic in it
  List min_widths;
  int width_step = 8;        // between the widths of a branch
  int networks = 4;          // of a step: the largest, the smallest, the others drawn at random
  bool align = true;         // a branch keeps its own input columns in the next stage
  double temperature = 1.0;  // of the largest one's answers, from which the others learn
  int alone_epochs = 0;      // at first, in which the largest learns alone

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("MIN_DEPTHS", self.min_depths);
    f("MIN_WIDTHS", self.min_widths);
    f("WIDTH_STEP", self.width_step);
    f("NETWORKS", self.networks);
    f("ALIGN", self.align);
    f("TEMPERATURE", self.temperature);
    f("ALONE_EPOCHS", self.alone_epochs);
  }
};

struct DataLoader : Section {
  int num_workers = 8;
  bool pin_memory = true;
  std::string mode = "pytorch";
  std::string colour;  // rgb or bgr, the order of channels; empty: that of the mode; not of pycls

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("NUM_WORKERS", self.num_workers);
    f("PIN_MEMORY", self.pin_memory);
    f("MODE", self.mode);
    f("COLOUR", self.colour);
  }
};

struct Cudnn : Section {
  bool benchmark = true;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("BENCHMARK", self.benchmark);
  }
};

struct PrecTime : Section {
  int warmup_iter = 3;
  int num_iter = 30;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("WARMUP_ITER", self.warmup_iter);
    f("NUM_ITER", self.num_iter);
  }
};

struct Launch : Section {
  std::string mode = "local";
  int max_retry = 3;
  std::string name = "pycls_job";
  std::string comment;
  int cpus_per_gpu = 10;
  int mem_per_gpu = 60;
  std::string partition = "devlab";
  std::string gpu_type = "volta";
  int time_limit = 4200;
  std::string email;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("MODE", self.mode);
    f("MAX_RETRY", self.max_retry);
    f("NAME", self.name);
    f("COMMENT", self.comment);
    f("CPUS_PER_GPU", self.cpus_per_gpu);
    f("MEM_PER_GPU", self.mem_per_gpu);
    f("PARTITION", self.partition);
    f("GPU_TYPE", self.gpu_type);
    f("TIME_LIMIT", self.time_limit);
    f("EMAIL", self.email);
  }
};

struct Fsdp : Section {
  bool enabled = false;
  bool reshard_after_fw = true;
  bool layer_norm_fp32 = true;

  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("ENABLED", self.enabled);
    f("RESHARD_AFTER_FW", self.reshard_after_fw);
    f("LAYER_NORM_FP32", self.layer_norm_fp32);
  }
};

}  // namespace nnstretch::config
