#include "engines/litert/packed_weights.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/pipe.h"
#include "ir/subgraph.h"

namespace nnstretch::engines::litert {
namespace {

int valid(int file, const std::string& part) {
  if (file >= 0) return file;
  throw EngineError({.what = fmt::format("no memory for packed weights: {}", std::strerror(errno)),
                     .where = part});
}

}  // namespace

PackedWeights::PackedWeights(const std::string& part)
    : part_(part), file_(valid(memory_file("nnstretch weights"), part)) {}

PackedWeights::~PackedWeights() { ::close(file_); }

int PackedWeights::handed_out() const {
  const int copy = valid(::dup(file_), part_);
  ::lseek(copy, 0, SEEK_SET);  // copies share one position
  return copy;
}

ir::Model with_own_biases(const ir::Model& part) {
  ir::Model out = part;
  std::set<std::string> named;
  out.graph = ir::Rewriter(part.graph).run([&](ir::Rewriter& rewriter, ir::NodeId id) {
    ir::NodeSpec spec = rewriter.spec(id);
    const bool is_layer = ir::is_any<ir::Conv2d, ir::Linear>(spec.op) && spec.weights.size() > 1;
    if (is_layer && part.graph.node(id).type.quant && !named.insert(spec.weights[1]).second) {
      std::string own = spec.weights[1];
      for (int i = 2; out.weights.find(own); ++i) own = fmt::format("{}#{}", spec.weights[1], i);
      out.weights.set(own, part.weights.at(spec.weights[1]));
      spec.weights[1] = own;
    }
    return rewriter.builder.add(std::move(spec));
  });
  return out;
}

}  // namespace nnstretch::engines::litert
