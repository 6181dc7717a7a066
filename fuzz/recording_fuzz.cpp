// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "picket/io/recording.h"
#include "src/io/recording_features.h"

namespace {

using namespace picket;

constexpr const char* kRun =
    R"({"sensors":[{"id":"radar-north","kind":"radar","lat_deg":37.61,"lon_deg":126.98}],)"
    R"("places":[{"name":"Terminal 1","lat_deg":37.55,"lon_deg":126.99,"radius_m":500}]})";
constexpr const char* kReport =
    R"({"time":"2026-03-01T12:00:01Z","sensor":"adsb","detections":[{"lat_deg":37.5,)"
    R"("lon_deg":126.9,"identity":{"icao":"406B90"}}]})";
constexpr const char* kPicture =
    R"({"time":"2026-03-01T12:00:02Z","tracks":[{"id":7,"lat_deg":37.51,"lon_deg":126.97,)"
    R"("alt_hae_m":900,"vel_enu_mps":[30,-40,1],"class":{"aircraft":0.9}}]})";
constexpr const char* kAlert =
    R"({"id":1,"time":"2026-03-01T12:00:02Z","level":"warning","track":7,"area":"P-73"})";

/// A sound recording, and its chain: what a damaged one may at most be taken for.
struct Sound {
  std::string image;
  std::map<std::int64_t, Hash> chain;
};

const Sound& Base() {
  static const Sound base = [] {
    Sound sound;
    std::string path = "/tmp/recording-fuzz-XXXXXX";
    const int fd = mkstemp(path.data());
    if (fd >= 0) close(fd);
    auto recording = Recording::Create(path);
    if (!recording) std::abort();
    sound.chain[0] = FirstHash();
    const std::string large(20'000, 'x');
    for (const NewEntry& entry : std::vector<NewEntry>{{EntryKind::kSite, {}, "[site]"},
                                                       {EntryKind::kRun, {}, kRun},
                                                       {EntryKind::kReport, {}, kReport},
                                                       {EntryKind::kRaw, {}, large},
                                                       {EntryKind::kPicture, {}, kPicture},
                                                       {EntryKind::kAlert, {}, kAlert}}) {
      if (!recording->Append({&entry, 1})) std::abort();
      sound.chain[recording->head().sequence] = recording->head().hash;
    }
    if (!recording->Close()) std::abort();
    std::ifstream file(path, std::ios::binary);
    sound.image.assign(std::istreambuf_iterator<char>(file), {});
    unlink(path.c_str());
    return sound;
  }();
  return base;
}

/// Everything that a reader does. @returns the head if the recording is sound
std::optional<Head> ReadAll(std::string_view image) {
  const auto recording = Recording::OpenImage(
      std::span(reinterpret_cast<const std::uint8_t*>(image.data()), image.size()));
  if (!recording) return std::nullopt;
  std::size_t bytes = 0;
  const auto count = [&](const EntryView& entry) {
    bytes += entry.payload.size();
    return true;
  };
  EntryFilter pictures;
  pictures.kind = EntryKind::kPicture;
  static_cast<void>(recording->ForEach({}, count));
  static_cast<void>(recording->ForEach(pictures, count));
  const auto verified = recording->Verify();
  if (!verified) return std::nullopt;
  static_cast<void>(verified->Text());
  if (!verified->Sound()) return std::nullopt;
  return verified->head;
}

}  // namespace

/// The first byte says what the rest is: bytes to put into a sound recording (three bytes of
/// offset, one of value, each), a whole file, or the payload of an entry of that kind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'f') {
    static_cast<void>(ReadAll(rest));
  } else if (data[0] == 'p') {
    std::string image = Base().image;
    for (std::size_t i = 1; i + 4 <= size; i += 4) {
      const std::size_t offset = data[i] | data[i + 1] << 8U | data[i + 2] << 16U;
      image[offset % image.size()] = static_cast<char>(data[i + 3]);
    }
    const auto head = ReadAll(image);
    // No change may pass for sound but one that leaves the chain, or a part from its start, as is.
    if (head && Base().chain.at(head->sequence) != head->hash) std::abort();
  } else {
    FeatureDeriver deriver;
    std::size_t values = 0;
    deriver.Take({1, static_cast<EntryKind>(data[0] & 7U), {}, rest},
                 [&](Layer, std::span<const FeatureValue> row) { values += row.size(); });
  }
  return 0;
}
