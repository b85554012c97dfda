#include "engines/qnn/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/library_file.h"
#include "base/stdout_guard.h"

namespace nnstretch::engines::qnn {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProvider = "QNNExecutionProvider";
constexpr const char* kName = "qnn";

[[noreturn]] void refuse(std::string what, std::string fix = {}) {
  throw EngineError({.what = std::move(what), .where = kName, .fix = std::move(fix)});
}

fs::path existing(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    refuse(fmt::format("it is not installed, there is no {}", path.string()),
           "scripts/setup --qnn installs it");
  return path;
}

// The folder has it under the name of its version.
fs::path runtime_file(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(existing(folder)))
    if (entry.path().filename().string().starts_with("libonnxruntime.so")) return entry.path();
  return existing(folder / "libonnxruntime.so");
}

// Stays loaded: libraries with threads of their own do not like to be unloaded.
void* load_library(const fs::path& path) {
  if (const auto cut = cut_file_of(path)) refuse(fmt::format("{} is cut short", cut->string()));
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(fmt::format("the system cannot load it: {}", ::dlerror()));
  return library;
}

// The provider is not loaded like this: ONNX Runtime does it, and it opens what it needs by name.
fs::path provider_file(const fs::path& folder) {
  const fs::path provider =
      existing(folder / "onnxruntime_qnn" / "libonnxruntime_providers_qnn.so");
  if (const auto cut = cut_file_in(provider.parent_path()))
    refuse(fmt::format("{} is cut short", cut->string()));
  return provider;
}

const OrtApiBase& onnx_runtime(const fs::path& folder) {
  // Left alone, it keeps a data base in the user's cache folder and sends what it did to its maker.
  constexpr int kKeepOther = 0;
  ::setenv("ORT_DISABLE_TELEMETRY", "1", kKeepOther);
  void* library = load_library(runtime_file(folder / "onnxruntime" / "capi"));
  const auto base = reinterpret_cast<OrtGetApiBaseFunction*>(::dlsym(library, "OrtGetApiBase"));
  if (!base) refuse("its ONNX Runtime has no OrtGetApiBase");
  return *base();
}

}  // namespace

std::string Library::installed_version(const fs::path& folder) try {
  const fs::path provider = provider_file(folder);
  const StdoutGuard guard;
  return fmt::format("{}, provider {}", onnx_runtime(folder).get_version(),
                     version_beside(provider));
} catch (const std::exception&) {
  return {};
}

std::shared_ptr<const Library> Library::shared(const fs::path& folder) {
  static std::mutex mutex;
  static std::map<fs::path, std::weak_ptr<const Library>> held;
  const std::lock_guard lock(mutex);
  auto library = held[folder].lock();
  if (!library) held[folder] = library = std::make_shared<const Library>(folder);
  return library;
}

Library::Library(const fs::path& folder) {
  const StdoutGuard guard;  // the emulator greets
  load(folder);
  start();
}

void Library::load(const fs::path& folder) {
  provider_ = provider_file(folder);
  backend_ = existing(fs::path(provider_).parent_path() / "libQnnHtp.so");
  const OrtApiBase& runtime = onnx_runtime(folder);
  api_ = runtime.get_api(kApiVersion);
  if (!api_)
    refuse(fmt::format("ONNX Runtime {} is too old", runtime.get_version()),
           "scripts/setup --qnn updates it");
  load_library(backend_);  // else a system that cannot load it is seen only when a part is compiled
}

void Library::start() {
  OrtEnv* env = nullptr;
  check((*this)[kCreateEnvWithCustomLogger](keep, &log_, kLogErrors, kName, &env), "start", kName);
  env_ = handle(env, kReleaseEnv);
  OrtMemoryInfo* memory = nullptr;
  check((*this)[kCreateCpuMemoryInfo](kOrtArenaAllocator, kOrtMemTypeDefault, &memory), "start",
        kName);
  memory_ = handle(memory, kReleaseMemoryInfo);
  check((*this)[kRegisterExecutionProviderLibrary](env, kProvider, provider_.c_str()),
        "load its execution provider", kName);
  const OrtEpDevice* const* devices = nullptr;
  size_t count = 0;
  check((*this)[kGetEpDevices](env, &devices, &count), "list its devices", kName);
  for (size_t i = 0; i < count && !device_; ++i)
    if (std::string_view((*this)[kEpDeviceName](devices[i])) == kProvider) device_ = devices[i];
  if (!device_) refuse("it finds no Qualcomm processor here");
}

void Library::keep(void* log, int, const char*, const char*, const char*, const char* message) {
  auto& kept = *static_cast<Log*>(log);
  constexpr size_t kEnough = 600;
  const std::lock_guard lock(kept.mutex);
  if (kept.text.size() > kEnough) return;
  if (!kept.text.empty()) kept.text += "; ";
  kept.text += message;
}

void Library::check(OrtStatus* status, std::string_view doing, const std::string& where) const {
  if (!status) return;
  std::string words = (*this)[kGetErrorMessage](status);
  (*this)[kReleaseStatus](status);
  {
    const std::lock_guard lock(log_.mutex);
    if (!log_.text.empty()) words += ": " + log_.text;
    log_.text.clear();
  }
  throw EngineError({.what = fmt::format("QNN could not {}: {}", doing, words),
                     .where = where,
                     .fix = "`nnstretch devices` shows which engines work here"});
}

Handle<OrtSessionOptions> Library::options(const std::string& where) const {
  OrtSessionOptions* raw = nullptr;
  check((*this)[kCreateSessionOptions](&raw), "make options", where);
  auto options = handle(raw, kReleaseSessionOptions);
  check((*this)[kSetSessionLogSeverityLevel](raw, kLogErrors), "set options", where);
  check((*this)[kSetIntraOpNumThreads](raw, 1), "set options", where);  // no pool: nothing is left
  // An operator that the HTP does not take is an error; left alone, it would run on the CPU.
  check((*this)[kAddSessionConfigEntry](raw, "session.disable_cpu_ep_fallback", "1"), "set options",
        where);
  const std::array keys = {"backend_path", "htp_performance_mode"};
  const std::array values = {backend_.c_str(), "burst"};
  check((*this)[kSessionOptionsAppendExecutionProviderV2](raw, env_.get(), &device_, 1, keys.data(),
                                                          values.data(), keys.size()),
        "choose the HTP", where);
  return options;
}

Handle<OrtSession> Library::compile(const std::vector<std::byte>& onnx,
                                    const std::string& where) const {
  const std::lock_guard lock(compiling_);
  const StdoutGuard guard;
  {
    const std::lock_guard log(log_.mutex);
    log_.text.clear();
  }
  const auto with = options(where);
  OrtSession* session = nullptr;
  check(
      (*this)[kCreateSessionFromArray](env_.get(), onnx.data(), onnx.size(), with.get(), &session),
      "compile", where);
  return handle(session, kReleaseSession);
}

Handle<OrtValue> Library::view(std::byte* data, size_t bytes, const std::vector<int64_t>& shape,
                               OrtElementType type, const std::string& where) const {
  OrtValue* value = nullptr;
  check((*this)[kCreateTensorWithDataAsOrtValue](memory_.get(), data, bytes, shape.data(),
                                                 shape.size(), type, &value),
        "take a buffer", where);
  return handle(value, kReleaseValue);
}

}  // namespace nnstretch::engines::qnn
