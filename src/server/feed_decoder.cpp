// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/capture.h"
#include "picket/codec/sapient_node.h"
#include "picket/server/feed.h"

namespace picket {

namespace {

bool IsAdsbFormat(const std::string& format) {
  return format == "beast" || format == "avr" || format == "sbs" || format == "readsb";
}

/// The option that names the sensor of a feed's reports; null: reports name their own.
std::string CaptureOptions::*SensorOption(const std::string& format) {
  if (format == "sapient") return &CaptureOptions::sapient_receiver;
  if (format == "cot") return &CaptureOptions::cot_sensor;
  if (format == "remote-id") return &CaptureOptions::remote_id_sensor;
  return IsAdsbFormat(format) ? &CaptureOptions::adsb_sensor : nullptr;
}

}  // namespace

std::string ReceiverOf(const InputFeed& feed, const Site& site) {
  if (!feed.sensor.empty()) return feed.sensor;
  auto option = SensorOption(feed.format);
  return option != nullptr ? CaptureOptionsOf(site).*option : std::string();
}

SapientSite SapientSiteOf(const Site& site) {
  const CaptureOptions options = CaptureOptionsOf(site);
  return {sapient::NodeIdOf("picket " + site.name), options.sapient, options.sapient_receiver};
}

FeedDecoder FeedDecoderFor(std::shared_ptr<const PlacedSite> site) {
  return [site = std::move(site)](const InputFeed& feed) -> Result<std::unique_ptr<StreamDecoder>> {
    CaptureOptions options = CaptureOptionsOf(site->site);
    if (auto option = SensorOption(feed.format)) {
      options.*option = ReceiverOf(feed, site->site);
    }
    options.datagrams = !feed.udp.empty();
    for (AsterixSensor& radar : options.asterix) {
      // The site file's own data lack the ground that most antennas stand on.
      for (const Sensor& sensor : site->field->sensors()) {
        if (sensor.id != radar.id) continue;
        radar.antenna = site->geoid.ToAmsl(site->frame.ToGeodetic(sensor.p_LS_L));
      }
    }
    const auto format = ParseCaptureFormat(feed.format);
    auto decoder = format ? MakeDecoder(*format, options) : nullptr;
    if (!decoder) return Fail("no live feed has the format '" + feed.format + "'", "format");
    return decoder;
  };
}

}  // namespace picket
