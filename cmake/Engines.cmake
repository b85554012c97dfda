# The engines that stand on a library of others: all that can be in a build, in one list. Each is a
# folder of src/engines, whose CMakeLists.txt finds the library, calls engine() and installs what it
# needs. -DNNSTRETCH_NAME=OFF leaves one out, with everything that only it needs.
set(engines openvino litert qnn)

set(NNSTRETCH_ENGINES_BUILT "")
foreach(name ${engines})
  string(TOUPPER ${name} option)
  option(NNSTRETCH_${option} "Build the engine ${name}" ON)
  if(NNSTRETCH_${option})
    list(APPEND NNSTRETCH_ENGINES_BUILT ${name})
  endif()
endforeach()

# Where modules lie, below the build folder and below the prefix.
set(engines_folder "${CMAKE_INSTALL_LIBDIR}/nnstretch")
set(modules_folder "${CMAKE_BINARY_DIR}/${engines_folder}")

# engine(NAME [LINK libraries...] [HEADERS <...>...]): the module libnnstretch_engine_NAME.so of the folder's files,
# which programs open when they first ask for it (src/engines/module.h), and NAME_engine_tests of
# tests/engines/NAME, which see the engine's own headers.
function(engine name)
  cmake_parse_arguments(ENGINE "" "" "LINK;HEADERS" ${ARGN})
  set(module nnstretch_engine_${name})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/module\\.cpp$")
  add_library(${module}_code STATIC ${sources})
  target_link_libraries(${module}_code PUBLIC nnstretch_formats ${ENGINE_LINK} ${CMAKE_DL_LIBS})
  compiled(${module}_code LIGHT HEADERS ${ENGINE_HEADERS})

  add_library(${module} MODULE module.cpp)
  target_link_libraries(${module} PRIVATE ${module}_code)
  add_dependencies(${module} nnstretch_version)
  # It shows one name, so that its copies of rooms are not those of the program.
  set(names "${PROJECT_SOURCE_DIR}/cmake/module.map")
  target_link_options(${module} PRIVATE "LINKER:--version-script=${names}")
  set_target_properties(${module} PROPERTIES LINK_DEPENDS "${names}"
    LIBRARY_OUTPUT_DIRECTORY "${modules_folder}" INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${module} LIBRARY DESTINATION "${engines_folder}")
  add_dependencies(nnstretch_modules ${module})
  if(NNSTRETCH_TESTS)
    test_program(${name}_engine_tests engines ${module}_code nnstretch_engines
                 FOLDER engines/${name})
  endif()
endfunction()

# What tells programs where the modules are lies beside them (src/engines/modules_folder.h). Whoever
# links it has them built, too.
add_library(nnstretch_modules SHARED src/engines/modules_folder.cpp)
target_include_directories(nnstretch_modules PRIVATE src)
target_link_libraries(nnstretch_modules PRIVATE nnstretch_flags ${CMAKE_DL_LIBS})
target_compile_features(nnstretch_modules PRIVATE cxx_std_20)
set_target_properties(nnstretch_modules PROPERTIES EXPORT_NAME modules
  LIBRARY_OUTPUT_DIRECTORY "${modules_folder}" INSTALL_RPATH "$ORIGIN")
install(TARGETS nnstretch_modules EXPORT nnstretch LIBRARY DESTINATION "${engines_folder}")
