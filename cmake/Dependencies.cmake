# Everything that is not ours: Debian packages and the pinned engines that scripts/setup unpacked.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(FlatBuffers REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_program(FLATC flatc REQUIRED)

add_library(xxHash::xxHash INTERFACE IMPORTED)
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
set_target_properties(xxHash::xxHash PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${XXHASH_INCLUDE_DIR}")

find_package(OpenVINO REQUIRED COMPONENTS Runtime
  PATHS "${NNSTRETCH_DEPS}/openvino/cmake" NO_DEFAULT_PATH)

add_library(litert::litert SHARED IMPORTED)
set_target_properties(litert::litert PROPERTIES
  IMPORTED_LOCATION "${NNSTRETCH_DEPS}/ai_edge_litert/libLiteRt.so" IMPORTED_NO_SONAME TRUE)

if(NNSTRETCH_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
