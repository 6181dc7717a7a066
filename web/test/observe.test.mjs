// SPDX-License-Identifier: Apache-2.0

// The observer's page on a screen like a phone's, in a real browser. With OBSERVE_URL (a running
// `picket run`) it tests that; without, it plays the service itself. SHOTS: folder for screenshots.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildIfStale, launch, startLine } from './browser.mjs';
import { startMock } from './mock-server.mjs';

const kPatience_ms = 40000;
const kSeoul = { latitude: 37.5665, longitude: 126.978, accuracy: 20 };

let browser;
before(async () => {
  if (!process.env.OBSERVE_URL) buildIfStale();
  browser = await launch();
});
after(() => browser?.close());

async function open(t, target, { geolocation = kSeoul, path = '/observe?observer=tower' } = {}) {
  const line = await startLine(target);
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
    ...(geolocation ? { geolocation, permissions: ['geolocation'] } : {}),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience_ms);
  const noted = [];
  page.on('pageerror', (e) => noted.push(String(e)));
  t.after(async () => {
    await context.close();
    await line.close();
  });
  const shot = async (name) => {
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
  };
  await page.goto(line.url + path);
  return { page, line, noted, shot };
}

/** What a phone says that stands upright, its back towards `heading_deg` from magnetic north. */
const turn = (page, heading_deg) => page.evaluate((heading) => {
  clearInterval(window.turning);
  window.turning = setInterval(() => {
    const event = new Event('deviceorientationabsolute');
    Object.assign(event, { absolute: true, alpha: 360 - heading, beta: 80, gamma: 0 });
    window.dispatchEvent(event);
  }, 50);
}, heading_deg);

const choose = (page, text) => page.locator('fieldset label').filter({ hasText: text }).click();
const states = (page) => page.locator('#sent li').evaluateAll(
  (items) => items.map((item) => item.dataset.state),
);
const shows = (page, text) => page.waitForFunction(
  (expected) => document.querySelector('#link').textContent === expected, text,
);
/** Until the page would open without network. */
const kept = (page) => page.waitForFunction(async () => {
  await navigator.serviceWorker.ready;
  return (await caches.match('/observe')) !== undefined;
});

test('an observer points, sends, and goes on without a network', { timeout: 240000 }, async (t) => {
  const mock = process.env.OBSERVE_URL ? null : await startMock({ mode: 'run', tracks: 0 });
  t.after(() => mock?.close());
  const { page, line, noted, shot } = await open(t, process.env.OBSERVE_URL ?? mock.url);

  await t.test('the bearing is from true north', async () => {
    await page.locator('.send').waitFor();
    await turn(page, 245);
    // 245 from magnetic north, which lies 9 degrees west of north in Seoul.
    await page.waitForFunction(
      () => /^236°.*true north/s.test(document.querySelector('#bearing').textContent),
    );
  });

  await t.test('one touch sends what was chosen', async () => {
    await choose(page, 'Multirotor');
    await choose(page, 'Middle');
    await choose(page, 'Certain');
    const before_ms = Date.now();
    await page.locator('.send').tap();
    await page.locator('#sent li[data-state="taken"]').waitFor();
    assert.match(await page.locator('#sent li').textContent(), /Multirotor, 236° middle.*Taken/s);
    await shows(page, 'All sent');
    if (!mock) return;
    const [o] = mock.observations;
    assert.ok(Math.abs(o.azimuth_deg - 236) < 1, String(o.azimuth_deg));
    assert.equal(o.observer, 'tower');
    assert.equal(o.elevation, 'middle');
    assert.equal(o.what, 'multirotor');
    assert.equal(o.sure, 'certain');
    assert.ok(Math.abs(o.at.lat_deg - 37.5665) < 1e-6 && Math.abs(o.at.sd_m - 8.17) < 0.01);
    assert.ok(Date.parse(o.time) >= before_ms && Date.parse(o.sent) >= Date.parse(o.time));
  });
  await shot('observe-sent');

  await t.test('without a network it keeps, tells, and opens again', async () => {
    await kept(page);
    line.cut();
    await page.locator('.send').tap();
    await choose(page, 'Overhead');
    await page.locator('.send').tap();
    await shows(page, '2 to send');
    await page.locator('#link-fault').waitFor();
    assert.deepEqual(await states(page), ['waiting', 'waiting', 'taken']);
    await shot('observe-offline');
    await page.reload();
    await shows(page, '2 to send');
    assert.deepEqual(await states(page), ['waiting', 'waiting']);
  });

  await t.test('later it sends them, with the time when they were seen', async () => {
    const restored_ms = Date.now();
    line.restore();
    await page.getByRole('button', { name: 'Try now' }).tap();
    await shows(page, 'All sent');
    assert.deepEqual(await states(page), ['taken', 'taken']);
    if (!mock) return;
    const late = mock.observations.slice(1);
    assert.equal(late.length, 2);
    for (const o of late) assert.ok(Date.parse(o.time) < restored_ms, o.time);
    assert.ok(!('azimuth_deg' in late[1]) && late[1].elevation === 'overhead');
    assert.equal(new Set(mock.observations.map((o) => o.id)).size, 3);
  });
  assert.deepEqual(noted, []);
});

