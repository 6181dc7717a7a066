// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gdal.h>

#include <memory>
#include <string>

#include "picket/base/error.h"

namespace picket::gdal {

struct Close {
  void operator()(void* dataset) const { GDALClose(dataset); }
};
/// An open GDAL dataset, closed with its owner.
using Dataset = std::unique_ptr<void, Close>;

/// Registers GDAL's drivers, once.
void Register();

/// While alive, GDAL's messages are kept here instead of being printed.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  /// What GDAL complained of last, in one line; "no reason given" if it did not.
  [[nodiscard]] static std::string Last();
};

/// An error that belongs to a file.
[[nodiscard]] tl::unexpected<Error> FailIn(const std::string& file, std::string what);

}  // namespace picket::gdal
