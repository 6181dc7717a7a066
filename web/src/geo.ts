// SPDX-License-Identifier: Apache-2.0

/** Geometry on the WGS-84 ellipsoid, in the same rigid local frames that the service uses. */

const kA = 6378137.0; // semi-major axis, m
const kF = 1 / 298.257223563;
const kE2 = kF * (2 - kF);
const kRad = Math.PI / 180;

/** [longitude, latitude] in degrees, the order of GeoJSON. */
export type LonLat = [number, number];
type Vec3 = [number, number, number];

function toEcef(lat_deg: number, lon_deg: number, h_m: number): Vec3 {
  const sl = Math.sin(lat_deg * kRad);
  const cl = Math.cos(lat_deg * kRad);
  const n = kA / Math.sqrt(1 - kE2 * sl * sl);
  return [
    (n + h_m) * cl * Math.cos(lon_deg * kRad),
    (n + h_m) * cl * Math.sin(lon_deg * kRad),
    (n * (1 - kE2) + h_m) * sl,
  ];
}

/** Latitude and longitude of an ECEF point near the surface (Bowring 1976; error < 1e-9 deg). */
function toLonLat([x, y, z]: Vec3): LonLat {
  const b = kA * (1 - kF);
  const p = Math.hypot(x, y);
  const t = Math.atan2(z * kA, p * b);
  const lat = Math.atan2(
    z + ((kA * kA - b * b) / b) * Math.sin(t) ** 3,
    p - kE2 * kA * Math.cos(t) ** 3,
  );
  return [Math.atan2(y, x) / kRad, lat / kRad];
}

/** The point east_m, north_m in the tangent plane at a point of height 0. */
export function offset(lat_deg: number, lon_deg: number, east_m: number, north_m: number): LonLat {
  const sl = Math.sin(lat_deg * kRad);
  const cl = Math.cos(lat_deg * kRad);
  const so = Math.sin(lon_deg * kRad);
  const co = Math.cos(lon_deg * kRad);
  const [x, y, z] = toEcef(lat_deg, lon_deg, 0);
  return toLonLat([
    x - so * east_m - sl * co * north_m,
    y + co * east_m - sl * so * north_m,
    z + cl * north_m,
  ]);
}

/** The point at a distance and a bearing (clockwise from true north) of another. */
export function along(lat_deg: number, lon_deg: number, range_m: number, bearing_deg: number) {
  const b = bearing_deg * kRad;
  return offset(lat_deg, lon_deg, range_m * Math.sin(b), range_m * Math.cos(b));
}

/** Horizontal distance and bearing of a point as seen from an observer, heights left out. */
export function rangeBearing(
  from_lat_deg: number,
  from_lon_deg: number,
  to_lat_deg: number,
  to_lon_deg: number,
): { range_m: number; bearing_deg: number } {
  const a = toEcef(from_lat_deg, from_lon_deg, 0);
  const b = toEcef(to_lat_deg, to_lon_deg, 0);
  const d: Vec3 = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const sl = Math.sin(from_lat_deg * kRad);
  const cl = Math.cos(from_lat_deg * kRad);
  const so = Math.sin(from_lon_deg * kRad);
  const co = Math.cos(from_lon_deg * kRad);
  const east = -so * d[0] + co * d[1];
  const north = -sl * co * d[0] - sl * so * d[1] + cl * d[2];
  // The chord differs from the arc by less than 1 m at 50 km.
  return { range_m: Math.hypot(d[0], d[1], d[2]), bearing_deg: bearingOf(east, north) };
}

/** Bearing of a horizontal vector, in [0, 360). */
export function bearingOf(east: number, north: number): number {
  const b = Math.atan2(east, north) / kRad;
  return b < 0 ? b + 360 : b;
}

/** A closed ring around a point. */
export function ring(lat_deg: number, lon_deg: number, radius_m: number, steps = 96): LonLat[] {
  const out: LonLat[] = [];
  for (let i = 0; i <= steps; ++i) out.push(along(lat_deg, lon_deg, radius_m, (i * 360) / steps));
  return out;
}

/** Whether a pair of azimuths is the whole circle. */
export function isFullCircle([from, to]: [number, number]): boolean {
  return Math.abs(to - from) >= 359.999;
}

/** A closed ring around a sector from one azimuth clockwise to another; or the whole circle. */
export function sector(
  lat_deg: number,
  lon_deg: number,
  radius_m: number,
  azimuth_deg: [number, number],
): LonLat[] {
  if (isFullCircle(azimuth_deg)) return ring(lat_deg, lon_deg, radius_m);
  const [from, to] = azimuth_deg;
  const span = (((to - from) % 360) + 360) % 360;
  const steps = Math.max(2, Math.ceil(span / 3));
  const out: LonLat[] = [[lon_deg, lat_deg]];
  for (let i = 0; i <= steps; ++i) {
    out.push(along(lat_deg, lon_deg, radius_m, from + (span * i) / steps));
  }
  out.push([lon_deg, lat_deg]);
  return out;
}

/** Probability 0.95 of a two-dimensional Gaussian lies within this many standard deviations. */
export const kSigma95 = Math.sqrt(-2 * Math.log(0.05));

/** The 95 % ellipse of a position whose errors east and north are taken as independent. */
export function ellipse(
  lat_deg: number,
  lon_deg: number,
  sd_east_m: number,
  sd_north_m: number,
): LonLat[] {
  const out: LonLat[] = [];
  for (let i = 0; i <= 64; ++i) {
    const a = (i * 2 * Math.PI) / 64;
    const e = kSigma95 * sd_east_m * Math.sin(a);
    out.push(offset(lat_deg, lon_deg, e, kSigma95 * sd_north_m * Math.cos(a)));
  }
  return out;
}
