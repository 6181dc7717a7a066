// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "picket/field/sensor.h"
#include "toml_reader.h"

namespace picket {

/// Reads the table `weather` of the site or of a sensor, if it is there; what it leaves out is as
/// in `base`.
[[nodiscard]] Weather ReadWeather(TomlTable& table, const Weather& base);

/// Reads [[weather_hours]]: what differs in some hours of the day.
[[nodiscard]] std::vector<WeatherCourse::Hours> ReadWeatherHours(TomlTable& root);

/// Reads the table `detect` of a sensor, if it is there: see docs/sensors.md.
/// @param kind      of the sensor, which decides on the models that fit; nothing: not known
/// @param period_s  of its looks
void ReadDetect(TomlTable& table, std::optional<SensorKind> kind, const Weather& weather,
                double period_s, DetectModel& detect);

}  // namespace picket
