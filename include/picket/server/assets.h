// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace picket {

/// A file that was put into the program when it was built.
struct Asset {
  std::string_view path;   ///< as asked for: "/assets/index-C8jKHsja.js"
  std::string_view type;   ///< its MIME type
  bool immutable = false;  ///< its name holds a hash of its bytes
  std::string_view bytes;
};

/// All of them: the console (if it was built) and /v1/openapi.yaml. See tools/cmake/embed.cmake.
[[nodiscard]] std::span<const Asset> Assets();
/// The one at `path`; null if there is none. "/" is the console's page,
/// "/observe" that for observers' phones.
[[nodiscard]] const Asset* FindAsset(std::string_view path);

}  // namespace picket