test('by hand, and what the service answers', { timeout: 240000 }, async (t) => {
  const mock = await startMock({ mode: 'run', tracks: 0 });
  t.after(() => mock.close());
  const { page, noted, shot } = await open(t, mock.url, { geolocation: null });

  await t.test('without compass and place both are set by hand', async () => {
    await page.getByLabel('Bearing by hand').fill('120');
    await page.getByRole('button', { name: '-5 degrees', exact: true }).tap();
    assert.match(await page.locator('#bearing').textContent(), /115°.*by hand/s);
    await page.locator('summary').tap();
    await page.getByLabel('Latitude').fill('37,5');
    await page.getByLabel('Longitude').fill('127.1');
    await page.getByLabel('Note').fill('a buzzing sound');
    await choose(page, 'Heard');
    await page.locator('.send').tap();
    await page.locator('#sent li[data-state="taken"]').waitFor();
    const [o] = mock.observations;
    assert.equal(o.azimuth_deg, 115);
    assert.equal(o.azimuth_sd_deg, 25);
    assert.deepEqual(o.at, { lat_deg: 37.5, lon_deg: 127.1, sd_m: 30 });
    assert.equal(o.note, 'a buzzing sound');
  });

  await t.test('after a lost answer the same observation comes again', async () => {
    mock.observing.drop = 1;
    await page.locator('.send').tap();
    await page.waitForFunction(
      () => document.querySelectorAll('#sent li[data-state="taken"]').length === 2,
    );
    const [, first, again] = mock.observations;
    assert.equal(first.id, again.id);
    assert.equal(first.time, again.time);
    assert.equal(mock.observations.length, 3);
  });

  await t.test('what is late or refused says why', async () => {
    mock.observing.answer = [200, { recorded: true, tracked: false, reason: 'too late for it' }];
    await page.locator('.send').tap();
    await page.locator('#sent li').filter({ hasText: 'not in the live picture: too late' })
      .waitFor();
    mock.observing.answer = [400, { error: 'observer: is nobody.' }];
    await page.locator('.send').tap();
    const refused = page.locator('#sent li[data-state="refused"]');
    await refused.waitFor();
    assert.match(await refused.textContent(), /observer: is nobody/);
    await page.reload(); // a refusal is not forgotten before somebody has seen to it
    await refused.getByRole('button', { name: 'Remove' }).tap();
    await refused.waitFor({ state: 'detached' });
  });

  await t.test('fits a small phone, and every control is large enough for a thumb', async () => {
    await page.setViewportSize({ width: 320, height: 568 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    const small = await page.locator('button, select, fieldset label').evaluateAll(
      (all) => all.map((e) => [e.textContent, e.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
        .map(([text]) => text),
    );
    assert.deepEqual(small, []);
    await shot('observe-small');
  });

  await t.test('works from the keyboard, and every control has a name', async () => {
    await page.locator('input[name="height"]:checked').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(
      () => document.querySelector('input[name="height"]:checked').value === 'middle',
    );
    const nameless = await page.locator('button, input, select, textarea').evaluateAll(
      (all) => all.filter((e) => !(e.getAttribute('aria-label') || e.textContent
        || e.labels?.[0]?.textContent)).map((e) => e.outerHTML),
    );
    assert.deepEqual(nameless, []);
  });
  assert.deepEqual(noted, []);
});
