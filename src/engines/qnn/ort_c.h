// The part of ONNX Runtime's C API that this engine uses. Its wheel carries no headers, so what is
// needed is declared here, as published. The API is one table of function pointers that only ever
// grows at its end, which is what makes the numbers below stable; version 22 is the first with
// execution providers in libraries of their own.
//     auto* status = api[kRun](session, nullptr, names, values, 1, output_names, 1, outputs);
// Every function that can fail returns null or a status that the caller releases.
#pragma once
#include <cstddef>
#include <cstdint>

namespace nnstretch::engines::qnn {

struct OrtEnv;
struct OrtEpDevice;
struct OrtMemoryInfo;
struct OrtRunOptions;
struct OrtSession;
struct OrtSessionOptions;
struct OrtStatus;
struct OrtValue;

using AnyFunction = void (*)();
struct OrtApiBase {
  const AnyFunction* (*get_api)(uint32_t version);  // null if the library is older
  const char* (*get_version)();                     // "1.32.0"
};
using OrtGetApiBaseFunction = const OrtApiBase*();  // the one symbol: OrtGetApiBase
inline constexpr uint32_t kApiVersion = 22;

// A place in the table and what stands there.
template <class Function>
struct Slot {
  size_t index;
};

// Called for every line of the log from `severity` on; `param` is what the environment was given.
using LogFunction = void(void* param, int severity, const char* category, const char* id,
                         const char* location, const char* message);
inline constexpr int kLogErrors = 3;

inline constexpr Slot<const char*(const OrtStatus*)> kGetErrorMessage{2};
inline constexpr Slot<OrtStatus*(LogFunction*, void* param, int severity, const char* id, OrtEnv**)>
    kCreateEnvWithCustomLogger{4};
// The bytes of the model are not needed afterwards.
inline constexpr Slot<OrtStatus*(const OrtEnv*, const void* model, size_t bytes,
                                 const OrtSessionOptions*, OrtSession**)>
    kCreateSessionFromArray{8};
// Outputs that are not null are written in place. Any number of threads at once.
inline constexpr Slot<OrtStatus*(OrtSession*, const OrtRunOptions*, const char* const* in_names,
                                 const OrtValue* const* in, size_t in_count,
                                 const char* const* out_names, size_t out_count, OrtValue** out)>
    kRun{9};
inline constexpr Slot<OrtStatus*(OrtSessionOptions**)> kCreateSessionOptions{10};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, int severity)> kSetSessionLogSeverityLevel{22};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, int threads)> kSetIntraOpNumThreads{24};

enum OrtElementType : int { kOrtUint8 = 2, kOrtInt8 = 3 };
// A view of memory that outlives the value.
inline constexpr Slot<OrtStatus*(const OrtMemoryInfo*, void* data, size_t bytes,
                                 const int64_t* shape, size_t rank, int element_type, OrtValue**)>
    kCreateTensorWithDataAsOrtValue{49};
enum OrtAllocatorType : int { kOrtArenaAllocator = 1 };
enum OrtMemType : int { kOrtMemTypeDefault = 0 };
inline constexpr Slot<OrtStatus*(int allocator, int memory, OrtMemoryInfo**)> kCreateCpuMemoryInfo{
    69};

inline constexpr Slot<void(OrtEnv*)> kReleaseEnv{92};
inline constexpr Slot<void(OrtStatus*)> kReleaseStatus{93};
inline constexpr Slot<void(OrtMemoryInfo*)> kReleaseMemoryInfo{94};
inline constexpr Slot<void(OrtSession*)> kReleaseSession{95};
inline constexpr Slot<void(OrtValue*)> kReleaseValue{96};
inline constexpr Slot<void(OrtSessionOptions*)> kReleaseSessionOptions{100};

inline constexpr Slot<OrtStatus*(OrtSessionOptions*, const char* key, const char* value)>
    kAddSessionConfigEntry{130};
inline constexpr Slot<OrtStatus*(OrtEnv*, const char* name, const char* path)>
    kRegisterExecutionProviderLibrary{301};
// The array belongs to the environment.
inline constexpr Slot<OrtStatus*(const OrtEnv*, const OrtEpDevice* const** devices, size_t* count)>
    kGetEpDevices{303};
inline constexpr Slot<OrtStatus*(OrtSessionOptions*, OrtEnv*, const OrtEpDevice* const* devices,
                                 size_t count, const char* const* keys, const char* const* values,
                                 size_t options)>
    kSessionOptionsAppendExecutionProviderV2{304};
inline constexpr Slot<const char*(const OrtEpDevice*)> kEpDeviceName{312};

}  // namespace nnstretch::engines::qnn
