# Everything that is not ours: Debian packages and the pinned engines that scripts/setup unpacked.
include(Libraries)
find_package(CLI11 REQUIRED)
find_program(FLATC flatc REQUIRED)

find_program(CCACHE ccache)
foreach(language C CXX)
  if(CCACHE AND NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
    set(CMAKE_${language}_COMPILER_LAUNCHER "${CCACHE}")
  endif()
endforeach()

find_package(OpenVINO REQUIRED COMPONENTS Runtime
  PATHS "${NNSTRETCH_DEPS}/openvino/cmake" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)

add_library(litert::litert SHARED IMPORTED)
set_target_properties(litert::litert PROPERTIES
  IMPORTED_LOCATION "${NNSTRETCH_DEPS}/ai_edge_litert/libLiteRt.so" IMPORTED_NO_SONAME TRUE)

if(NNSTRETCH_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
