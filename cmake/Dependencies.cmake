# Everything that is not ours but the libraries of engines, which each engine finds itself
# (cmake/Engines.cmake): Debian packages.
include(Libraries)
find_package(CLI11 REQUIRED)
find_program(FLATC flatc REQUIRED)

find_program(CCACHE ccache)
foreach(language C CXX)
  if(CCACHE AND NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
    # It keeps what was compiled with precompiled headers only if it is told so: they hold no time.
    set(CMAKE_${language}_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
  endif()
endforeach()

if(NNSTRETCH_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
