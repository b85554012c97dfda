// The part of LiteRT's C API that this engine uses. No package carries its headers, so the types
// and prototypes are declared here, as published for version 2.3.0. The version is pinned: the
// signature of LiteRtCreateModelFromFile has changed between 2.1.0 and 2.1.6; the layouts below
// have not. Every function returns kLiteRtStatusOk (0) or another status, and hands handles out by
// pointer.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

typedef int LiteRtStatus;
enum : LiteRtStatus { kLiteRtStatusOk = 0 };

typedef struct LiteRtEnvironmentT* LiteRtEnvironment;
typedef struct LiteRtModelT* LiteRtModel;
typedef struct LiteRtOptionsT* LiteRtOptions;
typedef struct LiteRtOpaqueOptionsT* LiteRtOpaqueOptions;
typedef struct LiteRtCompiledModelT* LiteRtCompiledModel;
typedef struct LiteRtSignatureT* LiteRtSignature;
typedef struct LiteRtTensorT* LiteRtTensor;
typedef struct LiteRtTensorBufferT* LiteRtTensorBuffer;
typedef struct LiteRtProfilerT* LiteRtProfiler;

// ---- environment: accelerators and logging of a process ----

enum LiteRtAnyType : int { kLiteRtAnyTypeInt = 2, kLiteRtAnyTypeString = 8 };
typedef struct {
  int type;
  union {
    int64_t int_value;
    const char* str_value;
  };
} LiteRtAny;
enum LiteRtEnvOptionTag : int {
  kLiteRtEnvOptionTagRuntimeLibraryDir = 22,  // where libLiteRtWebGpuAccelerator.so is: without
                                              // it the GPU is absent, silently
  kLiteRtEnvOptionTagAutoRegisterAccelerators = 24,  // a mask of LiteRtHwAccelerators
  kLiteRtEnvOptionTagMinLoggerSeverity = 25  // 0 verbose, 1 info, 2 warning, 3 error, 4 none
};
typedef struct {
  int tag;
  LiteRtAny value;
} LiteRtEnvOption;
static_assert(sizeof(LiteRtAny) == 16 && sizeof(LiteRtEnvOption) == 24);

LiteRtStatus LiteRtCreateEnvironment(int count, const LiteRtEnvOption* options,
                                     LiteRtEnvironment* out);
void LiteRtDestroyEnvironment(LiteRtEnvironment environment);

// ---- model: the bytes of a .tflite file, which must outlive it ----

LiteRtStatus LiteRtCreateModelFromBuffer(LiteRtEnvironment environment, const void* bytes,
                                         size_t size, LiteRtModel* out);
void LiteRtDestroyModel(LiteRtModel model);

LiteRtStatus LiteRtGetModelSignature(LiteRtModel model, size_t index, LiteRtSignature* out);
LiteRtStatus LiteRtGetNumSignatureInputs(LiteRtSignature signature, size_t* out);
LiteRtStatus LiteRtGetNumSignatureOutputs(LiteRtSignature signature, size_t* out);
LiteRtStatus LiteRtGetSignatureInputTensorByIndex(LiteRtSignature signature, size_t index,
                                                  LiteRtTensor* out);
LiteRtStatus LiteRtGetSignatureOutputTensorByIndex(LiteRtSignature signature, size_t index,
                                                   LiteRtTensor* out);

enum LiteRtElementType : int {
  kLiteRtElementTypeFloat32 = 1,
  kLiteRtElementTypeUInt8 = 3,
  kLiteRtElementTypeInt8 = 9
};
typedef struct {
  unsigned rank : 7;
  unsigned has_strides : 1;  // ignored by the CPU accelerator: buffers are dense
  int32_t dimensions[8];
  uint32_t strides[8];
} LiteRtLayout;
typedef struct {
  int element_type;
  LiteRtLayout layout;
} LiteRtRankedTensorType;
static_assert(sizeof(LiteRtLayout) == 68 && sizeof(LiteRtRankedTensorType) == 72);

