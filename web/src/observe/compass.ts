// SPDX-License-Identifier: Apache-2.0

/** Where the phone points, and where it is. */

import geomagnetism from 'geomagnetism';

const kRad = Math.PI / 180;
/** A compass that has said nothing for so long is none. */
const kStale_ms = 3000;
/** Of a new reading so much is taken over: hands tremble. */
const kSmoothing = 0.3;
/** A circle that holds 95 % of a two-dimensional normal error has this many sigmas. */
const kCircle95 = 2.4477;

export interface Place {
  lat_deg: number;
  lon_deg: number;
  sd_m: number;
}

/**
 * Bearing from magnetic north in which the phone points, degrees: over its upper edge while it
 * lies flat, over its back while it stands, and steadily in between.
 *
 * Device orientation is intrinsic Z-X'-Y'' (W3C, Device Orientation and Motion, 3.1): its rotation
 * takes the screen's axes x (right), y (up), z (out of it) to east, north, up. Of u, the way up on
 * the screen, and -z together the horizontal part vanishes only where the phone is upside down.
 *
 * @param screen_deg  turn of the page on the screen, screen.orientation.angle
 */
export function pointing(
  alpha_deg: number, beta_deg: number, gamma_deg: number, screen_deg: number,
): number {
  const [sa, ca] = [Math.sin(alpha_deg * kRad), Math.cos(alpha_deg * kRad)];
  const [sb, cb] = [Math.sin(beta_deg * kRad), Math.cos(beta_deg * kRad)];
  const [sg, cg] = [Math.sin(gamma_deg * kRad), Math.cos(gamma_deg * kRad)];
  const [ss, cs] = [Math.sin(screen_deg * kRad), Math.cos(screen_deg * kRad)];
  const x = [ca * cg - sa * sb * sg, sa * cg + ca * sb * sg] as const;
  const y = [-sa * cb, ca * cb] as const;
  const z = [ca * sg + sa * sb * cg, sa * sg - ca * sb * cg] as const;
  const east = cs * y[0] + ss * x[0] - z[0];
  const north = cs * y[1] + ss * x[1] - z[1];
  return wrap(Math.atan2(east, north) / kRad);
}

/** Into [0, 360). */
export function wrap(deg: number): number {
  return ((deg % 360) + 360) % 360;
}

/** How far magnetic north lies east of true north, degrees (World Magnetic Model). */
export function declination(lat_deg: number, lon_deg: number, when: Date): number {
  return geomagnetism.model(when, { allowOutOfBoundsModel: true }).point([lat_deg, lon_deg]).decl;
}

interface AppleOrientation extends DeviceOrientationEvent {
  webkitCompassHeading?: number;
  webkitCompassAccuracy?: number;
}

export class Compass {
  #east = 0;
  #north = 0;
  #heard_ms = -Infinity;
  /** What the phone says of its own error, one sigma, degrees; 0: nothing. */
  sd_deg = 0;

  /** Whether the user may have to be asked first, which must follow a touch. */
  static needsAsking(): boolean {
    return 'requestPermission' in (window.DeviceOrientationEvent ?? {});
  }
  async ask(): Promise<void> {
    const asked = DeviceOrientationEvent as unknown as { requestPermission(): Promise<string> };
    await asked.requestPermission();
  }
  listen(onChange: () => void): void {
    const take = (event: AppleOrientation): void => {
      let heading: number | undefined;
      if (typeof event.webkitCompassHeading === 'number') {
        const error = event.webkitCompassAccuracy ?? -1;
        if (error < 0) return; // not calibrated
        heading = event.webkitCompassHeading;
        this.sd_deg = error;
      } else if (event.absolute && event.alpha !== null) {
        heading = pointing(
          event.alpha, event.beta ?? 0, event.gamma ?? 0, screen.orientation?.angle ?? 0,
        );
      }
      if (heading === undefined) return;
      const share = performance.now() - this.#heard_ms > kStale_ms ? 1 : kSmoothing;
      this.#east += share * (Math.sin(heading * kRad) - this.#east);
      this.#north += share * (Math.cos(heading * kRad) - this.#north);
      this.#heard_ms = performance.now();
      onChange();
    };
    // Chromium gives north with the first of these, Safari with the second.
    window.addEventListener('deviceorientationabsolute', take as EventListener);
    window.addEventListener('deviceorientation', take as EventListener);
  }

  /** From magnetic north, degrees; null: the phone does not say. */
  get magnetic_deg(): number | null {
    if (performance.now() - this.#heard_ms > kStale_ms) return null;
    return wrap(Math.atan2(this.#east, this.#north) / kRad);
  }
}

/** Follows the phone's position. */
export function watchPlace(onPlace: (at: Place) => void, onFault: (why: string) => void): void {
  if (!('geolocation' in navigator) || !window.isSecureContext) {
    onFault('this page came without HTTPS, so the phone does not tell it where it is');
    return;
  }
  navigator.geolocation.watchPosition(
    ({ coords }) => onPlace({
      lat_deg: coords.latitude,
      lon_deg: coords.longitude,
      sd_m: Math.min(5000, coords.accuracy / kCircle95),
    }),
    (error) => onFault(error.message || 'the phone does not know where it is'),
    { enableHighAccuracy: true, maximumAge: 5000 },
  );
}
