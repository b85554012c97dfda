// The numbers of a network while it is trained: libtorch tensors in the order of its state_dict.
//     State model = make_state(graph, weights);       // parameters want gradients
//     State average = model.clone();
//     ir::WeightStore trained = to_store(model);
// Two states of one graph have the same entries in the same order, so an index means the same.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "train/torch.h"

namespace nnstretch::train {

enum class Kind { parameter, statistic, counter };

struct Entry {
  std::string name;
  Tensor value;  // f32; a counter (num_batches_tracked) is a scalar int64
  Kind kind = Kind::parameter;
  bool frozen = false;  // training leaves it as it is
};

// The memory order of images and convolution weights. channels_last rounds differently, and is
// faster on most processors.
enum class Layout { nchw, channels_last };
torch::MemoryFormat memory_format(Layout layout);

class State {
 public:
  State() = default;
  explicit State(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }
  const Tensor& operator[](size_t index) const { return entries_[index].value; }
  // entries().size() if there is none of that name.
  size_t index_of(std::string_view name) const;
  // Numbers of its own; they want no gradients.
  State clone() const;
  // Takes over the numbers of another state of the same graph.
  void copy_from(const State& other);
  // Those that training changes.
  std::vector<Tensor> tensors(Kind kind) const;
  // Everything below these modules ("stem", "s1") stays as it is, batch norm statistics too. Gives
  // the first name that is no module's; empty if all are.
  std::string freeze(const std::vector<std::string>& modules);

 private:
  std::vector<Entry> entries_;
};

// What a state of the graph has, in its order: every weight, as state_dict_order() has them, and a
// counter behind each running_var.
struct StateSlot {
  std::string name;
  ir::Shape shape;
  Kind kind = Kind::parameter;
};
std::vector<StateSlot> state_slots(const ir::Graph& graph);
// Every weight of the graph, and a counter beside each running_var. ShapeError: a weight is missing
// or has another shape. Counters that the store lacks begin at 0.
State make_state(const ir::Graph& graph, const ir::WeightStore& weights,
                 Layout layout = Layout::nchw);
// What the state holds now, copied.
ir::WeightStore to_store(const State& state);
ir::Tensor to_tensor(const Tensor& tensor);
Tensor from_tensor(const ir::Tensor& tensor);  // on the device

// Names in the order in which a PyTorch network of these blocks registers its modules: as in the
// graph, but the shortcut of a residual block comes before what it goes around. Optimiser states of
// checkpoints count parameters in this order.
std::vector<ir::WeightSlot> state_dict_order(const ir::Graph& graph);

}  // namespace nnstretch::train
