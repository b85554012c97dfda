#include "engines/litert/litert_part.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/aligned.h"
#include "base/error.h"
#include "base/stdout_guard.h"
#include "base/threads.h"
#include "engines/litert/gpu_model.h"
#include "formats/tflite/writer.h"

namespace nnstretch::engines::litert {
namespace {

constexpr size_t kOnlySignature = 0;
constexpr size_t kAlignment = 64;  // of host memory; LiteRT refuses less

class LiteRtInstance : public PartInstance {
 public:
  LiteRtInstance(std::shared_ptr<const LiteRtPart> part, CompiledModel compiled)
      : part_(std::move(part)), compiled_(std::move(compiled)) {
    if (part_->settings().counts_ops)
      check(LiteRtCompiledModelGetProfiler(compiled_.get(), &profiler_), "find its profiler",
            part_->name());
  }

  ~LiteRtInstance() override {
    const auto lock = lock_of_gpu();
    inputs_ = {}, outputs_ = {};
    compiled_.reset();
  }

  void bind(std::span<const Buffer> in, std::span<const Buffer> out) override {
    const auto lock = lock_of_gpu();
    staged_.clear();
    std::vector<Buffer> aligned(in.begin(), in.end());
    for (Buffer& buffer : aligned)
      if (!is_aligned(buffer)) buffer = staged(buffer);
    wrap(aligned, part_->inputs(), part_->input_bytes(), inputs_, "input");
    wrap(out, part_->outputs(), part_->output_bytes(), outputs_, "output");
  }

  // Nothing is allocated here; LiteRT itself takes five small blocks of memory in every call.
  void run() override {
    for (const Staged& input : staged_)
      std::memcpy(input.memory.data(), input.from, input.memory.size());
    if (profiler_) start_profiler();
    if (part_->settings().on_gpu())
      run_on_gpu();
    else
      call();
  }

  std::vector<OpTime> op_times() const override {
    std::vector<OpTime> times;
    for (const LiteRtProfilerEvent& event : events())
      if (event.type == kLiteRtEventOperator || event.type == kLiteRtEventInDelegate)
        times.push_back({{}, event.tag, static_cast<double>(event.elapsed_us)});
    return times;
  }

 private:
  // An input that LiteRT cannot read where it is.
  struct Staged {
    const std::byte* from;
    AlignedBytes memory;
  };

  void start_profiler() {
    check(LiteRtResetProfiler(profiler_), "time operators", part_->name());
    check(LiteRtStartProfiler(profiler_), "time operators", part_->name());
  }

  // Of the last run.
  std::vector<LiteRtProfilerEvent> events() const {
    int count = 0;
    if (profiler_)
      check(LiteRtGetNumProfilerEvents(profiler_, &count), "count operators", part_->name());
    std::vector<LiteRtProfilerEvent> events(static_cast<size_t>(count));
    if (count > 0)
      check(LiteRtGetProfilerEvents(profiler_, count, events.data()), "time operators",
            part_->name());
    return events;
  }

  static bool is_aligned(const Buffer& buffer) {
    return reinterpret_cast<uintptr_t>(buffer.data) % kAlignment == 0;
  }

  Buffer staged(const Buffer& buffer) {
    staged_.push_back({buffer.data, AlignedBytes(buffer.bytes)});
    return {staged_.back().memory.data(), buffer.bytes};
  }

  void call() {
    check(LiteRtRunCompiledModel(compiled_.get(), kOnlySignature, inputs_.raw.size(),
                                 inputs_.raw.data(), outputs_.raw.size(), outputs_.raw.data()),
          "run", part_->name());
  }

  // A GPU's environment does one thing at a time; a CPU's makes things under the lock of its own.
  std::unique_lock<std::mutex> lock_of_gpu() const {
    return part_->settings().on_gpu() ? std::unique_lock(part_->library().busy)
                                      : std::unique_lock<std::mutex>();
  }

