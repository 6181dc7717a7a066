// SPDX-License-Identifier: Apache-2.0
#include "picket/engine/preset.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "picket/codec/site.h"

namespace picket {

Result<Sensor> PresetOf(const PlacedSite& site, std::string_view preset, std::string id,
                        const std::optional<Time>& time) {
  auto entry = PresetSensor(preset, std::move(id), site.site.weather);
  if (!entry) return tl::unexpected<Error>(std::move(entry.error()));
  Sensor sensor = std::move(entry->sensor);
  if (sensor.look == LookKind::kSelfReport) {
    return Fail(
        fmt::format("\"{}\" only hears targets that report themselves, which counts for "
                    "nothing here",
                    preset));
  }
  if (!time) return sensor;
  sensor.course = std::make_shared<const WeatherCourse>(
      WeatherCourse{site.site.weather, site.site.weather_hours, site.site.origin.lat_deg,
                    site.site.origin.lon_deg});
  DetectionField alone({std::move(sensor)}, std::make_shared<const Terrain>());
  alone.SetTime(0, *time);
  return alone.sensor(0);
}

}  // namespace picket
