// SPDX-License-Identifier: Apache-2.0

// From the mouse to the map: a sensor is dragged over the console in headless Chromium, and each
// wait from its last move to the picture of its coverage on the screen is noted, beside the time
// that the service took. A made-up site of 30 km at 90 m with two radars, on made-up hills.
//
//   web/node_modules must be there (tools/console.sh); gdal_translate and Chromium are used.
//   node bench/what_if.mjs [build/release/picket] [shot.png]

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { launch } from '../web/test/browser.mjs';

const picket = resolve(process.argv[2] ?? 'build/release/picket');
const work = mkdtempSync(join(tmpdir(), 'what-if-'));
const kMoves = 120;
const kMove_ms = 25;

/** Hills in UTM zone 32 with cells of 90 m, 36 km to all sides of 9 E 48 N. */
function hills() {
  const n = 801;
  const lines = [`ncols ${n}`, `nrows ${n}`, `xllcorner ${500000 - n * 45}`,
    `yllcorner ${5316300 - n * 45}`, 'cellsize 90', 'NODATA_value -9999'];
  for (let row = 0; row < n; ++row) {
    const heights = [];
    for (let x = 0; x < n; ++x) {
      heights.push((400 + 220 * Math.sin(x / 19) * Math.sin(row / 23)
        + 80 * Math.sin(x / 4.8 + row / 5.7)).toFixed(1));
    }
    lines.push(heights.join(' '));
  }
  writeFileSync(join(work, 'hills.asc'), `${lines.join('\n')}\n`);
  execFileSync('gdal_translate', ['-q', '-ot', 'Float32', '-a_srs', 'EPSG:32632',
    join(work, 'hills.asc'), join(work, 'hills.tif')]);
}

const radar = (id, lat, lon) => `[[sensor]]
id = "${id}"
preset = "radar-surveillance-s"
at = { lat = ${lat}, lon = ${lon}, height_agl_m = 15.0 }
field = { max_range_m = 30000 }
`;
hills();
writeFileSync(join(work, 'site.toml'), `[site]
name = "Hills"
origin = { lat = 47.998, lon = 9.0, height_hae_m = 400.0 }
terrain = ["hills.tif"]
region = { radius_m = 30000, ceiling_agl_m = 1000 }
${radar('west', 47.95, 8.85)}${radar('east', 48.03, 9.15)}`);

const service = spawn(picket, ['run', join(work, 'site.toml'), '--listen', '127.0.0.1:0'],
  { stdio: ['ignore', 'ignore', 'pipe'] });
const url = await new Promise((done, failed) => {
  let text = '';
  service.stderr.on('data', (part) => {
    text += part;
    const at = /listening on (\S+)/.exec(text);
    if (at) done(at[1]);
  });
  service.on('exit', (code) => failed(new Error(`picket ended with ${code}: ${text}`)));
});

const ranked = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => Math.round(10 * sorted[Math.floor(share * (sorted.length - 1))]) / 10;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
};

const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => window.picket?.map.getLayer('coast'));
  await page.locator('#whatif-open').click();
  await page.waitForFunction(
    () => document.querySelectorAll('#whatif-heights tbody tr').length > 0,
    null, { timeout: 60000 },
  );
  await page.locator('#whatif-what').selectOption('sensor:east');
  const marker = page.locator('.whatif-marker');
  await marker.waitFor();
  await page.waitForTimeout(1500); // the other sensors' layers are there now
  await page.evaluate(() => {
    const state = window.picket;
    state.took_ms = [];
    state.view.whatIf.waits_ms.length = 0;
    let last = 0;
    state.model.onChange(() => {
      const { answer, picture } = state.model.whatIf;
      if (picture === last || !answer) return;
      last = picture;
      state.took_ms.push(answer.took_ms);
    });
  });
  const box = await marker.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= kMoves; ++i) {
    const a = (i / kMoves) * 2 * Math.PI;
    await page.mouse.move(x + 90 * Math.sin(a) + 0.5 * i, y + 90 * (1 - Math.cos(a)));
    await page.waitForTimeout(kMove_ms);
  }
  // Of a drag only; what is asked at rest, with all heights, does not count.
  const drag = await page.evaluate(() => ({
    waits: [...window.picket.view.whatIf.waits_ms], took: [...window.picket.took_ms],
  }));
  await page.mouse.up();
  await page.waitForTimeout(2500);
  if (process.argv[3]) await page.screenshot({ path: process.argv[3] });
  console.log(JSON.stringify({
    from_move_to_picture_ms: ranked(drag.waits), service_ms: ranked(drag.took),
    pictures_per_s: Math.round((10000 * drag.waits.length) / (kMoves * kMove_ms)) / 10,
  }, null, 1));
} finally {
  await browser.close();
  service.kill('SIGTERM');
  rmSync(work, { recursive: true, force: true });
}
