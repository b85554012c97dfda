# Everything that is not ours but the libraries of engines, which each engine finds itself
# (cmake/Engines.cmake): Debian packages.
include(Libraries)
find_package(CLI11 REQUIRED)
find_program(FLATC flatc REQUIRED)

find_program(CCACHE ccache)
foreach(language C CXX)
  if(CCACHE AND NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
    set(CMAKE_${language}_COMPILER_LAUNCHER "${PROJECT_SOURCE_DIR}/cmake/ccache.sh" "${CCACHE}")
  endif()
endforeach()

if(NNSTRETCH_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
