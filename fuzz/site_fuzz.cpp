// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"
#include "picket/codec/site.h"

/// A site file; the files that it names hold one small polygon.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  const FileReader read_file = [](const std::string&) -> Result<std::string> {
    return R"({"type":"Polygon","coordinates":[[[127,37],[127.1,37],[127.1,37.1],[127,37]]]})";
  };
  const auto site = ParseSite(fuzz::Text(data, size), "site.toml", read_file);
  PICKET_HOLDS(site || !site.error().empty());
  return 0;
}
