// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "picket/base/error.h"
#include "picket/geo/geodetic.h"
#include "picket/io/file.h"
#include "picket/io/map_files.h"

namespace picket::app {

using Point = MapPoint;

/// Points in a format for tables, maps and displays.
class PointSink {
 public:
  explicit PointSink(OutputFile& out) : out_(out) {}
  PointSink(const PointSink&) = delete;
  PointSink& operator=(const PointSink&) = delete;
  virtual ~PointSink() = default;
  virtual void Add(const Point& point) = 0;
  virtual void Finish() {}
  [[nodiscard]] const tl::expected<void, Error>& written() const { return written_; }

 protected:
  virtual void Write(std::string_view text) {
    if (written_) written_ = out_.Write(text);
  }
  void Failed(Error error) {
    if (written_) written_ = tl::unexpected<Error>(std::move(error));
  }

 private:
  OutputFile& out_;
  tl::expected<void, Error> written_;
};

/// @param site  where the site is; null: not known
using MakeSink = std::unique_ptr<PointSink>(OutputFile& out, const Geodetic* site);

MakeSink MakeCsv;
/// Lines of those points that have an id, the others by themselves.
MakeSink MakeGeoJson;
/// Lines with times, for the time slider of Google Earth and its like.
MakeSink MakeKml;
/// The same in a zip archive.
MakeSink MakeKmz;
/// See GeoPackageWriter.
MakeSink MakeGeoPackage;
/// A trial log in the COURAGEOUS data format, schema 0.4 (see courageous.h). Needs the site.
MakeSink MakeCourageous;
/// Cursor on Target, one event of XML a line.
MakeSink MakeCot;

}  // namespace picket::app
