// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "picket/assess/event.h"
#include "picket/codec/sapient.h"
#include "picket/geo/geodetic.h"

namespace picket::sapient {

/// A track as it is reported to a higher node.
struct FusedTrack {
  std::uint64_t id = 0;
  double existence = 1.0;
  Geodetic at;
  std::array<double, 3> vel_enu_mps{};
  std::array<double, 3> sd_m{};
  ClassProbabilities class_probability{};
  Identity identity;
  Time last_detection;
};

/// The kind of identity that a node's own name for an object is: what a track was derived from.
inline constexpr std::string_view kObjectIdentity = "sapient ";

/// picket's side of a connection with a higher node: a fusion node of BSI Flex 335 v2.0 that
/// registers, tells its status, and reports its tracks and alerts. Pure: the connection and the
/// clock are the caller's.
///
/// - Nothing but the registration is sent before it was acknowledged.
/// - A track is one object, whose object_id never changes; one that is gone is reported once more,
///   as lost. The objects of sensors that it holds are its derived detections.
/// - Each change of an alert is an Alert with the same alert_id.
/// - Every task is refused, but one that asks for the registration or the status.
/// - A message that is not sound is answered with an Error that holds the reasons; an Error never.
class Reporter {
 public:
  struct About {
    std::string node_id;
    std::string name;
    std::string version;  ///< of the program
    Geodetic at;
    double radius_m = 0.0;  ///< that is watched about `at`
    Time since;             ///< when the service began: its track numbers began anew then
    Duration status_every = Duration::Seconds(10.0);
  };
  struct Sink {
    std::function<void(const std::string&)> send;   ///< bytes for the other side
    std::function<void(const std::string&)> note;   ///< one line: registered, alert accepted ...
    std::function<void(const std::string&)> fault;  ///< the other side is not content, or unsound
  };

  explicit Reporter(About about);
  ~Reporter();

  /// A connection was made: everything begins anew.
  void Begin(Time now, const Sink& sink);
  void Feed(std::span<const std::uint8_t> bytes, Time now, const Sink& sink);
  /// To be called every now and then: a status report goes out when one is due.
  void Tick(Time now, bool degraded, const Sink& sink);
  /// Reports the picture at `time`, if registered.
  void Show(Time time, std::span<const FusedTrack> tracks, Time now, const Sink& sink);
  /// Reports a change of an alert, if registered.
  void Show(const Alert& alert, Time now, const Sink& sink);

  [[nodiscard]] bool registered() const;
  /// It refused us.
  [[nodiscard]] bool refused() const;
  /// The stream cannot be followed any more: the connection is to be closed.
  [[nodiscard]] bool broken() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::sapient
