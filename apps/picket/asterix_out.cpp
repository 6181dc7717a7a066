// SPDX-License-Identifier: Apache-2.0
#include "asterix_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "picket/io/pcap.h"

namespace picket::app {
namespace {

constexpr std::uint16_t kPort = 8600;  // registered for ASTERIX

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
    const std::string_view block(reinterpret_cast<const char*>(message.bytes.data()),
                                 message.bytes.size());
    written_ =
        out_.Write(capture_ ? CaptureUdp(message.time, kPort, message.bytes) : std::string(block));
    ++datagrams_;
  }
}

}  // namespace picket::app