LiteRtStatus LiteRtGetRankedTensorType(LiteRtTensor tensor, LiteRtRankedTensorType* out);

// ---- compilation ----

enum LiteRtHwAccelerators : int { kLiteRtHwAcceleratorCpu = 1, kLiteRtHwAcceleratorGpu = 2 };
LiteRtStatus LiteRtCreateOptions(LiteRtOptions* out);
void LiteRtDestroyOptions(LiteRtOptions options);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions options, int accelerators);
// Options of one accelerator: a zero-terminated TOML text for `identifier`, which `deleter` frees.
// The CPU's identifier is "xnnpack"; it reads num_threads and kernel_mode ("xnnpack", "reference"
// or "builtin": the plain or the optimised kernels of TFLite without XNNPACK, though version 2.3.0
// runs the optimised ones for both). The GPU's is "gpu_options"; it reads precision (0 as it likes,
// 1 half, 2 single floats). Of both, "runtime_options_string" reads enable_profiling.
LiteRtStatus LiteRtCreateOpaqueOptions(const char* identifier, void* text, void (*deleter)(void*),
                                       LiteRtOpaqueOptions* out);
void LiteRtDestroyOpaqueOptions(LiteRtOpaqueOptions options);
// `options` owns `opaque` from then on.
LiteRtStatus LiteRtAddOpaqueOptions(LiteRtOptions options, LiteRtOpaqueOptions opaque);

// Takes nothing over; environment and model must outlive it.
LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironment environment, LiteRtModel model,
                                       LiteRtOptions options, LiteRtCompiledModel* out);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel compiled);
// False if some operator runs outside the accelerator's own kernels.
LiteRtStatus LiteRtCompiledModelIsFullyAccelerated(LiteRtCompiledModel compiled, bool* out);

// ---- running ----

// Memory of the caller: 64-byte aligned, dense, of exactly `size` bytes; it outlives the buffer.
LiteRtStatus LiteRtCreateTensorBufferFromHostMemory(const LiteRtRankedTensorType* type,
                                                    void* memory, size_t size,
                                                    void (*deleter)(void*),
                                                    LiteRtTensorBuffer* out);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer buffer);
enum LiteRtLockMode : int { kLiteRtLockModeRead = 0 };
// Waits for whoever still writes the buffer, and gives its bytes to the caller.
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBuffer buffer, void** memory, int mode);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBuffer buffer);
// An output that carries the event of the run before is refused by the next.
LiteRtStatus LiteRtClearTensorBufferEvent(LiteRtTensorBuffer buffer);

LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModel compiled, size_t signature, size_t inputs,
                                    LiteRtTensorBuffer* in, size_t outputs,
                                    LiteRtTensorBuffer* out);

// ---- the time of each operator

// A part of the compiled model; null unless it was compiled with enable_profiling.
LiteRtStatus LiteRtCompiledModelGetProfiler(LiteRtCompiledModel compiled, LiteRtProfiler* out);
LiteRtStatus LiteRtStartProfiler(LiteRtProfiler profiler);
LiteRtStatus LiteRtResetProfiler(LiteRtProfiler profiler);  // forgets its events, and stops

enum LiteRtProfilerEventType : int {
  kLiteRtEventOperator = 1 << 1,   // of TFLite's own kernels: "CONV_2D"
  kLiteRtEventInDelegate = 1 << 3  // of XNNPACK: "Convolution (NHWC, QC8) IGEMM"
};
typedef struct {
  const char* tag;  // the profiler's own
  int type;
  uint64_t start_us, elapsed_us;
  uint64_t memory[6], metadata[2];
  int source;
} LiteRtProfilerEvent;
static_assert(sizeof(LiteRtProfilerEvent) == 104);
LiteRtStatus LiteRtGetNumProfilerEvents(LiteRtProfiler profiler, int* out);
LiteRtStatus LiteRtGetProfilerEvents(LiteRtProfiler profiler, int count, LiteRtProfilerEvent* out);

}  // extern "C"
