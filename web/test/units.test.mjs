// SPDX-License-Identifier: Apache-2.0

// What the console computes, without a browser.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createServer } from 'vite';

let vite;
let geo, format, model, land, classes, compass, unseen, whatif, pictures;

before(async () => {
  vite = await createServer({
    server: { middlewareMode: true, ws: false, hmr: false, watch: null },
    appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true },
  });
  [geo, format, model, land, classes, compass, unseen, whatif, pictures] = await Promise.all(
    ['geo', 'format', 'model', 'map/land', 'classes', 'observe/compass', 'map/unseen', 'map/whatif',
      'picture']
      .map((m) => vite.ssrLoadModule(`/src/${m}.ts`)),
  );
});
after(() => vite.close());

const near = (actual, expected, tolerance) => assert.ok(
  Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`,
);

describe('the picture', () => {
  const track = (id, more) => ({
    id, lat_deg: 60, lon_deg: 10, alt_hae_m: 100, vel_enu_mps: [10, 20, -1], sources: { r: 1 },
    ...more,
  });
  const at = (s) => `2026-03-01T12:00:0${s}.000000000Z`;
  test('changes are applied to it, and what is not told of moves on', () => {
    const picture = new pictures.Picture();
    picture.take({ type: 'picture', time: at(0), tracks: [track(1), track(2), track(3)] });
    picture.take({
      type: 'changes', time: at(1), gone: [3], tracks: [{ id: 2, lat_deg: 61 }, track(4)],
    });
    const now = picture.now();
    assert.equal(now.time, at(1));
    const by_id = new Map(now.tracks.map((t) => [t.id, t]));
    assert.deepEqual([...by_id.keys()], [1, 2, 4]);
    assert.equal(by_id.get(2).lat_deg, 61);
    assert.deepEqual(by_id.get(2).sources, { r: 1 });
    near(by_id.get(1).lat_deg, 60 + 20 / 111195, 1e-9);
    near(by_id.get(1).lon_deg, 10 + 10 / (111195 * 0.5), 1e-9);
    assert.equal(by_id.get(1).alt_hae_m, 99);
  });
  test('a whole one replaces all', () => {
    const picture = new pictures.Picture();
    picture.take({ type: 'picture', time: at(0), tracks: [track(1)] });
    picture.take({ type: 'picture', time: at(2), tracks: [track(2)] });
    assert.deepEqual(picture.now().tracks.map((t) => t.id), [2]);
  });
});

describe('the unseen', () => {
  const grid = { side: 2, cell_m: 1e4, most: 1, levels: 'ff00807f' };
  test('cells from the south-west become pixels from the north-west', () => {
    const pixels = unseen.unseenPixels(grid);
    // One per 100 km2 in the south-west, and nothing in the south-east.
    assert.deepEqual([...pixels.slice(8, 12)], unseen.unseenColour(1));
    assert.deepEqual([...pixels.slice(12, 16)], [0, 0, 0, 0]);
    // Level 128 is two decades under the fullest cell.
    assert.deepEqual([...pixels.slice(0, 4)], unseen.unseenColour(0.01));
  });
  test('more is more opaque, and what is not whole is not drawn', () => {
    assert.ok(unseen.unseenColour(0.1)[3] > unseen.unseenColour(0.001)[3]);
    assert.equal(unseen.unseenPixels({ ...grid, levels: 'ff' }), null);
  });
});

describe('what if', () => {
  test('levels are probabilities, measured or modelled, or none', () => {
    assert.deepEqual(whatif.probabilityOf(42), { percent: 42, measured: false });
    assert.deepEqual(whatif.probabilityOf(101 + 42), { percent: 42, measured: true });
    assert.equal(whatif.probabilityOf(254), null);
    assert.equal(whatif.probabilityOf(255), 'unknown');
  });
  test('what changes is told before how good it is, and unknown is never seen', () => {
    assert.equal(whatif.meaningOf(10, 80), 'gained');
    assert.equal(whatif.meaningOf(255, 80), 'gained');
    assert.equal(whatif.meaningOf(80, 49), 'lost');
    assert.equal(whatif.meaningOf(80, 255), 'lost');
    assert.equal(whatif.meaningOf(10, 255), 'unknown');
    assert.equal(whatif.meaningOf(10, 254), null);
    assert.equal(whatif.meaningOf(5, 9), 'blind');
    assert.equal(whatif.meaningOf(5, 49), 'weak');
    assert.equal(whatif.meaningOf(60, 101 + 89), 'fair');
    assert.equal(whatif.meaningOf(60, 90), 'sure');
  });
  test('pixels have the colours of their meaning; the unknown is hatched', () => {
    const pixels = new Uint8ClampedArray(4 * 4);
    whatif.paint(
      new Uint8Array([0, 95, 0, 255]), new Uint8Array([95, 95, 254, 255]), 4, pixels,
    );
    assert.deepEqual([...pixels.slice(0, 4)], whatif.kColours.gained);
    assert.deepEqual([...pixels.slice(4, 8)], whatif.kColours.sure);
    assert.deepEqual([...pixels.slice(8, 12)], [0, 0, 0, 0]);
    assert.deepEqual([...pixels.slice(12, 16)], whatif.kColours.unknown);
  });
  test('a place finds its pixel in a picture in Web Mercator', () => {
    const corners = [[10, 60], [12, 60], [12, 50], [10, 50]];
    assert.equal(whatif.pixelAt(corners, 20, 100, 59.99, 10.01), 0);
    assert.equal(whatif.pixelAt(corners, 20, 100, 50.01, 11.99), 1999);
    // Half way up in Mercator lies north of half way in latitude.
    const middle = Math.floor(whatif.pixelAt(corners, 20, 100, 55, 11) / 20);
    assert.ok(middle > 52 && middle < 60, `row ${middle}`);
    assert.equal(whatif.pixelAt(corners, 20, 100, 60.01, 11), -1);
    assert.equal(whatif.pixelAt(corners, 20, 100, 55, 9.99), -1);
  });
});

describe('the compass of a phone', () => {
  test('points over the upper edge lying flat, over the back standing, alike in between', () => {
    for (const beta of [0, 20, 45, 70, 90]) {
      for (const alpha of [0, 115, 300]) {
        near(compass.pointing(alpha, beta, 0, 0), (360 - alpha) % 360, 1e-9);
      }
    }
  });
  test('a page that is turned on the screen still points the way it is held', () => {
    // Flat, its right edge to the north: alpha 90, the page turned by 90.
    near(compass.pointing(90, 0, 0, 90) % 360, 0, 1e-9);
    // Standing on its left edge, its screen to the west, its back to the east.
    near(compass.pointing(0, 0, -90, 90), 90, 1e-9);
  });
  test('magnetic north lies west of north in Korea, east of it in California', () => {
    const when = new Date('2026-03-01T00:00:00Z');
    near(compass.declination(37.57, 126.98, when), -8.9, 0.5);
    near(compass.declination(37.77, -122.42, when), 12.8, 0.5);
  });
});

describe('sensors', () => {
  test('what was learned of one is said only where it matters', () => {
    const bias = { range_m: 0, azimuth_deg: 0, elevation_deg: 0, clock_s: 0, jumps: 0 };
    assert.equal(format.conditionText({}), '');
    assert.equal(format.conditionText({ bias, clutter_ratio: 1.4, detection_ratio: 0.95 }), '');
    assert.equal(
      format.conditionText({
        bias: { ...bias, azimuth_deg: -0.62, range_m: 33 },
        clutter_ratio: 4.2,
        detection_ratio: 0.5,
      }),
      'az \u22120.6\u00b0, range +33 m, clutter \u00d74, sees 50 %',
    );
    assert.equal(
      format.conditionText({
        bias: {
          ...bias,
          azimuth_deg: 12.04,
          clock_s: -1.96,
          sd: { range_m: 5, azimuth_deg: 0.12, elevation_deg: 0.3, clock_s: 0.16 },
          jumps: 1,
        },
      }),
      'turned, az +12.0\u00b0 \u00b1 0.1\u00b0, clock \u22122.0 s \u00b1 0.2 s',
    );
  });
});

describe('geometry', () => {
  test('distances and bearings on the ellipsoid', () => {
    // Arcs of one degree of longitude and of latitude at the equator of WGS-84.
    const east = geo.rangeBearing(0, 0, 0, 1);
    near(east.range_m, 111319.49, 2);
    near(east.bearing_deg, 90, 1e-9);
    const north = geo.rangeBearing(0, 0, 1, 0);
    near(north.range_m, 110574.39, 2);
    near(north.bearing_deg, 0, 1e-9);
    assert.equal(geo.bearingOf(-1, 0), 270);
  });

  test('a point at a range and bearing is found there again', () => {
    for (const bearing of [0, 33, 120, 215, 359]) {
      const [lon, lat] = geo.along(37.5665, 126.978, 40000, bearing);
      const back = geo.rangeBearing(37.5665, 126.978, lat, lon);
      near(back.range_m, 40000, 1);
      near(back.bearing_deg, bearing, 1e-4);
    }
  });

  test('a sector runs clockwise through north and closes at the sensor', () => {
    const edge = geo.sector(37, 127, 10000, [250, 110]);
    assert.deepEqual(edge[0], [127, 37]);
    assert.deepEqual(edge.at(-1), [127, 37]);
    const bearings = edge.slice(1, -1).map(([lon, lat]) => geo.rangeBearing(37, 127, lat, lon));
    near(bearings[0].bearing_deg, 250, 1e-4);
    near(bearings.at(-1).bearing_deg, 110, 1e-4);
    assert.ok(bearings.every((b) => b.bearing_deg >= 249.9 || b.bearing_deg <= 110.1));
    // The whole circle has no spokes.
    assert.notDeepEqual(geo.sector(37, 127, 10000, [0, 360])[0], [127, 37]);
  });

  test('the ellipse reaches 2.45 standard deviations', () => {
    const far = geo.ellipse(37, 127, 100, 20)
      .map(([lon, lat]) => geo.rangeBearing(37, 127, lat, lon).range_m);
    near(Math.max(...far), 244.8, 0.5);
    near(Math.min(...far), 49, 0.5);
  });

  test('land is cut to a box', () => {
    const cut = land.clipRing([[-9, -9], [9, -9], [9, 9], [-9, 9], [-9, -9]], [0, 0, 4, 3]);
    assert.deepEqual(new Set(cut.map(String)), new Set(['0,0', '4,0', '4,3', '0,3']));
    assert.deepEqual(cut[0], cut.at(-1));
    assert.equal(land.clipRing([[5, 5], [6, 5], [6, 6], [5, 5]], [0, 0, 4, 3]).length, 0);
  });
});

test('numbers and times are written as an officer reads them', () => {
  assert.equal(
    format.parseTime('2026-03-01T12:00:01.123456789Z'), Date.UTC(2026, 2, 1, 12, 0, 1, 123),
  );
  assert.ok(Number.isNaN(format.parseTime(null)));
  assert.equal(format.clock(Date.UTC(2026, 2, 1, 3, 4, 5)), '03:04:05');
  assert.deepEqual([0, 999, 12400, 1.6e6].map(format.bytesRate),
    ['0 B/s', '999 B/s', '12.4 kB/s', '1.6 MB/s']);
  assert.deepEqual([0, 9.94, 1234].map(format.rate), ['0.0/s', '9.9/s', '1\u2009234/s']);
  const offset = (offset_s, least_s) => ({ offset_s, least_s, spread_s: 0.1, reports: 64 });
  assert.equal(format.clockText(null), '');
  assert.equal(format.clockText(offset(0.3, 0.1)), '');
  assert.equal(format.clockText(offset(2.34, 0.1)), 'late 2.3 s');
  assert.equal(format.clockText(offset(0.3, -0.5)), 'clock \u22120.5 s', 'nothing comes too early');
  assert.deepEqual([7, 65, 3725].map(format.span), ['7 s', '1:05', '1:02:05']);
  assert.deepEqual([850, 12340, 140000].map(format.distance), ['850 m', '12.3 km', '140 km']);
  assert.deepEqual([7.4, 359.7].map(format.degrees), ['007°', '000°']);
  assert.deepEqual([0.42, 0.9999, 1].map(format.percent), ['42 %', '> 99 %', '100 %']);
  assert.equal(format.position(-37.5, 181), '37.50000 S  179.00000 W');
});

test('a class is named only if one stands out', () => {
  assert.equal(classes.topClass({ bird: 0.3, multirotor: 0.3, other: 0.3 }).name, null);
  assert.equal(classes.topClass({ bird: 0.4, fixed_wing: 0.6 }).name, 'fixed_wing');
  assert.equal(classes.topClass({ bird: 0.41, fixed_wing: 0.59 }).name, null);
  assert.deepEqual(
    classes.topClass({ bird: 0.25, fixed_wing: 0.5, multirotor: 0.25 }),
    { name: 'drone', probability: 0.75 },
  );
  assert.equal(classes.classStyle('aircraft').label, 'Crewed aircraft');
});

describe('the model', () => {
  const kT0 = Date.UTC(2026, 2, 1);
  const track = (id, lat_deg, more = {}) => ({
    id, existence: 1, lat_deg, lon_deg: 127, alt_hae_m: 160, enu_m: [0, 0, 0],
    vel_enu_mps: [30, 40, 0], sd_m: [1, 1, 1], ...more,
  });
  const picture = (t_s, ...tracks) => (
    { type: 'picture', time: new Date(kT0 + 1000 * t_s).toISOString(), tracks }
  );
  const site = {
    name: 's', origin: { lat_deg: 37, lon_deg: 127, height_hae_m: 60 }, region: null,
    sensors: [], areas: [], terrain: null,
    places: [
      { name: 'near', lat_deg: 37.1, lon_deg: 127, radius_m: 500 },
      { name: 'far', lat_deg: 38, lon_deg: 127, radius_m: 500 },
    ],
  };

  test('tracks carry speed, course, the nearest place and a trail', () => {
    const m = new model.Model();
    m.setSite(site);
    for (let t = 0; t < 5; t += 0.5) m.take(picture(t, track(7, 37.05 + t / 1000)), kT0);
    const view = m.tracks.get(7);
    assert.equal(view.speed_mps, 50);
    near(view.course_deg, 36.87, 0.01);
    assert.equal(view.nearest.name, 'near');
    near(view.nearest.bearing_deg, 180, 0.01);
    assert.equal(view.trail.length, 5);
    m.take(picture(5), kT0);
    assert.equal(m.tracks.size, 0);
  });

  test('sensors that join leave the rest of the site as it was', () => {
    const m = new model.Model();
    m.take({ type: 'sensors', sensors: [] }, kT0);
    assert.equal(m.site, null);
    m.setSite(site);
    m.take({ type: 'sensors', sensors: [{ id: 'new', kind: 'radar' }] }, kT0);
    assert.equal(m.site.sensors[0].id, 'new');
    assert.equal(m.site.origin, site.origin);
    assert.equal(site.sensors.length, 0);
  });

  test('trails break where time jumps, and a jump back is told', () => {
    const m = new model.Model();
    m.take(picture(0, track(1, 37)), 0);
    m.take(picture(2, track(1, 37.01)), 0);
    assert.equal(m.tracks.get(1).trail.length, 2);
    assert.equal(m.take(picture(200, track(1, 37.4)), 0), false);
    assert.equal(m.tracks.get(1).trail.length, 1);
    assert.equal(m.take(picture(100, track(1, 37.2)), 0), true);
  });

  test('age and last sight; what coasts or may not exist is faint', () => {
    const m = new model.Model();
    const first_evidence = '2026-03-01T00:00:20Z';
    m.take(picture(60, track(1, 37, { first_evidence, last_detection: '2026-03-01T00:00:58Z' }),
      track(2, 37, { first_evidence, last_detection: '2026-03-01T00:00:51Z' }),
      track(3, 37, { existence: 0.69 })), 0);
    const view = m.tracks.get(1);
    assert.equal(view.age_s, 40);
    assert.equal(model.unseen_s(view, m.data_ms), 2);
    const faint = [...m.tracks.values()].map((v) => model.isFaint(v, m.data_ms));
    assert.deepEqual(faint, [false, true, true]);
  });

  test('nonsense is counted and the good beside it kept', () => {
    const m = new model.Model();
    m.take(picture(0, track(1, NaN), track(2, 37)), 0);
    m.take({ type: 'novelty' }, 0);
    assert.equal(m.malformed, 2);
    assert.deepEqual([...m.tracks.keys()], [2]);
  });

  test('the selected track stays after the tracker let go of it', () => {
    const m = new model.Model();
    m.take(picture(0, track(2, 37)), 0);
    m.select(2);
    m.take(picture(1), 0);
    assert.equal(m.last_selected.t.id, 2);
    m.select(null);
    assert.equal(m.last_selected, null);
  });

  test('silence, loss and standing data are three different things', () => {
    const m = new model.Model();
    assert.equal(m.link(0).kind, 'connecting');
    m.socket_open = true;
    m.take({ type: 'hello', mode: 'run', version: '', time: '' }, 1000);
    m.take(picture(0, track(1, 37)), 1000);
    assert.equal(m.link(3500).kind, 'live');
    assert.deepEqual(m.link(6000), { kind: 'stalled', silent_s: 5 });
    // Pictures go on, their time does not.
    for (let ms = 2000; ms <= 9000; ms += 1000) m.take(picture(0, track(1, 37)), ms);
    assert.equal(m.link(9000).kind, 'live');
    assert.equal(m.standstill_s(9000), 8);
    m.mode = 'replay';
    m.replay = { from: '', to: '2026-03-01T01:00:00Z', at: '2026-03-01T00:00:00Z', paused: true };
    assert.equal(m.standstill_s(9000), 0);
    m.socket_open = false;
    m.attempt = 3;
    m.retry_at_ms = 11000;
    assert.deepEqual(m.link(9500), { kind: 'lost', silent_s: 0.5, retry_in_s: 1.5, attempt: 3 });
  });

  test('alerts: the latest change of each, worst first, cleared ones mark no track', () => {
    const m = new model.Model();
    const alert = (id, level, track_id, s) => ({
      id, level, track: track_id, time: new Date(kT0 + s * 1000).toISOString(), text: '',
      arrival_s: null,
    });
    m.setAlerts([alert(2, 'alarm', 5, 3), alert(1, 'watch', 5, 2), alert(3, 'warning', 6, 1)]);
    assert.deepEqual(m.sortedAlerts().map((a) => a.id), [2, 3, 1]);
    m.take({ type: 'alert', alert: alert(4, 'warning', 7, 0) }, 0);
    m.take(picture(4, track(7, 37)), 0); // the one that is held comes before the newer one
    assert.deepEqual(m.sortedAlerts().map((a) => a.id), [2, 4, 3, 1]);
    m.alerts.delete(4);
    assert.equal(m.alert_level_of.get(5), 'alarm');
    m.take({ type: 'alert', alert: alert(2, 'cleared', 5, 9) }, 0);
    assert.deepEqual(m.sortedAlerts().map((a) => a.id), [3, 1, 2]);
    assert.equal(m.alert_level_of.get(5), 'watch');
  });

  test('alerts: what has happened, newest first, then what comes next', () => {
    const m = new model.Model();
    const alert = (id, s, arrival_s) => ({
      id, level: 'alarm', track: id, text: '', arrival_s,
      time: new Date(kT0 + s * 1000).toISOString(),
    });
    m.take(picture(10, ...[1, 2, 3, 4, 5].map((id) => track(id, 37))), 0);
    m.setAlerts([
      alert(5, 10, [20, 30, 40]), alert(4, 9, [5, 10, 15]), alert(3, 8, [0, 1, 2]),
      alert(2, 7, null), alert(1, 6, [0, 0, 0]),
    ]);
    assert.deepEqual(m.sortedAlerts().map((a) => a.id), [3, 2, 1, 4, 5]);
  });

  test('a track is called by its callsign, or else by what else it says', () => {
    const name = (identity) => model.claimedName(track(1, 37, { identity }));
    assert.equal(name({ icao: '71BE17', callsign: 'KAL1205' }), 'KAL1205');
    assert.equal(name({ icao: '71BE17', callsign: '' }), '71BE17');
    assert.equal(name({ remote_id: '1581F5' }), '1581F5');
    assert.equal(name({}), null);
    assert.equal(name(undefined), null);
  });

  test('a claim is an identity that nobody else confirms', () => {
    const claims = (more) => model.isClaim(track(1, 37, more));
    assert.equal(claims({ corroborated: false, identity: { icao: 'A' } }), true);
    assert.equal(claims({ corroborated: false, identity: {} }), false);
    assert.equal(claims({ corroborated: true, identity: { icao: 'A' } }), false);
  });
});
