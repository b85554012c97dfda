// Names of torchvision and timm, as their state_dicts have them, against those of pycls.
#include "weights/families.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/errors.h"
#include "weights/weights.h"

namespace nnstretch::weights {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;  // theirs, ours

// Only the names of its weights matter: blocks s1.b1, s2.b1 and s2.b2, and one of the head's.
ir::Graph network(const std::string& layer, const std::string& head) {
  ir::GraphBuilder graph;
  ir::NodeId x = graph.add({.name = "x", .op = ir::Input{{DType::f32, {1, 4, 4, 8}, {}}}});
  for (const std::string& name : {"s1.b1." + layer, "s2.b1." + layer, "s2.b2." + layer, head})
    x = graph.add({.name = name,
                   .op = ir::Conv2d{.out_channels = 8, .window = ir::Window::square(1, 1)},
                   .inputs = {x},
                   .weights = {name}});
  return std::move(graph).finish({x});
}
const auto kResidual = network("f.a.weight", "head.fc.weight");
const auto kInverted = network("dwise.weight", "head.conv_bn.weight");

void expect_names(const ir::Graph& graph, const std::string& family, const Names& names) {
  ir::WeightStore store;
  for (const auto& [theirs, ours] : names)
    store.set(theirs, ir::make_tensor<float>({1}, std::vector<float>{1}));
  const Renamed got = renamed(graph, store);
  EXPECT_EQ(got.family, family);
  EXPECT_EQ(got.weights.size(), names.size());
  for (const auto& [theirs, ours] : names)
    EXPECT_TRUE(got.weights.find(ours)) << theirs << " is not " << ours;
}

TEST(Families, OfTorchvisionsAndTimmsResNets) {
  expect_names(kResidual, "torchvision or timm ResNet",
               {{"conv1.weight", "stem.conv.weight"},
                {"bn1.running_var", "stem.bn.running_var"},
                {"layer1.0.conv1.weight", "s1.b1.f.a.weight"},
                {"layer1.0.bn1.weight", "s1.b1.f.a_bn.weight"},
                {"layer2.1.conv3.weight", "s2.b2.f.c.weight"},
                {"layer2.1.bn3.num_batches_tracked", "s2.b2.f.c_bn.num_batches_tracked"},
                {"layer2.0.downsample.0.weight", "s2.b1.proj.weight"},
                {"layer2.0.downsample.1.bias", "s2.b1.bn.bias"},
                {"fc.bias", "head.fc.bias"}});
}

TEST(Families, OfTorchvisionsRegNets) {
  expect_names(kResidual, "torchvision RegNet",
               {{"stem.0.weight", "stem.conv.weight"},
                {"stem.1.bias", "stem.bn.bias"},
                {"trunk_output.block1.block1-0.f.a.0.weight", "s1.b1.f.a.weight"},
                {"trunk_output.block2.block2-1.f.c.1.running_mean", "s2.b2.f.c_bn.running_mean"},
                {"trunk_output.block2.block2-0.f.se.fc1.weight", "s2.b1.f.se.f_ex.0.weight"},
                {"trunk_output.block2.block2-0.f.se.fc2.bias", "s2.b1.f.se.f_ex.2.bias"},
                {"trunk_output.block2.block2-0.proj.0.weight", "s2.b1.proj.weight"},
                {"trunk_output.block2.block2-0.proj.1.weight", "s2.b1.bn.weight"},
                {"fc.weight", "head.fc.weight"}});
}

TEST(Families, OfTimmsRegNets) {
  expect_names(kResidual, "timm RegNet",
               {{"stem.conv.weight", "stem.conv.weight"},
                {"stem.bn.bias", "stem.bn.bias"},
                {"s1.b1.conv1.conv.weight", "s1.b1.f.a.weight"},
                {"s2.b2.conv3.bn.weight", "s2.b2.f.c_bn.weight"},
                {"s2.b1.se.fc2.bias", "s2.b1.f.se.f_ex.2.bias"},
                {"s2.b1.downsample.conv.weight", "s2.b1.proj.weight"},
                {"s2.b1.downsample.bn.weight", "s2.b1.bn.weight"},
                {"head.fc.weight", "head.fc.weight"}});
}

TEST(Families, OfTorchvisionsEfficientNets) {
  expect_names(kInverted, "torchvision EfficientNet",
               {{"features.0.0.weight", "stem.conv.weight"},
                {"features.1.0.block.0.0.weight", "s1.b1.dwise.weight"},
                {"features.1.0.block.1.fc1.weight", "s1.b1.se.f_ex.0.weight"},
                {"features.1.0.block.2.1.weight", "s1.b1.lin_proj_bn.weight"},
                {"features.2.1.block.0.0.weight", "s2.b2.exp.weight"},
                {"features.2.1.block.1.1.weight", "s2.b2.dwise_bn.weight"},
                {"features.2.1.block.2.fc2.bias", "s2.b2.se.f_ex.2.bias"},
                {"features.2.1.block.3.0.weight", "s2.b2.lin_proj.weight"},
                {"features.3.0.weight", "head.conv.weight"},
                {"features.3.1.weight", "head.conv_bn.weight"},
                {"classifier.1.weight", "head.fc.weight"}});
}

TEST(Families, OfTorchvisionsMobileNet) {
  expect_names(kInverted, "torchvision MobileNetV2",
               {{"features.0.1.weight", "stem.bn.weight"},
                {"features.1.conv.0.0.weight", "s1.b1.dwise.weight"},
                {"features.1.conv.1.weight", "s1.b1.lin_proj.weight"},
                {"features.1.conv.2.bias", "s1.b1.lin_proj_bn.bias"},
                {"features.3.conv.0.1.weight", "s2.b2.exp_bn.weight"},
                {"features.3.conv.1.0.weight", "s2.b2.dwise.weight"},
                {"features.3.conv.2.weight", "s2.b2.lin_proj.weight"},
                {"features.3.conv.3.weight", "s2.b2.lin_proj_bn.weight"},
                {"features.4.0.weight", "head.conv.weight"},
                {"classifier.1.bias", "head.fc.bias"}});
}

TEST(Families, OfTimmsEfficientNets) {
  expect_names(kInverted, "timm EfficientNet or MobileNetV2",
               {{"conv_stem.weight", "stem.conv.weight"},
                {"bn1.bias", "stem.bn.bias"},
                {"blocks.0.0.conv_dw.weight", "s1.b1.dwise.weight"},
                {"blocks.0.0.bn1.weight", "s1.b1.dwise_bn.weight"},
                {"blocks.0.0.conv_pw.weight", "s1.b1.lin_proj.weight"},
                {"blocks.0.0.bn2.weight", "s1.b1.lin_proj_bn.weight"},
                {"blocks.1.1.conv_pw.weight", "s2.b2.exp.weight"},
                {"blocks.1.1.bn1.weight", "s2.b2.exp_bn.weight"},
                {"blocks.1.1.conv_pwl.weight", "s2.b2.lin_proj.weight"},
                {"blocks.1.1.bn3.weight", "s2.b2.lin_proj_bn.weight"},
                {"blocks.1.1.se.conv_expand.bias", "s2.b2.se.f_ex.2.bias"},
                {"conv_head.weight", "head.conv.weight"},
                {"bn2.weight", "head.conv_bn.weight"},
                {"classifier.weight", "head.fc.weight"}});
}

// Their convolutions that ours has no place for keep their names, for the complaint.
TEST(Families, WhatDoesNotFitIsRefusedByNameAndShape) {
  ir::WeightStore store;
  for (const char* name : {"layer1.0.conv1.weight", "layer7.0.conv1.weight"})
    store.set(name, ir::make_tensor<float>({2, 1, 1, 1}, std::vector<float>{1, 2}));
  EXPECT_ERROR(select(kResidual, store, "theirs.pth"), ShapeError, "theirs.pth",
               "layer7.0.conv1.weight", "s1.b1.f.a.weight 2x1x1x1 for 8x8x1x1");
}

TEST(Families, OfNobodyAreLeftAsTheyAre) {
  ir::WeightStore store;
  store.set("module.x.weight", ir::make_tensor<float>({1}, std::vector<float>{1}));
  const Renamed got = renamed(kResidual, store);
  EXPECT_EQ(got.family, "");
  EXPECT_TRUE(got.weights.find("x.weight"));
}

}  // namespace
}  // namespace nnstretch::weights
