// Handles of LiteRT that free themselves, and its statuses as errors. Included only by this folder.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engines/litert/litert_c.h"

namespace nnstretch::engines::litert {

template <auto destroy>
struct Destroy {
  void operator()(auto* handle) const { destroy(handle); }
};
using Environment = std::unique_ptr<LiteRtEnvironmentT, Destroy<LiteRtDestroyEnvironment>>;
using Model = std::unique_ptr<LiteRtModelT, Destroy<LiteRtDestroyModel>>;
using Options = std::unique_ptr<LiteRtOptionsT, Destroy<LiteRtDestroyOptions>>;
using OpaqueOptions = std::unique_ptr<LiteRtOpaqueOptionsT, Destroy<LiteRtDestroyOpaqueOptions>>;
using CompiledModel = std::unique_ptr<LiteRtCompiledModelT, Destroy<LiteRtDestroyCompiledModel>>;
using TensorBuffer = std::unique_ptr<LiteRtTensorBufferT, Destroy<LiteRtDestroyTensorBuffer>>;

// EngineError "LiteRT could not <doing>: <status>" about `where`, unless the status is Ok.
void check(LiteRtStatus status, std::string_view doing, const std::string& where);

// Calls a creating function with the place for its result last.
//     auto model = created<Model>(LiteRtCreateModelFromBuffer, "read the model", where, env, p, n);
template <class Handle, class Create, class... Args>
Handle created(Create create, std::string_view doing, const std::string& where, Args... args) {
  typename Handle::pointer raw = nullptr;
  check(create(args..., &raw), doing, where);
  return Handle(raw);
}

}  // namespace nnstretch::engines::litert
