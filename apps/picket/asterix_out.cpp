// SPDX-License-Identifier: Apache-2.0
#include "asterix_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "picket/io/pcap.h"

namespace picket::app {
namespace {

constexpr std::uint16_t kPort = 8600;  // registered for ASTERIX

std::string Written(const asterix::Message& message, bool capture) {
  if (capture) return CaptureUdp(message.time, kPort, message.bytes);
  return {message.bytes.begin(), message.bytes.end()};
}

}  // namespace

AsterixOut::AsterixOut(const std::vector<AsterixSensor>& radars, bool capture, OutputFile& out)
    : capture_(capture), out_(out) {
  for (const AsterixSensor& radar : radars) {
    radars_.emplace(radar.id, asterix::RadarEncoder(radar));
    longest_ = std::max(longest_, radar.period.value_or(Duration::Seconds(1.0)));
  }
  if (capture_) written_ = out_.Write(CaptureHead());
}

Result<void> AsterixOut::Add(const Report& report) {
  const auto radar = radars_.find(report.sensor);
  if (radar == radars_.end()) {
    return Fail(
        fmt::format("reports of \"{}\" are left out: the site file gives it no asterix = "
                    "{{ sac = , sic = }}",
                    report.sensor));
  }
  auto messages = radar->second.Encode(report);
  if (!messages) return tl::unexpected<Error>(std::move(messages.error()));
  for (asterix::Message& message : *messages) {
    const Time time = message.time;
    waiting_.emplace(time, std::move(message));
  }
  // Reports come in order of time, more or less; each may reach back over a turn and a quarter.
  WriteUpTo(report.time - Duration::Seconds(2.0 * longest_.s()));
  return {};
}

void AsterixOut::Finish() { WriteUpTo(Time::Ns(std::numeric_limits<std::int64_t>::max())); }

std::int64_t AsterixOut::left_out() const {
  std::int64_t count = 0;
  for (const auto& [id, radar] : radars_) count += radar.left_out();
  return count;
}

void AsterixOut::WriteUpTo(Time time) {
  while (!waiting_.empty() && waiting_.begin()->first <= time && written_) {
    const asterix::Message message = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    written_ = out_.Write(Written(message, capture_));
    ++datagrams_;
  }
}

AsterixTracksOut::AsterixTracksOut(int sac, int sic, int category, bool capture, OutputFile& out)
    : capture_(capture), out_(out), encoder_(sac, sic, category) {
  if (capture_) written_ = out_.Write(CaptureHead());
}

void AsterixTracksOut::Add(const Picture& picture, const LocalFrame& frame) {
  std::vector<asterix::SystemTrack> tracks;
  for (const Track& track : picture.tracks) {
    const Geodetic at = frame.ToGeodetic(track.mean.head<3>());
    tracks.push_back(asterix::SystemTrackOf(track, picture.time, at, track.mean.tail<3>()));
  }
  for (const asterix::Message& message : encoder_.Encode(picture.time, tracks)) {
    if (written_) written_ = out_.Write(Written(message, capture_));
  }
}

}  // namespace picket::app
