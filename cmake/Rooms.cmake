# room(NAME [HOT] [USES rooms...] [LINK libraries...] [HEADERS <...>...] [SCHEMAS .fbs and .proto files...]
#      [WITHOUT folders and files...])
#
# A HOT room computes: it is optimised as the preset says. The others plan, read, write and talk, where
# -O3 doubles the time to compile and saves nobody anything. HEADERS are precompiled too, for the room alone.
# A room is src/NAME (a static library), tests/NAME (one GoogleTest program) and the rooms it uses;
# what it is WITHOUT, there and there, belongs to other targets.
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

# How fast what a target does must be: HOT as the preset says, LIGHT lightly optimised, COLD not at all.
set(options_of_LIGHT "$<$<CONFIG:Release>:-O1>")
set(options_of_COLD "$<$<CONFIG:Release>:-O0>")

# The headers of others that most files include are compiled once for hot and once for light targets.
set(common_headers <algorithm> <array> <atomic> <cstdint> <filesystem> <functional> <map> <memory>
    <mutex> <optional> <set> <span> <string> <string_view> <utility> <variant> <vector>
    <fmt/format.h> <fmt/ranges.h>)
foreach(speed HOT LIGHT)
  set(name "nnstretch_headers_${speed}")
  file(WRITE "${CMAKE_BINARY_DIR}/generated/${name}.cpp.in" "")
  configure_file("${CMAKE_BINARY_DIR}/generated/${name}.cpp.in"
                 "${CMAKE_BINARY_DIR}/generated/${name}.cpp" COPYONLY)
  add_library(${name} OBJECT "${CMAKE_BINARY_DIR}/generated/${name}.cpp")
  target_link_libraries(${name} PRIVATE nnstretch_flags fmt::fmt)
  target_compile_options(${name} PRIVATE ${options_of_${speed}})
  target_precompile_headers(${name} PRIVATE ${common_headers})
endforeach()

# compiled(TARGET HOT|LIGHT|COLD [HEADERS <...>...]): with HEADERS it precompiles those too, for itself
# alone, as it must where a library of others defines macros for its users.
function(compiled target speed)
  cmake_parse_arguments(COMPILED "" "" "HEADERS" ${ARGN})
  target_compile_options(${target} PRIVATE ${options_of_${speed}})
  if(COMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE ${common_headers} ${COMPILED_HEADERS})
  elseif(TARGET nnstretch_headers_${speed})
    target_precompile_headers(${target} REUSE_FROM nnstretch_headers_${speed})
  endif()
endfunction()

# C++ from a schema: STEM_generated.h by flatc, STEM.pb.h by protoc.
function(room_schemas target)
  set(folder "${CMAKE_BINARY_DIR}/generated")
  foreach(schema ${ARGN})
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/src/${schema}")
    get_filename_component(stem "${schema}" NAME_WE)
    get_filename_component(home "${file}" DIRECTORY)
    if(schema MATCHES "\\.proto$")
      set(made "${folder}/${stem}.pb.h" "${folder}/${stem}.pb.cc")
      set(command protobuf::protoc "--cpp_out=${folder}" "--proto_path=${home}" "${file}")
      set_source_files_properties("${folder}/${stem}.pb.cc" PROPERTIES COMPILE_OPTIONS -w)
    else()
      set(made "${folder}/${stem}_generated.h")
      set(command "${FLATC}" --cpp --gen-object-api --scoped-enums -o "${folder}" "${file}")
    endif()
    file(MAKE_DIRECTORY "${folder}")
    add_custom_command(OUTPUT ${made} COMMAND ${command} DEPENDS "${file}" VERBATIM)
    target_sources(${target} PRIVATE ${made})
    target_include_directories(${target} SYSTEM PUBLIC "$<BUILD_INTERFACE:${folder}>")
  endforeach()
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "HOT" "" "USES;LINK;HEADERS;SCHEMAS;WITHOUT" ${ARGN})
  set(target nnstretch_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp")
  without(sources ${name} ${ROOM_WITHOUT})
  list(TRANSFORM ROOM_USES PREPEND nnstretch_)
  set_property(GLOBAL APPEND PROPERTY NNSTRETCH_ROOMS ${target})
  if(NOT sources)
    add_library(${target} INTERFACE)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/src;${CMAKE_CURRENT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/nnstretch;${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PUBLIC "$<BUILD_INTERFACE:nnstretch_flags>" ${ROOM_USES}
                        ${ROOM_LINK})
  set(speed LIGHT)
  if(ROOM_HOT)
    set(speed HOT)
  endif()
  compiled(${target} ${speed} HEADERS ${ROOM_HEADERS})
  room_schemas(${target} ${ROOM_SCHEMAS})
  if(NNSTRETCH_TESTS)
    test_program(${name}_tests ${name} ${target} FOLDER ${name} WITHOUT ${ROOM_WITHOUT}
                 HEADERS ${ROOM_HEADERS})
  endif()
endfunction()

# Takes those files from a list that lie in a room's folder under one of these names.
function(without list room)
  foreach(name ${ARGN})
    list(FILTER ${list} EXCLUDE REGEX "/${room}/${name}(/|$)")
  endforeach()
  set(${list} "${${list}}" PARENT_SCOPE)
endfunction()

# test_program(NAME ROOM TARGETS... FOLDER folder [WITHOUT folders...] [HEADERS <...>...]): the tests in tests/FOLDER,
# named ROOM.SUITE.TEST.
function(test_program program room)
  cmake_parse_arguments(TEST "" "FOLDER" "WITHOUT;HEADERS" ${ARGN})
  set(tests "${PROJECT_SOURCE_DIR}/tests")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${tests}/${TEST_FOLDER}/*_test.cpp")
  without(sources ${room} ${TEST_WITHOUT})
  if(NOT sources)
    return()
  endif()
  add_executable(${program} ${sources})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  if(NNSTRETCH_SANITIZE)
    target_sources(${program} PRIVATE "${tests}/support/deepbind.cpp"
                   "${tests}/support/engine_races.cpp")
    target_link_libraries(${program} PRIVATE ${CMAKE_DL_LIBS})
  endif()
  target_include_directories(${program} PRIVATE "${tests}")
  # Tests are listed without their environment, and some name what lies in the source tree.
  target_compile_definitions(${program} PRIVATE NNSTRETCH_SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")
  compiled(${program} LIGHT HEADERS <gtest/gtest.h> <gmock/gmock.h> ${TEST_HEADERS})
  target_link_libraries(${program} PRIVATE ${TEST_UNPARSED_ARGUMENTS} GTest::gtest_main GTest::gmock
                        nlohmann_json::nlohmann_json)
  # A DISABLED_ test is a tool to be called by hand: it is no test that was left out.
  gtest_discover_tests(${program} TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 120  # seconds: from a cold disk libtorch alone takes more than the usual five
    NO_PRETTY_VALUES  # values may hold addresses, which differ from run to run
    TEST_FILTER "-*.DISABLED_*"
    PROPERTIES ENVIRONMENT "NNSTRETCH_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()
