#include "ir/passes/tag_meeting_points.h"

#include <regex>
#include <set>

#include "ir/subgraph.h"

namespace nnstretch::ir {
namespace {

// True if nodes of more than one branch of a stage read the value.
bool is_fork(const Graph& graph, NodeId id) {
  std::set<std::pair<int, int>> branches;
  for (const NodeId reader : graph.readers(id))
    if (const Place& at = graph.node(reader).at; at.branch != Place::kMeeting)
      branches.insert({at.stage, at.branch});
  return branches.size() > 1;
}

// Behind "st_cpu", "s1_cpu" or "s1_cpu_b2", unless it is there.
std::string insert(const std::string& name, const std::string& tag) {
  static const std::regex kPrefix("^(st|s[0-9]+)_[a-z0-9]+(_[0-9]+)?(_b[0-9]+)?(?=_)");
  if ((name + "_").find(tag + "_") != name.npos) return name;
  return std::regex_replace(name, kPrefix, "$&" + tag, std::regex_constants::format_first_only);
}

}  // namespace

Graph tag_meeting_points(const Graph& graph) {
  return Rewriter(graph).run([&](Rewriter& rewriter, NodeId id) {
    NodeSpec spec = rewriter.spec(id);
    std::string tag;
    if (is_fork(graph, id) && !is_source(graph.node(id).op)) tag += "_mp_start";
    if (graph.op_if<Concat>(id) && spec.at.branch == Place::kMeeting) tag += "_mp_end";
    if (!tag.empty()) spec.name = insert(spec.name, tag);
    return rewriter.builder.add(std::move(spec));
  });
}

}  // namespace nnstretch::ir
