// ONNX Runtime with Qualcomm's execution provider, loaded when it is first asked for: nothing of it
// is linked, and a machine without it builds and runs everything else. Included only by this
// folder.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engines/qnn/ort_c.h"

namespace nnstretch::engines::qnn {

template <class T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

class Library {
 public:
  // The one of this process, loaded if nobody holds it: ONNX Runtime has one environment a process.
  // `folder` and errors are the constructor's.
  static std::shared_ptr<const Library> shared(const std::filesystem::path& folder);
  // What ONNX Runtime says of itself and what is known of the provider; empty if they are not
  // there or the system cannot load them.
  static std::string installed_version(const std::filesystem::path& folder);
  // From the folders that `scripts/setup --qnn` makes, below `folder`. EngineError if they are not
  // there or the system cannot load them.
  explicit Library(const std::filesystem::path& folder);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // A session whose every operator runs on the HTP, or EngineError about `where` with what the
  // library has to say. Any thread.
  Handle<OrtSession> compile(const std::vector<std::byte>& onnx, const std::string& where) const;
  // A value of a session in memory of the caller.
  Handle<OrtValue> view(std::byte* data, size_t bytes, const std::vector<int64_t>& shape,
                        OrtElementType type, const std::string& where) const;

  template <class Function>
  Function* operator[](Slot<Function> slot) const {
    return reinterpret_cast<Function*>(api_[slot.index]);
  }
  // EngineError "QNN could not <doing>: <its words>" about `where`, unless the status is null.
  void check(OrtStatus* status, std::string_view doing, const std::string& where) const;

 private:
  // What the library logs while it compiles: the reasons, which its statuses leave out.
  struct Log {
    std::mutex mutex;
    std::string text;
  };
  static void keep(void* log, int severity, const char* category, const char* id,
                   const char* location, const char* message);

  void load(const std::filesystem::path& folder);
  void start();
  template <class T>
  Handle<T> handle(T* raw, Slot<void(T*)> release) const {
    return {raw, (*this)[release]};
  }
  Handle<OrtSessionOptions> options(const std::string& where) const;

  const AnyFunction* api_ = nullptr;
  std::string provider_, backend_;
  mutable Log log_;
  mutable std::mutex compiling_;  // so that the log is that of one part
  Handle<OrtEnv> env_{nullptr, nullptr};
  Handle<OrtMemoryInfo> memory_{nullptr, nullptr};
  const OrtEpDevice* device_ = nullptr;
};

}  // namespace nnstretch::engines::qnn
