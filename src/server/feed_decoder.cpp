// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/capture.h"
#include "picket/codec/sapient_node.h"
#include "picket/server/feed.h"

namespace picket {

std::string ReceiverOf(const InputFeed& feed, const Site& site) {
  if (!feed.sensor.empty()) return feed.sensor;
  if (feed.format == "sapient") return CaptureOptionsOf(site).sapient_receiver;
  const bool adsb = feed.format == "beast" || feed.format == "avr" || feed.format == "sbs";
  return adsb ? CaptureOptionsOf(site).adsb_sensor : std::string();
}

SapientSite SapientSiteOf(const Site& site) {
  const CaptureOptions options = CaptureOptionsOf(site);
  return {sapient::NodeIdOf("picket " + site.name), options.sapient, options.sapient_receiver};
}

FeedDecoder FeedDecoderFor(std::shared_ptr<const PlacedSite> site) {
  return [site = std::move(site)](const InputFeed& feed) -> Result<std::unique_ptr<StreamDecoder>> {
    CaptureOptions options = CaptureOptionsOf(site->site);
    (feed.format == "sapient" ? options.sapient_receiver : options.adsb_sensor) =
        ReceiverOf(feed, site->site);
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
