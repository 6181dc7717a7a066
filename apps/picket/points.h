// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/io/file.h"
#include "picket/report/report.h"

namespace picket::app {

/// A place at a time, of a track, a true target or a sensor's report.
struct Point {
  Time time;
  std::string id;  ///< empty: belongs to no other point
  double lat_deg = 0.0;
  double lon_deg = 0.0;
  std::optional<double> alt_hae_m;
  std::optional<double> alt_msl_m;
  std::array<double, 3> vel_enu_mps = {kNotStated, kNotStated, kNotStated};
  std::optional<std::array<double, 3>> sd_m;  ///< one sigma east, north, up
  std::string_view target_class;
};

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
  void Write(std::string_view text) {
    if (written_) written_ = out_.Write(text);
  }

 private:
  OutputFile& out_;
  tl::expected<void, Error> written_;
};

[[nodiscard]] std::unique_ptr<PointSink> MakeCsv(OutputFile& out);
/// Lines of those points that have an id, the others by themselves.
[[nodiscard]] std::unique_ptr<PointSink> MakeGeoJson(OutputFile& out);
/// Lines with times, for the time slider of Google Earth and its like.
[[nodiscard]] std::unique_ptr<PointSink> MakeKml(OutputFile& out);
/// Cursor on Target, one event of XML a line.
[[nodiscard]] std::unique_ptr<PointSink> MakeCot(OutputFile& out);

}  // namespace picket::app
