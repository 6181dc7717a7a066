// SPDX-License-Identifier: Apache-2.0
#include "picket/geo/frame.h"

#include <Eigen/Dense>
#include <GeographicLib/Geocentric.hpp>
#include <vector>

namespace picket {
namespace {

using RowMajor3 = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;

/// Rotation from ENU at a point to earth-centred axes (GeographicLib gives it row by row).
Eigen::Matrix3d EnuToEcef(const Geodetic& point) {
  double x = 0.0;
  double y = 0.0;
  double z = 0.0;
  std::vector<double> m(9);
  GeographicLib::Geocentric::WGS84().Forward(point.lat_deg, point.lon_deg, point.height.m, x, y, z,
                                             m);
  return Eigen::Map<const RowMajor3>(m.data());
}

}  // namespace

LocalFrame::LocalFrame(const Geodetic& origin)
    : origin_(origin),
      cartesian_(origin.lat_deg, origin.lon_deg, origin.height.m,
                 GeographicLib::Geocentric::WGS84()) {}

Eigen::Vector3d LocalFrame::ToLocal(const Geodetic& point) const {
  Eigen::Vector3d p;
  cartesian_.Forward(point.lat_deg, point.lon_deg, point.height.m, p.x(), p.y(), p.z());
  return p;
}

Geodetic LocalFrame::ToGeodetic(const Eigen::Vector3d& p_L) const {
  Geodetic point;
  cartesian_.Reverse(p_L.x(), p_L.y(), p_L.z(), point.lat_deg, point.lon_deg, point.height.m);
  return point;
}

Eigen::Matrix3d LocalFrame::AxesAt(const Geodetic& point) const {
  return EnuToEcef(point).transpose() * EnuToEcef(origin_);
}

}  // namespace picket
