#include "nets/blocks.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/error.h"

namespace nnstretch::nets {
namespace {

using ir::NodeId;

// Python's round(): halves go to the even neighbour.
int round_half_even(double x) { return static_cast<int>(std::nearbyint(x)); }

// conv + batch norm under the names NAME_conv, NAME_bn and WEIGHT, WEIGHT_bn.
NodeId conv_bn(Layers& l, const Scope& s, NodeId x, const std::string& name,
               const std::string& weight, int width, int kernel = 1, int stride = 1,
               int groups = 1) {
  x = l.conv(s, x, name + "_conv", weight, width, kernel, stride, groups);
  return l.batch_norm(s, x, name + "_bn", weight + "_bn");
}

NodeId conv_bn_act(Layers& l, const Scope& s, NodeId x, const std::string& name,
                   const std::string& weight, const BlockParams& p, int width, int kernel = 1,
                   int stride = 1, int groups = 1) {
  x = conv_bn(l, s, x, name, weight, width, kernel, stride, groups);
  return l.act(s, x, name + "_act", p.act);
}

NodeId vanilla_block(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  x = conv_bn_act(l, s, x, "_0", "a", p, p.width, 3, p.stride);
  return conv_bn_act(l, s, x, "_1", "b", p, p.width, 3);
}

// The shortcut of a residual block: x itself, or a strided 1x1 convolution where shapes change.
NodeId shortcut(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  if (l.width(x) == p.width && p.stride == 1) return x;
  x = l.conv(s, x, "_proj_conv", "proj", p.width, 1, p.stride);
  return l.batch_norm(s, x, "_proj_bn", "bn");
}

NodeId add_shortcut(Layers& l, const Scope& s, NodeId x, NodeId transform, const BlockParams& p) {
  const NodeId sum = l.add(s, shortcut(l, s, x, p), transform, "_add");
  return l.act(s, sum, "_act", p.act);
}

NodeId res_basic_block(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  NodeId f = conv_bn_act(l, s, x, "_0", "f.a", p, p.width, 3, p.stride);
  f = conv_bn(l, s, f, "_1", "f.b", p.width, 3);
  return add_shortcut(l, s, x, f, p);
}

NodeId bottleneck(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  const int inner = round_half_even(p.width * p.bot_mul);
  const int group_w = p.group_w.value_or(inner);
  if (group_w < 1 || inner < group_w)
    throw ShapeError({.what = fmt::format("a group width of {} does not fit an inner width of {}",
                                          group_w, inner),
                      .where = s.node,
                      .fix = "give GROUP_WS of at most WIDTHS x BOT_MULS"});
  const int first = p.stride_1x1 ? p.stride : 1, second = p.stride_1x1 ? 1 : p.stride;
  NodeId f = conv_bn_act(l, s, x, "_a", "f.a", p, inner, 1, first);
  f = conv_bn_act(l, s, f, "_b", "f.b", p, inner, 3, second, inner / group_w);
  if (const int squeezed = round_half_even(l.width(x) * p.se_r))
    f = l.squeeze_excite(s.inside("", "f.se."), f, squeezed, p.se_act);
  return conv_bn(l, s, f, "_c", "f.c", p.width);
}

NodeId res_bottleneck_block(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  return add_shortcut(l, s, x, bottleneck(l, s, x, p), p);
}

NodeId res_bottleneck_linear_block(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  const bool same = l.width(x) == p.width && p.stride == 1;
  const NodeId f = bottleneck(l, s, x, p);
  return same ? l.add(s, x, f, "_add") : f;
}

NodeId mbconv(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  const int w_in = l.width(x);
  const int expanded = static_cast<int>(w_in * p.bot_mul);
  NodeId f = x;
  if (expanded != w_in) f = conv_bn_act(l, s, f, "_exp", "exp", p, expanded);
  f = conv_bn_act(l, s, f, "_dw", "dwise", p, expanded, p.kernel, p.stride, expanded);
  if (const int squeezed = static_cast<int>(w_in * p.se_r))
    f = l.squeeze_excite(s.inside("", "se."), f, squeezed, p.se_act);
  f = conv_bn(l, s, f, "_proj", "lin_proj", p.width);
  return p.stride == 1 && w_in == p.width ? l.add(s, x, f, "_add") : f;
}

// A ShuffleNetV2 unit. Its layers have Sequential names: branch2.0 (conv), branch2.1 (bn), ...
NodeId inverted_residual(Layers& l, const Scope& s, NodeId x, const BlockParams& p) {
  const int half = p.width / 2;
  if (p.stride == 1 && l.width(x) != 2 * half)
    throw ShapeError({.what = fmt::format("a unit of stride 1 needs {} input channels, not {}",
                                          2 * half, l.width(x)),
                      .where = s.node,
                      .fix = "give the stage stride 2 or an even width"});
  NodeId left = x, right = x;
  if (p.stride == 1) {
    left = l.slice(s, x, "_left", 0, half);
    right = l.slice(s, x, "_right", half, half);
  } else {
    left = l.conv(s, left, "_1_dw_conv", "branch1.0", l.width(left), 3, p.stride, l.width(left));
    left = l.batch_norm(s, left, "_1_dw_bn", "branch1.1");
    left = l.conv(s, left, "_1_proj_conv", "branch1.2", half);
    left = l.batch_norm(s, left, "_1_proj_bn", "branch1.3");
    left = l.act(s, left, "_1_proj_act", p.act);
  }
  right = l.conv(s, right, "_2_exp_conv", "branch2.0", half);
  right = l.batch_norm(s, right, "_2_exp_bn", "branch2.1");
  right = l.act(s, right, "_2_exp_act", p.act);
  right = l.conv(s, right, "_2_dw_conv", "branch2.3", half, 3, p.stride, half);
  right = l.batch_norm(s, right, "_2_dw_bn", "branch2.4");
  right = l.conv(s, right, "_2_proj_conv", "branch2.5", half);
  right = l.batch_norm(s, right, "_2_proj_bn", "branch2.6");
  right = l.act(s, right, "_2_proj_act", p.act);
  return l.shuffle(s, l.concat(s, {left, right}, "_concat"), "_shuffle", 2);
}

struct Row {
  std::string_view name;
  NodeId (*add)(Layers&, const Scope&, NodeId, const BlockParams&);
};
constexpr std::array<Row, 6> kBlocks = {
    {{"vanilla_block", vanilla_block},
     {"res_basic_block", res_basic_block},
     {"res_bottleneck_block", res_bottleneck_block},
     {"res_bottleneck_linear_block", res_bottleneck_linear_block},
     {"mbconv", mbconv},
     {"inverted_residual", inverted_residual}}};

}  // namespace

NodeId add_block(std::string_view type, Layers& layers, const Scope& scope, NodeId x,
                 const BlockParams& params) {
  for (const Row& row : kBlocks)
    if (row.name == type) return row.add(layers, scope, x, params);
  throw ConfigError({.what = fmt::format("BLOCK_TYPE '{}' is not known", type),
                     .fix = "use one of those docs/configs.md lists"});
}

}  // namespace nnstretch::nets
