// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "picket/codec/sapient.h"
#include "sapient_wire.h"

namespace picket::sapient {

/// Makes reports of nodes' detections, with what their registrations and status reports say.
class ReportMaker {
 public:
  using Emit = std::function<void(Report&&)>;
  using OnError = std::function<void(const Error&)>;

  ReportMaker(const Options& options, Counts& counts);

  /// Requires that the message is sound. Its node's look goes out if the message has another time.
  void Take(const wire::SapientMessage& message, const Emit& emit, const OnError& on_error);
  /// Looks whose last detection was taken before the others of the stream end: all go out.
  void Flush(const Emit& emit);

 private:
  static constexpr std::size_t kMaxNodes = 10'000;
  static constexpr std::size_t kMaxDetectionsPerLook = 100'000;

  struct Node {
    std::string zone;                    ///< of its UTM coordinates
    std::string error_units;             ///< of its geometric errors, lower case
    double speed_mps = 1.0;              ///< one of its units of speed
    std::optional<Fix> at;               ///< where it stands
    const NodeSensor* sensor = nullptr;  ///< null: the site does not name it
    std::optional<Report> look;
  };

  void Learn(const wire::Registration& registration, Node& node);
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
