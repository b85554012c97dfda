// The device that LiteRT's GPU accelerator will take: it goes through Vulkan and does not tell.
#pragma once
#include <optional>
#include <string>

namespace nnstretch::engines::litert {

struct VulkanDevice {
  std::string name;       // "SwiftShader Device (LLVM 16.0.0)"
  bool emulated = false;  // it is the CPU
};

// The first one of the drivers that are installed or that $VK_ICD_FILENAMES names; nothing without
// any, or without the Vulkan loader. Any thread.
std::optional<VulkanDevice> vulkan_device();

}  // namespace nnstretch::engines::litert
