// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "picket/assess/event.h"
#include "picket/codec/sensor_change.h"
#include "picket/codec/site.h"
#include "picket/field/detection_field.h"
#include "picket/geo/geoid.h"
#include "picket/report/report.h"
#include "picket/track/tracker.h"

namespace picket {

/// A report whose time lies this far from those before it is by a broken clock ...
inline constexpr Duration kLargestJump = Duration::Seconds(3600.0);
/// ... unless this many in a row say the same: see ClockWatch.
inline constexpr int kJumpsToBelieve = 5;
/// Sensors that may join while the engine runs: what is kept of their biases grows with the square.
inline constexpr std::size_t kMaxJoined = 200;

/// Steps of the reports' time after which it is given out where unseen targets may be.
inline constexpr Duration kUnseenEvery = Duration::Seconds(30.0);

/// A site made ready: its frame, its sensors placed on its ground, its detection field.
struct PlacedSite {
  Site site;
  LocalFrame frame;
  Geoid geoid;
  std::shared_ptr<const DetectionField> field;
  std::vector<std::string> sensor_names;  ///< by SensorIndex
};

/// Puts the sensors on the terrain and builds the detection field. Errors: a sensor under ground,
/// or above ground where the terrain is not known.
[[nodiscard]] tl::expected<PlacedSite, Errors> PlaceSite(Site site, Geoid geoid,
                                                         std::shared_ptr<const Terrain> terrain);

/// What became of one report.
struct Receipt {
  bool taken = false;
  std::string reason;  ///< if not taken: one of a bounded set of sentences, fit for counting
};

/// What a step gave out.
struct Events {
  std::vector<Receipt> receipts;  ///< one per report, in order
  std::vector<Picture> pictures;  ///< the pictures that fell due, in order of time
  std::vector<Alert> alerts;      ///< changes of alerts, in order
  std::vector<Unseen> unseen;     ///< one for each step of kUnseenEvery in the reports' time
};

struct EngineOptions {
  /// Pictures at each multiple of this in UTC; nothing: after each look.
  std::optional<Duration> every;
  bool tentative = false;
};

/// Reports in, events out: the one place where the rooms meet. Pure and deterministic.
///
/// Time is the reports' own: a report arrives at its `received`, or where that is not stated at
/// the latest time seen so far. A picture at t holds every report with time and arrival up to and
/// including t; it falls due when the first report that arrives after t is taken, or at Finish.
class Engine {
 public:
  Engine(std::shared_ptr<const PlacedSite> site, EngineOptions options);
  ~Engine();
  Engine(Engine&&) noexcept;

  [[nodiscard]] Events Step(std::span<const Report> reports);
  /// A sensor joins or is not as it was: for looks from the change's time on, whenever they come. A
  /// sensor that is down is not counted on: what it does not report tells nothing; what it reports
  /// all the same is taken. A place under the terrain's surface is moved onto it, and the receipt
  /// has a reason then.
  [[nodiscard]] Receipt Change(const SensorChange& change);
  /// The pictures still due at the end of the input.
  [[nodiscard]] Events Finish();
  /// The picture now: at the newest report's time.
  [[nodiscard]] Picture Now(bool tentative = false);
  /// Where targets may be that nobody has seen, after the newest report.
  [[nodiscard]] Unseen UnseenNow() const;
  [[nodiscard]] std::optional<Time> data_time() const;
  /// The sensors as they are now: those of the site by their index, then those that joined.
  [[nodiscard]] const std::shared_ptr<const DetectionField>& field() const;
  /// What the tracker has learned of each sensor, by SensorIndex.
  [[nodiscard]] std::vector<SensorCondition> Conditions() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
