# cmake --install: the command with the engines it runs, and a package for programs of others:
#     find_package(nnstretch REQUIRED)
#     target_link_libraries(theirs nnstretch::api)     # include/nnstretch: docs/api.md
#     target_link_libraries(theirs nnstretch::ir)      # one room and those it uses
#     target_link_libraries(theirs nnstretch::nnstretch)  # all of them
# The engines, modules of their own, are in one folder with the library that tells programs where it
# lies: who links the package needs no more than find that library (cmake/Engines.cmake).
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/nnstretch")

if(TARGET nnstretch)
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_BINDIR}" "/${engines_folder}")
  set_target_properties(nnstretch PROPERTIES INSTALL_RPATH "$ORIGIN/${up}")
  install(TARGETS nnstretch)
endif()

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

get_property(rooms GLOBAL PROPERTY NNSTRETCH_ROOMS)
foreach(room ${rooms})
  string(REPLACE nnstretch_ "" name ${room})
  set_target_properties(${room} PROPERTIES EXPORT_NAME ${name})
  add_library(nnstretch::${name} ALIAS ${room})
endforeach()
add_library(nnstretch_all INTERFACE)
set_target_properties(nnstretch_all PROPERTIES EXPORT_NAME nnstretch)
target_link_libraries(nnstretch_all INTERFACE ${rooms})
add_library(nnstretch::nnstretch ALIAS nnstretch_all)

install(TARGETS ${rooms} nnstretch_all EXPORT nnstretch)
install(EXPORT nnstretch NAMESPACE nnstretch:: FILE nnstretchTargets.cmake
  DESTINATION "${package_folder}")
install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
# The folder of one engine is its own business: engines/engine.h is what others see. What stands
# behind the public interface is, too.
install(DIRECTORY src/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/nnstretch"
  FILES_MATCHING PATTERN "*.h" REGEX "/src/engines/([a-z_]+|module\\.h)$" EXCLUDE
  REGEX "/src/(api|data|train)$" EXCLUDE)
install(DIRECTORY assets/photos/ DESTINATION "${CMAKE_INSTALL_DATADIR}/nnstretch/photos")
install(FILES assets/LICENSES.md DESTINATION "${CMAKE_INSTALL_DATADIR}/nnstretch")

configure_package_config_file(cmake/nnstretchConfig.cmake.in nnstretchConfig.cmake
  INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file(nnstretchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/nnstretchConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/nnstretchConfigVersion.cmake" cmake/Libraries.cmake
  DESTINATION "${package_folder}")
