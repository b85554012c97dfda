# room(NAME [USES rooms...] [LINK libraries...] [SCHEMAS flatbuffers schemas...])
#
# A room is src/NAME (a static library), tests/NAME (one GoogleTest program) and the rooms it uses.
# scripts/rooms checks that the #include lines of a room follow the same order.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(nnstretch_flags INTERFACE)
# Products and sums stay apart: the reference kernels and the weight recipe are compared bit for bit.
target_compile_options(nnstretch_flags INTERFACE -Wall -Wextra -Wpedantic -ffp-contract=off)
if(NNSTRETCH_SANITIZE)
  target_compile_options(nnstretch_flags INTERFACE -fsanitize=${NNSTRETCH_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(nnstretch_flags INTERFACE -fsanitize=${NNSTRETCH_SANITIZE} -rdynamic)
endif()

function(room_schemas target)
  foreach(schema ${ARGN})
    get_filename_component(stem "${schema}" NAME_WE)
    set(header "${CMAKE_BINARY_DIR}/generated/${stem}_generated.h")
    add_custom_command(OUTPUT "${header}"
      COMMAND "${FLATC}" --cpp --gen-object-api --scoped-enums -o "${CMAKE_BINARY_DIR}/generated"
              "${CMAKE_CURRENT_SOURCE_DIR}/src/${schema}"
      DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${schema}" VERBATIM)
    target_sources(${target} PRIVATE "${header}")
    target_include_directories(${target} SYSTEM PUBLIC
                               "$<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>")
  endforeach()
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINK;SCHEMAS" ${ARGN})
  set(target nnstretch_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp")
  list(TRANSFORM ROOM_USES PREPEND nnstretch_)
  set_property(GLOBAL APPEND PROPERTY NNSTRETCH_ROOMS ${target})
  if(NOT sources)
    add_library(${target} INTERFACE)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/src>"
                             "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/nnstretch>")
  target_link_libraries(${target} PUBLIC "$<BUILD_INTERFACE:nnstretch_flags>" ${ROOM_USES}
                        ${ROOM_LINK})
  room_schemas(${target} ${ROOM_SCHEMAS})
  if(NNSTRETCH_TESTS)
    room_tests(${name} ${target})
  endif()
endfunction()

function(room_tests name target)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/${name}/*_test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  if(NNSTRETCH_SANITIZE)
    target_sources(${name}_tests PRIVATE tests/support/deepbind.cpp
                   tests/support/engine_races.cpp)
    target_link_libraries(${name}_tests PRIVATE ${CMAKE_DL_LIBS})
  endif()
  target_include_directories(${name}_tests PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/tests")
  # Tests are listed without their environment, and some name what lies in the source tree.
  target_compile_definitions(${name}_tests PRIVATE
    NNSTRETCH_SOURCE_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${name}_tests PRIVATE ${target} GTest::gtest_main GTest::gmock
                        nlohmann_json::nlohmann_json)
  # A DISABLED_ test is a tool to be called by hand: it is no test that was left out.
  gtest_discover_tests(${name}_tests TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
    NO_PRETTY_VALUES  # values may hold addresses, which differ from run to run
    TEST_FILTER "-*.DISABLED_*"
    PROPERTIES ENVIRONMENT "NNSTRETCH_SOURCE=${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()
