# SPDX-License-Identifier: Apache-2.0
# GeographicLib as the target GeographicLib::GeographicLib: Debian's own find module is not where
# CMake looks for one. Installed with picket's package, whose targets link it.
find_path(GeographicLib_INCLUDE_DIR GeographicLib/LocalCartesian.hpp)
find_library(GeographicLib_LIBRARY NAMES GeographicLib Geographic)
mark_as_advanced(GeographicLib_INCLUDE_DIR GeographicLib_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(GeographicLib
                                  REQUIRED_VARS GeographicLib_LIBRARY GeographicLib_INCLUDE_DIR)
if(GeographicLib_FOUND AND NOT TARGET GeographicLib::GeographicLib)
  add_library(GeographicLib::GeographicLib UNKNOWN IMPORTED)
  set_target_properties(GeographicLib::GeographicLib PROPERTIES
                        IMPORTED_LOCATION ${GeographicLib_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${GeographicLib_INCLUDE_DIR})
endif()
