// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "picket/codec/site.h"
#include "picket/report/report.h"
#include "sapient_wire.h"

/// What SAPIENT nodes say of themselves, as sensors of the detection field.
namespace picket::sapient {

inline constexpr std::size_t kMaxRegions = 64;   ///< of one node, and kind of region
inline constexpr std::size_t kMaxPlaces = 1000;  ///< of one outline
/// A node whose place differs from the site's survey by less is where the site says.
inline constexpr double kSurveyM = 50.0;

/// The sensor that a registration makes, but for its place: nothing if it is of no kind that stands
/// at one place and sees (a fusion node, an effector).
[[nodiscard]] std::optional<SensorEntry> SensorOfRegistration(
    const wire::Registration& registration, const std::string& id);
/// Whether a sensor in this state detects anything.
[[nodiscard]] bool IsUp(const wire::StatusReport& status);
/// A status of type PD, as probability in (0, 1).
[[nodiscard]] std::optional<double> DetectionProbability(const wire::StatusReport& status);
/// A cone from its node. Its extents are from edge to edge. Error: bearings that are not from true
/// north, extents that are none.
[[nodiscard]] Result<RegionEntry> ConeOf(const wire::RangeBearingCone& cone);
/// Where a sensor stands: without a height, on a mast of 2 m.
[[nodiscard]] SensorPlacement PlacementOf(const Fix& at);
/// Along the ground, m.
[[nodiscard]] double DistanceM(const Fix& a, const Fix& b);
/// Whether it is more than the jitter of a satellite receiver.
[[nodiscard]] bool Moved(const Fix& is, const Fix& was);
/// One cone becomes the field of regard; several views, or outlines, bound it.
void SetViews(const std::vector<RegionEntry>& views, const Fix& at, SensorEntry& entry);
/// What a detection measures without stating its error gets one that is common.
void SetErrors(Detection& detection);

}  // namespace picket::sapient
