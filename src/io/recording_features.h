// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "picket/record/recording.h"

namespace picket {

/// The layers of a recording for map programs.
enum class Layer : std::uint8_t { kTracks, kDetections, kSensors, kPlaces, kAlerts };
inline constexpr std::size_t kLayers = 5;

/// One value of a layer's row.
struct FeatureValue {
  enum class Type : std::uint8_t { kNull, kInteger, kReal, kText, kBlob } type = Type::kNull;
  std::int64_t integer = 0;
  double real = 0.0;
  std::string_view bytes;  ///< text or blob
};

/// How a layer looks: its table, and its columns after the running number "fid".
struct LayerShape {
  Layer layer;
  const char* table;
  const char* title;
  const char* geometry;  ///< "POINT", with heights or without
  bool has_height;
  const char* columns;  ///< SQL, comma separated
  int column_count;
};
[[nodiscard]] const LayerShape& ShapeOf(Layer layer);

/// Takes the rows that an entry gives; a row is valid during the call.
using FeatureSink = std::function<void(Layer, std::span<const FeatureValue>)>;

/// Derives the layers' rows from the evidence log, entry by entry in order. A payload that is not
/// what its kind promises gives no rows: the log keeps it all the same. The same log gives the same
/// rows.
class FeatureDeriver {
 public:
  FeatureDeriver();
  ~FeatureDeriver();
  FeatureDeriver(FeatureDeriver&&) noexcept;
  FeatureDeriver& operator=(FeatureDeriver&&) noexcept;

  void Take(const EntryView& entry, const FeatureSink& sink);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
