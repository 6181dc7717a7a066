// SPDX-License-Identifier: Apache-2.0
#include "picket/server/assets.h"

namespace picket {

const Asset* FindAsset(std::string_view path) {
  if (path == "/") path = "/index.html";
  if (path == "/observe") path = "/observe.html";
  for (const Asset& asset : Assets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace picket