  // The call may return before the GPU has written: locking an output waits for that.
  void run_on_gpu() {
    const auto lock = lock_of_gpu();
    for (LiteRtTensorBuffer output : outputs_.raw)
      check(LiteRtClearTensorBufferEvent(output), "reuse a buffer", part_->name());
    call();
    for (LiteRtTensorBuffer output : outputs_.raw) {
      void* ours = nullptr;  // the bound memory itself
      check(LiteRtLockTensorBuffer(output, &ours, kLiteRtLockModeRead), "wait for the GPU",
            part_->name());
      check(LiteRtUnlockTensorBuffer(output), "let go of a buffer", part_->name());
    }
  }

  struct Bound {
    std::vector<TensorBuffer> owned;
    std::vector<LiteRtTensorBuffer> raw;  // the same, as the C API takes them
  };

  void wrap(std::span<const Buffer> buffers, const std::vector<LiteRtRankedTensorType>& types,
            const std::vector<size_t>& bytes, Bound& bound, std::string_view kind) {
    if (buffers.size() != types.size())
      throw EngineError({.what = fmt::format("{} {} buffers for {} {}s", buffers.size(), kind,
                                             types.size(), kind),
                         .where = part_->name()});
    bound = {};
    for (size_t i = 0; i < buffers.size(); ++i) {
      const Buffer& buffer = buffers[i];
      if (buffer.bytes != bytes[i] || !is_aligned(buffer))
        throw EngineError({.what = fmt::format(
                               "{} {} has {} bytes at {}, LiteRT needs {} at a multiple "
                               "of {}",
                               kind, i, buffer.bytes, fmt::ptr(buffer.data), bytes[i], kAlignment),
                           .where = part_->name()});
      void (*const not_ours_to_free)(void*) = nullptr;
      bound.owned.push_back(created<TensorBuffer>(
          LiteRtCreateTensorBufferFromHostMemory, "take a buffer", part_->name(), &types[i],
          static_cast<void*>(buffer.data), buffer.bytes, not_ours_to_free));
      bound.raw.push_back(bound.owned.back().get());
    }
  }

