// SPDX-License-Identifier: Apache-2.0
// Any line: it is refused, or it was a picture; with and without a frame of one's own.

#include <cmath>
#include <cstdint>
#include <string_view>

#include "picket/base/assert.h"
#include "picket/codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const picket::LocalFrame frame({37.5, 127.0, picket::HeightHae{10.0}});
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const picket::LocalFrame* own : {static_cast<const picket::LocalFrame*>(nullptr), &frame}) {
    const auto picture = picket::ReadPicture(line, own);
    if (!picture) continue;
    for (const picket::Track& track : picture->tracks) {
      const bool velocity = track.mean.tail<3>().allFinite() || std::isnan(track.mean[3]);
      PICKET_ASSERT(track.id > 0 && track.mean.head<3>().allFinite() && velocity &&
                        track.covariance.allFinite(),
                    "a track that was read is whole");
    }
  }
  return 0;
}
