// The Vulkan loader is asked at run time, through the few declarations that it takes: a machine
// without it builds and runs the rest.
#include "engines/litert/vulkan.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace nnstretch::engines::litert {
namespace {

struct VkInstance_T;
struct VkPhysicalDevice_T;
using AnyFunction = void (*)();

constexpr uint32_t kApplicationInfo = 0, kInstanceCreateInfo = 1;
struct VkApplicationInfo {
  uint32_t type = kApplicationInfo;
  const void* next = nullptr;
  const char* application = nullptr;
  uint32_t application_version = 0;
  const char* engine = nullptr;
  uint32_t engine_version = 0, api_version = 0;
};
struct VkInstanceCreateInfo {
  uint32_t type = kInstanceCreateInfo;
  const void* next = nullptr;
  uint32_t flags = 0;
  const VkApplicationInfo* application = nullptr;
  uint32_t layer_count = 0;
  const char* const* layers = nullptr;
  uint32_t extension_count = 0;
  const char* const* extensions = nullptr;
};

constexpr uint32_t kTypeCpu = 4;
struct VkPhysicalDeviceProperties {
  uint32_t api_version, driver_version, vendor, device, type;
  char name[256];
  std::byte limits[2048];  // more than any version of the structure has
};

using GetInstanceProcAddr = AnyFunction(VkInstance_T*, const char*);
using CreateInstance = int(const VkInstanceCreateInfo*, const void*, VkInstance_T**);
using DestroyInstance = void(VkInstance_T*, const void*);
using EnumeratePhysicalDevices = int(VkInstance_T*, uint32_t*, VkPhysicalDevice_T**);
using GetPhysicalDeviceProperties = void(VkPhysicalDevice_T*, VkPhysicalDeviceProperties*);

}  // namespace

std::optional<VulkanDevice> vulkan_device() {
  // Never closed: drivers leave threads behind.
  static void* const loader = ::dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!loader) return {};
  const auto find =
      reinterpret_cast<GetInstanceProcAddr*>(::dlsym(loader, "vkGetInstanceProcAddr"));
  if (!find) return {};
  const auto create = reinterpret_cast<CreateInstance*>(find(nullptr, "vkCreateInstance"));
  const VkApplicationInfo application;
  VkInstanceCreateInfo info;
  info.application = &application;
  VkInstance_T* instance = nullptr;
  if (!create || create(&info, nullptr, &instance) != 0) return {};
  const auto in = [&](const char* name) { return find(instance, name); };
  const auto list = reinterpret_cast<EnumeratePhysicalDevices*>(in("vkEnumeratePhysicalDevices"));
  const auto describe =
      reinterpret_cast<GetPhysicalDeviceProperties*>(in("vkGetPhysicalDeviceProperties"));
  const auto destroy = reinterpret_cast<DestroyInstance*>(in("vkDestroyInstance"));
  std::optional<VulkanDevice> found;
  VkPhysicalDevice_T* first = nullptr;
  uint32_t count = 1;
  list(instance, &count, &first);  // 5, "incomplete", if there are more
  if (count > 0) {
    auto properties = std::make_unique<VkPhysicalDeviceProperties>();
    describe(first, properties.get());
    found = VulkanDevice{properties->name, properties->type == kTypeCpu};
  }
  destroy(instance, nullptr);
  return found;
}

}  // namespace nnstretch::engines::litert
