// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "picket/codec/sapient.h"
#include "picket/codec/sensor_change.h"
#include "sapient_wire.h"

namespace picket::sapient {

/// Makes reports of nodes' detections, with what their registrations and status reports say.
class ReportMaker {
 public:
  using Emit = std::function<void(Report&&)>;
  using EmitChange = std::function<void(SensorChange&&)>;
  using OnError = std::function<void(const Error&)>;

  ReportMaker(const Options& options, Counts& counts);

  /// Requires that the message is sound. Its node's look goes out if the message has another time.
  void Take(const wire::SapientMessage& message, const Emit& emit, const EmitChange& emit_change,
            const OnError& on_error);
  /// The node is gone: its sensor, if there is one, is down.
  void Gone(const std::string& id, Time time, const EmitChange& emit_change);
  /// The sensor that a node's reports are of; empty: it has told nothing yet.
  [[nodiscard]] std::string SensorOf(const std::string& id) const;
  /// Looks whose last detection was taken before the others of the stream end: all go out.
  void Flush(const Emit& emit);

 private:
  static constexpr std::size_t kMaxNodes = 10'000;
  static constexpr std::size_t kMaxDetectionsPerLook = 100'000;

  struct Node {
    std::string zone;                    ///< of its UTM coordinates
    std::string error_units;             ///< of its geometric errors, lower case
    double speed_mps = 1.0;              ///< one of its units of speed
    bool tracks = false;                 ///< its object_id stays with an object ...
    std::string objects;                 ///< ... which is an identity of this kind
    std::optional<Fix> at;               ///< where it stands
    std::optional<SensorEntry> entry;    ///< what its registration makes of it; none: no sensor
    std::optional<double> p_D;           ///< by its status
    std::vector<RegionEntry> views;      ///< by its status
    std::vector<RegionEntry> obscured;   ///< likewise
    bool up = true;                      ///< likewise
    std::optional<Fix> stands;           ///< where its sensor is said to stand, so far
    std::string said;                    ///< the last change, but for its time; empty: none yet
    const NodeSensor* sensor = nullptr;  ///< null: the site does not name it
    std::optional<Report> look;
  };

  void Learn(const wire::Registration& registration, const std::string& id, Node& node);
  void Learn(const wire::StatusReport& status, Node& node, const OnError& on_error);
  [[nodiscard]] Result<RegionEntry> Region(const wire::LocationOrRangeBearing& region,
                                           const Node& node) const;
  void Tell(Node& node, Time time, const EmitChange& emit_change);
  /// Whether it is a sensor of its own, by its own word.
  [[nodiscard]] static bool Joined(const Node& node) {
    return node.sensor == nullptr && !node.said.empty();
  }
  [[nodiscard]] const std::string& SensorOf(const std::string& id, const Node& node) const;
  void Send(Node& node, const Emit& emit);
  [[nodiscard]] Result<Detection> Convert(const wire::DetectionReport& report,
                                          const Node& node) const;
  [[nodiscard]] Result<Fix> Place(const wire::Location& at, const Node& node) const;
  [[nodiscard]] Result<void> SetLocation(const wire::DetectionReport& report, const Node& node,
                                         Detection& d) const;
  [[nodiscard]] Result<void> SetPolar(const wire::RangeBearing& polar, const Node& node,
                                      Detection& d) const;

  const Options& options_;
  Counts& counts_;
  std::map<std::string, Node> nodes_;
  std::set<std::string> told_;
};

/// What the classifications of a detection say of its kind; all zero if nothing.
[[nodiscard]] ClassProbabilities ClassOf(const wire::DetectionReport& report);

}  // namespace picket::sapient
