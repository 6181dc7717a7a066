// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/learned.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "picket/codec/site.h"
#include "toml_reader.h"

namespace picket {
namespace {

constexpr double kMostCounted = 1e9;

/// A TOML float that reads back as the same number.
std::string Number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

/// The cell with that lower corner, if there is one.
std::optional<std::size_t> CellWith(const LearnedCorrection::Corner& corner) {
  // A little inside, so that rounding does not choose the cell before it.
  const std::size_t cell = LearnedCorrection::CellAt((corner.azimuth_deg + 1e-6) * kRadPerDeg,
                                                     (corner.elevation_deg + 1e-6) * kRadPerDeg,
                                                     corner.range_m * (1.0 + 1e-9));
  const LearnedCorrection::Corner is = LearnedCorrection::CornerOf(cell);
  const bool same = std::abs(is.azimuth_deg - corner.azimuth_deg) < 1e-6 &&
                    std::abs(is.elevation_deg - corner.elevation_deg) < 1e-6 &&
                    std::abs(is.range_m - corner.range_m) < 1e-3;
  return same ? std::optional(cell) : std::nullopt;
}

void ReadCell(TomlTable& table, std::vector<LearnedCorrection::Cell>& cells) {
  const auto number = [&](std::string_view key, const NumberRange& range) {
    return table.Number(key, range, Need::kRequired);
  };
  const auto azimuth = number("azimuth_deg", {0.0, 360.0, "degrees"});
  const auto elevation = number("elevation_deg", {-90.0, 90.0, "degrees"});
  const auto range = number("range_m", {0.0, 1e7, "m"});
  const auto looks = number("looks", {1.0, kMostCounted, "looks"});
  const auto expected = number("expected", {0.0, kMostCounted, "detections"});
  const auto seen = number("seen", {0.0, kMostCounted, "detections"});
  table.Finish();
  if (!azimuth || !elevation || !range || !looks || !expected || !seen) return;
  const auto cell = CellWith({*azimuth, *elevation, *range});
  if (!cell) {
    table.Fail(
        fmt::format("begins at {:.10g} degrees, {:.10g} degrees, {:.10g} m, where no cell of "
                    "a sensor's sky does; expected what picket learn wrote",
                    *azimuth, *elevation, *range));
  } else if (*looks != std::floor(*looks)) {
    table.Fail("looks", "is no whole number");
  } else if (cells[*cell].looks > 0) {
    table.Fail("is the same cell as one before it");
  } else {
    cells[*cell] = {static_cast<std::uint32_t>(*looks), *expected, *seen};
  }
}

}  // namespace

std::string WriteLearned(const std::vector<LearnedSensor>& sensors) {
  std::string text =
      "# What sensors made of targets whose place was known, over what their models expect:\n"
      "# written by picket learn, named by a site file ([site] learned). See docs/sensors.md.\n";
  for (const LearnedSensor& sensor : sensors) {
    text += fmt::format("\n[[sensor]]\nid = {}\nlat = {}\nlon = {}\ncells = [\n", Quoted(sensor.id),
                        Number(sensor.lat_deg), Number(sensor.lon_deg));
    for (std::size_t i = 0; i < LearnedCorrection::kCells; ++i) {
      const LearnedCorrection::Cell& cell = sensor.correction->cells()[i];
      if (cell.looks == 0) continue;
      const LearnedCorrection::Corner corner = LearnedCorrection::CornerOf(i);
      text += fmt::format(
          "  {{ azimuth_deg = {}, elevation_deg = {}, range_m = {}, looks = {}, expected = {}, "
          "seen = {} }},\n",
          Number(corner.azimuth_deg), Number(corner.elevation_deg), Number(corner.range_m),
          cell.looks, Number(cell.expected), Number(cell.seen));
    }
    text += "]\n";
  }
  return text;
}

tl::expected<std::vector<LearnedSensor>, Errors> ParseLearned(std::string_view text,
                                                              const std::string& source) {
  const auto document = ParseToml(text, source, kMaxLearnedBytes);
  if (!document) return tl::unexpected<Errors>(Errors{document.error()});
  TomlErrors errors(source, kMaxSiteErrors);
  TomlTable root(*document, "", errors);
  std::vector<LearnedSensor> sensors;
  std::set<std::string> ids;
  std::vector<TomlTable> tables = root.Tables("sensor");
  if (tables.size() > kMaxSensors) {
    root.Fail("sensor",
              fmt::format("stands {} times, expected at most {}", tables.size(), kMaxSensors));
    tables.clear();
  }
  for (TomlTable& table : tables) {
    LearnedSensor sensor;
    sensor.id = table.Text("id", Need::kRequired).value_or("");
    if (!ids.insert(sensor.id).second) table.Fail("id", "is that of a sensor before it");
    sensor.lat_deg = table.Number("lat", {-90.0, 90.0, "degrees"}, Need::kRequired).value_or(0.0);
    sensor.lon_deg = table.Number("lon", {-180.0, 180.0, "degrees"}, Need::kRequired).value_or(0.0);
    std::vector<LearnedCorrection::Cell> cells(LearnedCorrection::kCells);
    for (TomlTable& cell : table.Tables("cells")) ReadCell(cell, cells);
    table.Finish();
    sensor.correction = std::make_shared<const LearnedCorrection>(std::move(cells));
    sensors.push_back(std::move(sensor));
  }
  root.Finish();
  if (!errors.empty()) return tl::unexpected<Errors>(errors.Take());
  return sensors;
}

}  // namespace picket
