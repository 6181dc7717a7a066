# SPDX-License-Identifier: Apache-2.0
# cmake --install: the program (component "program"), and the tracker as a library for others
# (component "library"): headers, static libraries, a CMake package. See docs/library.md.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS picket RUNTIME COMPONENT program)

# picket::track and the rooms that it is made of. What these link besides, picketConfig.cmake.in
# looks for.
set(library_rooms base geo report terrain field track)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/picket)
foreach(room ${library_rooms})
  set_target_properties(picket_${room} PROPERTIES EXPORT_NAME ${room})
  install(TARGETS picket_${room} EXPORT picketTargets
          ARCHIVE COMPONENT library INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/picket/${room}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/picket COMPONENT library)
endforeach()
install(EXPORT picketTargets NAMESPACE picket:: DESTINATION ${package_dir} COMPONENT library)
configure_package_config_file(tools/cmake/picketConfig.cmake.in
                              ${CMAKE_BINARY_DIR}/picketConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before version 1 a new minor version may change what the headers say.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/picketConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/picketConfig.cmake ${CMAKE_BINARY_DIR}/picketConfigVersion.cmake
              tools/cmake/FindGeographicLib.cmake
        DESTINATION ${package_dir} COMPONENT library)
