# SPDX-License-Identifier: Apache-2.0
# Writes a C++ source that holds files as they are: picket::Assets(), see server/assets.h.
#   cmake -D OUTPUT=assets.cpp -D OPENAPI=docs/openapi.yaml -D CONSOLE=web/dist -P embed.cmake
# CONSOLE may be empty: then there is no console in it.
cmake_minimum_required(VERSION 3.25)

set(files "${OPENAPI}")
set(paths "/v1/openapi.yaml")
if(CONSOLE)
  file(GLOB_RECURSE found RELATIVE "${CONSOLE}" "${CONSOLE}/*")
  list(FILTER found EXCLUDE REGEX "(^|/)\\.")  # the build's own stamps
  list(SORT found)
  foreach(file ${found})
    list(APPEND files "${CONSOLE}/${file}")
    list(APPEND paths "/${file}")
  endforeach()
endif()

function(mime_type path result)
  get_filename_component(ending "${path}" LAST_EXT)
  set(type_.html "text/html; charset=utf-8")
  set(type_.js "text/javascript; charset=utf-8")
  set(type_.css "text/css; charset=utf-8")
  set(type_.svg "image/svg+xml")
  set(type_.png "image/png")
  set(type_.json "application/json")
  set(type_.pbf "application/x-protobuf")
  set(type_.woff2 "font/woff2")
  set(type_.txt "text/plain; charset=utf-8")
  set(type_.md "text/markdown; charset=utf-8")
  set(type_.yaml "application/yaml")
  set(type_.map "application/json")
  if(NOT DEFINED "type_${ending}")
    message(FATAL_ERROR "${path}: what is the MIME type of '${ending}'? Add it here.")
  endif()
  set(${result} "${type_${ending}}" PARENT_SCOPE)
endfunction()

set(data "")
set(table "")
set(number 0)
foreach(file path IN ZIP_LISTS files paths)
  mime_type("${path}" type)
  # Vite puts a hash of its bytes into the name of everything in assets/.
  set(immutable false)
  if(path MATCHES "^/assets/")
    set(immutable true)
  endif()
  string(APPEND data "asm(\".section .rodata\\n\"\n"
         "    \"picket_asset_${number}: .incbin \\\"${file}\\\"\\n\"\n"
         "    \"picket_asset_${number}_end: .previous\\n\");\n"
         "extern \"C\" const char picket_asset_${number}[];\n"
         "extern \"C\" const char picket_asset_${number}_end[];\n")
  string(APPEND table "    {\"${path}\", \"${type}\", ${immutable},\n"
         "     {picket_asset_${number},\n"
         "      static_cast<std::size_t>(picket_asset_${number}_end - picket_asset_${number})}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
// Made by tools/cmake/embed.cmake.
#include <array>
#include <cstddef>

#include \"picket/server/assets.h\"

${data}
namespace picket {

std::span<const Asset> Assets() {
  static const std::array<Asset, ${number}> kAssets{{
${table}  }};
  return kAssets;
}

}  // namespace picket
")
