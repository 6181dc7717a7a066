// SPDX-License-Identifier: Apache-2.0
// Any bytes: they are refused, or they were a trial log whose records are sound and in order.

#include <cmath>
#include <cstdint>

#include "fuzz/fuzz.h"
#include "picket/codec/courageous.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::Text(data, size);
  (void)picket::LooksLikeCourageous(text);
  const auto log = picket::ReadCourageous(text, picket::Geoid());
  if (!log) {
    PICKET_HOLDS(!log.error().what.empty());
    return 0;
  }
  for (const picket::CourageousTrack& track : log->tracks) {
    PICKET_HOLDS(!track.records.empty());
    for (std::size_t i = 0; i < track.records.size(); ++i) {
      const picket::CourageousRecord& record = track.records[i];
      PICKET_HOLDS(std::isfinite(record.position.lat_deg) &&
                   std::isfinite(record.position.lon_deg) &&
                   std::isfinite(record.position.height.m));
      PICKET_HOLDS(i == 0 || record.time > track.records[i - 1].time);
    }
  }
  return 0;
}