  std::shared_ptr<const LiteRtPart> part_;
  CompiledModel compiled_;
  LiteRtProfiler profiler_ = nullptr;  // of compiled_; null if operators are not timed
  std::vector<Staged> staged_;
  Bound inputs_, outputs_;
};

// Adds a TOML text that an accelerator reads.
void add(Options& options, const char* identifier, const std::string& toml,
         const std::string& where) {
  std::unique_ptr<char, decltype(&std::free)> text(::strdup(toml.c_str()), &std::free);
  auto opaque = created<OpaqueOptions>(LiteRtCreateOpaqueOptions, "make options", where, identifier,
                                       static_cast<void*>(text.get()), &std::free);
  text.release();
  check(LiteRtAddOpaqueOptions(options.get(), opaque.get()), "add options", where);
  opaque.release();
}

Options options_for(const Settings& settings, const PackedWeights& packed,
                    const std::string& where) {
  auto options = created<Options>(LiteRtCreateOptions, "make options", where);
  check(LiteRtSetOptionsHardwareAccelerators(options.get(), settings.accelerator),
        "choose the accelerator", where);
  if (settings.on_gpu()) {  // 2: float32. Half floats do not hold the sums of int8 products
    add(options, "gpu_options", "precision = 2\n", where);
    return options;
  }
  std::string toml =
      fmt::format("num_threads = {}\nkernel_mode = \"{}\"\n", settings.threads, settings.kernels);
  if (settings.kernels == "xnnpack")  // the others pack nothing, and would not close it
    toml += fmt::format("weight_cache_file_descriptor = {}\n", packed.handed_out());
  add(options, "xnnpack", toml, where);
  if (settings.counts_ops)
    add(options, "runtime_options_string", "enable_profiling = true\n", where);
  return options;
}

// LiteRT must see the tensor that the graph has: the order of arguments is by name in some
// versions.
void check_same(const LiteRtRankedTensorType& seen, const ir::TensorType& wanted,
                const std::string& where) {
  const int type = wanted.dtype == DType::f32  ? kLiteRtElementTypeFloat32
                   : wanted.dtype == DType::u8 ? kLiteRtElementTypeUInt8
                                               : kLiteRtElementTypeInt8;
  const ir::Shape shape(seen.layout.dimensions, seen.layout.dimensions + seen.layout.rank);
  if (seen.element_type != type || shape != wanted.shape)
    throw EngineError(
        {.what = fmt::format("LiteRT sees type {} of shape {} where the graph has {}",
                             seen.element_type, ir::to_string(shape), ir::to_string(wanted)),
         .where = where});
}

}  // namespace

LiteRtPart::LiteRtPart(std::shared_ptr<Library> library, const ir::Model& part, Settings settings)
    : library_(std::move(library)),
      name_(part.name),
      settings_(std::move(settings)),
      bytes_(tflite::write(settings_.on_gpu() ? gpu_model(part) : with_own_biases(part))),
      packed_weights_(name_) {
  {
    std::lock_guard lock(library_->busy);
    model_ = created<Model>(LiteRtCreateModelFromBuffer, "read the model", name_,
                            library_->environment.get(), static_cast<const void*>(bytes_.data()),
                            bytes_.size());
  }
  read_signature(part.graph);
  first_ = compile();
  take_notes();
}

void LiteRtPart::take_notes() {
  bool full = false;
  check(LiteRtCompiledModelIsFullyAccelerated(first_.get(), &full), "describe the compiled model",
        name_);
  if (settings_.on_gpu()) {
    if (!full)
      throw EngineError(
          {.what = "LiteRT would run some of its operators on the CPU, not on the GPU",
           .where = name_,
           .fix = "give the part to another processor"});
    notes_.push_back("the GPU computes int8 operators in float and rounds after each");
    return;
  }
  if (!full && settings_.kernels == "xnnpack")
    notes_.push_back("some operators run on TFLite's own kernels, XNNPACK does not take them");
  if (settings_.kernels == "reference")
    notes_.push_back("LiteRT 2.3.0 runs its optimised kernels where it is asked for plain ones");
}

void LiteRtPart::read_signature(const ir::Graph& graph) {
  LiteRtSignature signature = nullptr;
  check(LiteRtGetModelSignature(model_.get(), kOnlySignature, &signature), "find the signature",
        name_);
  const auto read = [&](auto get, const std::vector<ir::NodeId>& nodes, auto& types, auto& bytes) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      LiteRtTensor tensor = nullptr;
      check(get(signature, i, &tensor), "find a tensor", name_);
      check(LiteRtGetRankedTensorType(tensor, &types.emplace_back()), "describe a tensor", name_);
      const ir::Node& node = graph.node(nodes[i]);
      check_same(types.back(), node.type, node.name);
      bytes.push_back(node.type.bytes());
    }
  };
  read(LiteRtGetSignatureInputTensorByIndex, graph.inputs(), inputs_, input_bytes_);
  read(LiteRtGetSignatureOutputTensorByIndex, graph.outputs(), outputs_, output_bytes_);
}

CompiledModel LiteRtPart::compile() const {
  std::lock_guard lock(library_->busy);
  const Options options = options_for(settings_, packed_weights_, name_);
  std::optional<StdoutGuard> guard;
  std::optional<Pinned> pinned;  // its pool of threads begins here, and inherits the cores
  if (settings_.on_gpu())
    guard.emplace();
  else if (!settings_.cores.empty())
    pinned.emplace(settings_.cores);
  return created<CompiledModel>(LiteRtCreateCompiledModel, "compile", name_,
                                library_->environment.get(), model_.get(), options.get());
}

std::unique_ptr<PartInstance> LiteRtPart::instantiate() const {
  CompiledModel compiled;
  {
    std::lock_guard lock(library_->busy);
    compiled = std::move(first_);
  }
  if (!compiled) compiled = compile();
  return std::make_unique<LiteRtInstance>(shared_from_this(), std::move(compiled));
}

}  // namespace nnstretch::engines::litert
