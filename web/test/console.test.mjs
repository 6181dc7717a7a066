// SPDX-License-Identifier: Apache-2.0

// The console in a real browser. With BASE_URL (a running `picket demo` or `run`) and REPLAY_URL
// (a running `picket replay`) it tests those; without, it plays the service itself. With LINKS_URL
// (a running `picket run` with report lines from TCP port PEER_PORT as its only input) it is that
// peer. PICKET_CHROMIUM names the browser, SHOTS a folder for screenshots.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildIfStale, launch, startLine } from './browser.mjs';
import { kKey, startMock } from './mock-server.mjs';

const kPatience_ms = 40000;

let browser;
before(async () => {
  if (!process.env.BASE_URL || !process.env.REPLAY_URL) buildIfStale();
  browser = await launch();
});
after(() => browser?.close());

/** A page on the service behind a line of its own; whatever goes wrong in it is noted. */
async function open(t, target) {
  const line = await startLine(target);
  const context = await browser.newContext({ viewport: { width: 1100, height: 700 } });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience_ms);
  const noted = { errors: [], foreign: [] };
  const check = (url) => {
    if (/^(blob|data):/.test(url)) return;
    if (new URL(url).host !== new URL(line.url).host) noted.foreign.push(url);
  };
  page.on('console', (m) => {
    // The software driver complains of itself when screenshots are taken.
    if (m.text().includes('GL Driver Message')) return;
    if (m.type() === 'error' || m.type() === 'warning') noted.errors.push(m.text());
  });
  page.on('pageerror', (e) => noted.errors.push(String(e)));
  page.on('request', (r) => check(r.url()));
  page.on('websocket', (w) => check(w.url()));
  t.after(async () => {
    if (process.env.SHOTS) {
      const name = `${t.name.replace(/\W+/g, '-')}.png`;
      await page.screenshot({ path: join(process.env.SHOTS, name) });
    }
    await context.close();
    await line.close();
  });
  await page.goto(line.url);
  return { page, line, noted };
}

/** Features of a map layer that are really on the screen. */
const onMap = (page, layer) => page.evaluate(
  (id) => window.picket.map.queryRenderedFeatures({ layers: [id] }).map((f) => f.properties.id),
  layer,
);
const waitOnMap = (page, layer) => page.waitForFunction(
  (id) => window.picket?.map.getLayer(id)
    && window.picket.map.queryRenderedFeatures({ layers: [id] }).length > 0,
  layer, { polling: 250 },
);
const dataTime = (page) => page.locator('#data-time').textContent();
const linkState = (page) => page.locator('#link').getAttribute('data-state');

test('the live picture: tracks, details, loss and recovery', { timeout: 900000 }, async (t) => {
  const mock = process.env.BASE_URL ? null : await startMock({ mode: 'demo', tracks: 150 });
  t.after(() => mock?.close());
  const { page, line, noted } = await open(t, process.env.BASE_URL ?? mock.url);

  await t.test('tracks appear in the table', async () => {
    await page.locator('#tracks tr[data-track]').first().waitFor();
    assert.equal(await linkState(page), 'live');
    const shown = Number((await page.locator('#count-tracks').textContent()).replace(/\D/g, ''));
    assert.ok(shown > 0);
    const dom_rows = await page.locator('#tracks tr[data-track]').count();
    assert.ok(dom_rows > 0 && dom_rows <= Math.min(shown + 5, 60), `${dom_rows} rows in the page`);
  });

  await t.test('the clock of the data moves on', async () => {
    const first = await dataTime(page);
    await page.waitForFunction(
      (text) => document.querySelector('#data-time').textContent !== text, first,
    );
    assert.match(await dataTime(page), /^\d\d:\d\d:\d\dZ$/);
  });

  await t.test('tracks, their labels and the sensors are on the map', async () => {
    await waitOnMap(page, 'tracks');
    await waitOnMap(page, 'track-labels');
    await waitOnMap(page, 'sensors');
    if (mock) await waitOnMap(page, 'coast');
    const site = await (await fetch(`${line.url}/v1/site`)).json();
    if (site.terrain) await page.waitForFunction(() => window.picket.map.getLayer('hillshade'));
    const listed = await page.locator('#sensors li').count();
    assert.ok(listed >= site.sensors.length);
  });

  await t.test('a row of the table opens the details', async () => {
    await page.locator('#tracks tr[data-track]').first().click();
    const details = page.locator('#details');
    await details.waitFor();
    // Rows move as the tracks do: which one was hit is asked afterwards.
    const id = await page.locator('#tracks tr[aria-selected="true"]').getAttribute('data-track');
    assert.equal(await details.locator('h2').first().textContent(), `Track ${id}`);
    const text = await details.textContent();
    for (const word of ['Existence', 'First seen', 'Last seen', 'Corroborated', 'Sources']) {
      assert.ok(text.includes(word), word);
    }
    assert.ok(await details.locator('.bars li').count() > 0);
    await waitOnMap(page, 'halo');
    await waitOnMap(page, 'ellipse-fill');
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
  });

  await t.test('a click on the map opens the details of a track there', async () => {
    await page.evaluate(() => {
      const { map, model } = window.picket;
      const slow = [...model.tracks.values()].sort((a, b) => a.speed_mps - b.speed_mps)[0];
      map.jumpTo({ center: [slow.t.lon_deg, slow.t.lat_deg], zoom: 11 });
    });
    await waitOnMap(page, 'tracks');
    for (let tries = 0; tries < 5 && !(await page.locator('#details').count()); ++tries) {
      const at = await page.evaluate(() => {
        const { map, model } = window.picket;
        const box = map.getContainer().getBoundingClientRect();
        for (const f of map.queryRenderedFeatures({ layers: ['tracks'] })) {
          const view = model.tracks.get(f.properties.id);
          const p = view && map.project([view.t.lon_deg, view.t.lat_deg]);
          // Not under the buttons at the top, not at the edge.
          if (p && p.x > 60 && p.x < box.width - 60 && p.y > 80 && p.y < box.height - 90) {
            return { x: box.x + p.x, y: box.y + p.y };
          }
        }
        return null;
      });
      if (at) await page.mouse.click(at.x, at.y);
      await page.waitForTimeout(500);
    }
    await page.locator('#details').waitFor();
    await page.getByLabel('Close the details').click();
    await page.getByRole('button', { name: 'Fit', exact: true }).click();
  });

  await t.test('the table sorts and obeys the keyboard', async () => {
    const head = page.locator('th.speed');
    await head.locator('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'ascending');
    await head.locator('button').click();
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    // Read in one go: the rows move as the tracks do.
    const numbers = await page.evaluate(() => [
      ...document.querySelectorAll('#tracks tr[data-track] td:nth-child(4)'),
    ].map((cell) => Number(cell.textContent)));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => b - a));
    await page.locator('.scroller').focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('#details').waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('where the unseen may be is drawn when it is asked for', async () => {
    const violet = () => page.evaluate(() => {
      const { map } = window.picket;
      return map.getLayer('unseen') !== undefined
        && map.getLayoutProperty('unseen', 'visibility') !== 'none';
    });
    assert.equal(await violet(), false);
    await page.getByRole('button', { name: 'Unseen' }).click();
    await page.locator('#unseen').filter({ hasText: /\d unseen drones expected/ }).waitFor();
    await page.waitForFunction(() => window.picket.map.getLayer('unseen') !== undefined);
    assert.equal(await violet(), true);
    if (process.env.SHOTS) {
      await page.waitForTimeout(1000);
      await page.screenshot({ path: join(process.env.SHOTS, 'unseen.png') });
    }
    await page.getByRole('button', { name: 'Unseen' }).click();
    await page.locator('#unseen').waitFor({ state: 'detached' });
    assert.equal(await violet(), false);
  });

  await t.test('what if: a sensor is dragged, and the coverage follows', async () => {
    /** What is seen then, once the answer is that to what is set. */
    const figure = async () => {
      await page.waitForFunction(() => window.picket.model.whatIf.settled);
      return page.evaluate(() => window.picket.model.whatIf.answer.then.seen_percent);
    };
    const settled = () => page.waitForFunction(
      () => document.querySelectorAll('#whatif-heights tbody tr').length > 0,
    );
    await page.getByRole('button', { name: 'What if' }).click();
    await settled();
    await page.waitForFunction(() => window.picket.map.getLayer('whatif') !== undefined);
    // The panel leaves the map's buttons alone.
    const hit = await page.getByLabel('Zoom in').evaluate((button) => {
      const { left, top, width, height } = button.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === button;
    });
    assert.ok(hit, 'the panel covers the zoom buttons');
    const as_is = await figure();
    assert.match(await page.locator('#whatif-basis').textContent(), /modelled/);
    assert.equal(await page.locator('.whatif-marker').count(), 0);

    // A radar of the site, dragged across the map.
    const radar = await page.locator('#whatif-what optgroup[label="Move"] option').first()
      .getAttribute('value');
    await page.locator('#whatif-what').selectOption(radar);
    const marker = page.locator('.whatif-marker');
    await marker.waitFor();
    await page.evaluate(() => window.picket.model.whatIf.move({
      lat_deg: window.picket.map.getCenter().lat, lon_deg: window.picket.map.getCenter().lng,
    }));
    // The map follows the model at its own pace: the marker is not there at once.
    const stands = (x, y) => page.waitForFunction((expected) => {
      const { map, model } = window.picket;
      const at = map.project([model.whatIf.at.lon_deg, model.whatIf.at.lat_deg]);
      const stage = map.getContainer().getBoundingClientRect();
      const drawn = document.querySelector('.whatif-marker').getBoundingClientRect();
      const near = (one, other) => Math.abs(one - other) < 3;
      const [left, top] = [stage.x + at.x, stage.y + at.y];
      return near(drawn.x + drawn.width / 2, left) && near(drawn.y + drawn.height / 2, top)
        && (!expected || (near(expected.x, left) && near(expected.y, top)));
    }, x === undefined ? null : { x, y });
    await stands();
    const before = await page.evaluate(() => window.picket.model.whatIf.picture);
    const box = await marker.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= 12; ++step) {
      await page.mouse.move(x + 6 * step, y + 4 * step);
      await page.waitForTimeout(30);
    }
    await page.mouse.up();
    await stands(x + 72, y + 48);
    await page.waitForFunction(
      (picture) => window.picket.model.whatIf.picture > picture, before,
    );
    const place = await page.evaluate(() => {
      const { map, model } = window.picket;
      const { x, y } = map.project([model.whatIf.at.lon_deg, model.whatIf.at.lat_deg]);
      const stage = map.getContainer().getBoundingClientRect();
      return { x: stage.x + x, y: stage.y + y };
    });
    await page.mouse.move(place.x + 40, place.y + 20);
    await page.locator('#whatif-here').filter({ hasText: /Here .* now, .* then/ }).waitFor();
    if (process.env.SHOTS) {
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(process.env.SHOTS, 'what-if.png') });
    }

    // Taken away, it is seen less; one more than there are, more.
    await page.locator('#whatif-away').check();
    await page.waitForFunction(() => document.querySelectorAll('.whatif-marker').length === 0);
    const less = await figure();
    assert.ok(less <= as_is + 1e-6, `${less} % without it, ${as_is} % with it`);
    const preset = await page.locator('#whatif-what optgroup[label="Add"] option').first()
      .getAttribute('value');
    // The heights are asked for last, once the sensor has rested.
    const rested = page.waitForResponse((response) => {
      if (!response.url().endsWith('/v1/plan/what-if')) return false;
      const question = response.request().postDataJSON();
      return question?.by_height === true && question.preset !== undefined;
    });
    await page.locator('#whatif-what').selectOption(preset);
    await marker.waitFor();
    await rested;
    const more = await figure();
    assert.ok(more >= as_is - 1e-6, `${more} % with one more, ${as_is} % without`);

    // At a time: each question has it, those while the sensor is dragged and those about how it is
    // now as well, until the field is empty again.
    const asked = [];
    const note = (request) => {
      if (request.url().endsWith('/v1/plan/what-if')) asked.push(request.postDataJSON()?.time);
    };
    page.on('request', note);
    const time = page.locator('#whatif-time');
    const at = '2026-03-01T03:00';
    await time.fill(at);
    await page.locator('#whatif-basis').filter({ hasText: at.replace('T', ' ') }).waitFor();
    const at_night = await figure();
    assert.ok(at_night <= more + 1e-6, `${at_night} % at night, ${more} % by day`);
    const pictures = await page.evaluate(() => window.picket.model.whatIf.picture);
    const from = await marker.boundingBox();
    const [left, top] = [from.x + from.width / 2, from.y + from.height / 2];
    await page.mouse.move(left, top);
    await page.mouse.down();
    for (let step = 1; step <= 4; ++step) await page.mouse.move(left + 9 * step, top + 6 * step);
    await page.mouse.up();
    await page.waitForFunction((n) => window.picket.model.whatIf.picture > n, pictures);
    await figure();
    assert.ok(asked.length >= 3, `${asked.length} questions`);
    assert.deepEqual([...new Set(asked)], [`${at}:00Z`]);
    assert.equal(await time.inputValue(), at);
    if (process.env.SHOTS) {
      await page.screenshot({ path: join(process.env.SHOTS, 'what-if-time.png') });
    }
    // Half a time is none: nothing is asked until it is whole.
    await time.press('Backspace');
    assert.equal(await time.evaluate((input) => input.validity.valid), false);
    assert.equal(await page.evaluate(() => window.picket.model.whatIf.time), `${at}:00Z`);
    await time.fill('');
    await page.locator('#whatif-basis').filter({ hasNotText: /UTC/ }).waitFor();
    assert.equal(asked.at(-1), undefined);
    page.off('request', note);

    // The site is as it was, and so is the console.
    const site = await page.evaluate(async () => (await fetch('/v1/site')).json());
    assert.deepEqual(site.sensors, await page.evaluate(() => window.picket.model.site.sensors));
    await page.getByLabel('Close what if').click();
    await page.locator('#whatif').waitFor({ state: 'detached' });
    assert.equal(await marker.count(), 0);
    const layer = () => window.picket.map.getLayoutProperty('whatif', 'visibility');
    assert.equal(await page.evaluate(layer), 'none');
  });

  await t.test('no error in the page, no request to another host', () => {
    assert.deepEqual(noted.errors, []);
    assert.deepEqual(noted.foreign, []);
  });

  await t.test('a service that falls silent is shown', async () => {
    line.silence();
    const banner = page.locator('#banner');
    await banner.waitFor();
    assert.match(await banner.textContent(), /NO DATA FOR \d+ s/);
    assert.equal(await linkState(page), 'stalled');
    assert.match(await page.title(), /NO DATA/);
  });

  await t.test('a lost connection is shown with its next attempt', async () => {
    line.cut();
    await page.waitForFunction(() => document.querySelector('#link').dataset.state === 'lost');
    assert.match(await page.locator('#banner').textContent(), /Connection lost.*attempt \d+/);
    const frozen = await dataTime(page);
    await page.waitForTimeout(1500);
    assert.equal(await dataTime(page), frozen);
  });

  await t.test('the console finds back by itself', async () => {
    const frozen = await dataTime(page);
    line.restore();
    await page.waitForFunction(() => document.querySelector('#link').dataset.state === 'live');
    await page.waitForFunction(
      (text) => document.querySelector('#data-time').textContent !== text, frozen,
    );
    await page.locator('.banner.dead').waitFor({ state: 'detached' });
    await page.locator('#tracks tr[data-track]').first().waitFor();
    assert.deepEqual(noted.foreign, []);
  });

  if (mock) {
    await t.test('alerts stand in the order of their urgency and lead to their track', async () => {
      const levels = await page.locator('#alerts .level').allTextContents();
      const rank = ['ALARM', 'WARNING', 'WATCH', 'CLEARED'];
      const ranks = levels.map((l) => rank.indexOf(l));
      assert.ok(ranks.length >= 4 && !ranks.includes(-1));
      assert.deepEqual(ranks, ranks.toSorted());
      const colours = await page.locator('#alerts .level').evaluateAll((chips) => chips.map(
        (c) => `${c.textContent} ${getComputedStyle(c).backgroundColor}`,
      ));
      assert.equal(new Set(colours).size, new Set(levels).size);
      await page.locator('#alerts .alert.alarm button').first().click();
      await page.locator('#details .chip.alarm').waitFor();
      await page.keyboard.press('Escape');
    });

    await t.test('an uncorroborated claim says so', async () => {
      await page.evaluate(() => window.picket.model.select(4));
      await page.locator('#claim').waitFor();
      assert.match(await page.locator('#claim').textContent(), /Uncorroborated claim/);
    });

    await t.test('where an operator stands is shown to who has a key, and only then', async () => {
      const id = await page.evaluate(() => [...window.picket.model.tracks.values()]
        .find(({ t }) => t.identity?.remote_id).t.id);
      await page.evaluate((track) => window.picket.model.select(track), id);
      const operator = page.locator('#operator');
      await operator.waitFor();
      assert.doesNotMatch(await operator.textContent(), /Stands at/);
      const say = async (key) => {
        await operator.getByLabel('Key').fill(key);
        await operator.getByRole('button', { name: 'Show' }).click();
      };
      await say('a guess');
      await operator.locator('.claim', { hasText: 'Whose key' }).waitFor();
      await operator.getByRole('button', { name: 'Forget' }).click();
      await say(kKey);
      await operator.getByText('Stands at').waitFor();
      assert.match(await operator.textContent(), /KOR-OP-1/);
      await page.evaluate((track) => window.picket.view.centre(track), id);
      await waitOnMap(page, 'operator');
      if (process.env.SHOTS) {
        await page.screenshot({ path: join(process.env.SHOTS, 'operator.png') });
      }
      await operator.getByRole('button', { name: 'Forget' }).click();
      await operator.getByLabel('Key').waitFor();
      assert.doesNotMatch(await operator.textContent(), /Stands at/);
      await page.keyboard.press('Escape');
    });

    await t.test('a silent sensor and refused reports are shown', async () => {
      assert.match(await page.locator('#sensors li.silent').textContent(), /acoustic-3.*SILENT/);
      assert.match(await page.locator('#sensors').textContent(), /3 refused/);
    });

    await t.test('one that looks and sees nothing is not a silent one', async () => {
      const empty = page.locator('#sensors li.up', { hasText: 'acoustic-2' });
      assert.match(await empty.textContent(), /up, sees nothing/);
      assert.match(await page.locator('#sensors').textContent(), /radar-city.*late 4\.2 s/);
    });

    await t.test('a link that is lost shows within five seconds, with the reason', async () => {
      const links = page.locator('#links');
      assert.match(await links.textContent(), /1883.*up.*now.*13\/s 12\.4 kB\/s.*clock −3\.5 s/);
      assert.match(await links.textContent(), /2 errors/);
      assert.match(await page.locator('.links .tally').textContent(), /all stand/);
      Object.assign(mock.links[1], { state: 'down', reason: 'Connection refused', retry_in_s: 4 });
      // The service tells every second, and the console draws what it is told.
      await links.locator('li.silent', { hasText: /DOWN.*Connection refused/ })
        .waitFor({ timeout: kPatience_ms });
      assert.match(await page.locator('.links .tally').textContent(), /1 broken/);
      assert.match(await links.locator('li').first().textContent(), /30005/);
      Object.assign(mock.links[1], { state: 'silent', reason: 'nothing comes any more' });
      await links.locator('li.silent', { hasText: /SILENT.*nothing comes any more/ }).waitFor();
    });

    await t.test('a narrow screen keeps map and table', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.locator('.scroller').scrollIntoViewIfNeeded();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `the page is ${wide} px wide`);
      assert.ok((await page.locator('#map').boundingBox()).height > 200);
    });
  }
});

test('a lost link: an input whose peer dies, and returns', {
  timeout: 900000, skip: process.env.LINKS_URL ? false : 'LINKS_URL is not set',
}, async (t) => {
  /** A sensor's side of the link: a look every fifth of a second, until it dies. */
  const peer = async () => {
    const sockets = new Set();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    const looks = setInterval(() => {
      const look = { time: Date.now() / 1000, sensor: 'mast', detections: [] };
      for (const socket of sockets) socket.write(`${JSON.stringify(look)}\n`);
    }, 200);
    await new Promise((resolve) => server.listen(process.env.PEER_PORT, '127.0.0.1', resolve));
    return () => {
      clearInterval(looks);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      return closed;
    };
  };
  let die = await peer();
  t.after(() => die());
  const { page, noted } = await open(t, process.env.LINKS_URL);
  const link = page.locator('#links li', { hasText: process.env.PEER_PORT });
  const tally = page.locator('.links .tally');
  const up = page.locator('#links li.up', { hasText: process.env.PEER_PORT });
  await up.waitFor();
  await page.locator('#sensors li.up', { hasText: /mast.*sees nothing/ }).waitFor();
  assert.match(await tally.textContent(), /all stand/);

  const killed = Date.now();
  await die();
  await page.locator('#links li.silent', { hasText: /DOWN/ }).waitFor();
  t.diagnostic(`shown as down after ${Date.now() - killed} ms`);
  assert.match(await tally.textContent(), /1 broken/);
  assert.equal(await link.count(), 1);
  await page.locator('#sensors li.silent', { hasText: /mast/ }).waitFor();
  assert.equal(await linkState(page), 'live'); // of the console to the service, which is well

  die = await peer();
  await up.waitFor();
  await page.locator('#sensors li.up', { hasText: /mast/ }).waitFor();
  assert.match(await tally.textContent(), /all stand/);
  assert.deepEqual(noted.errors, []);
});

test('a replay: pause, jump, speed', { timeout: 120000 }, async (t) => {
  const mock = process.env.REPLAY_URL ? null : await startMock({ mode: 'replay', tracks: 60 });
  t.after(() => mock?.close());
  const { page, noted } = await open(t, process.env.REPLAY_URL ?? mock.url);
  const state = () => page.evaluate(async () => (await fetch('/v1/replay')).json());
  await page.locator('#replay').waitFor();
  assert.equal(await page.locator('.mode').textContent(), 'REPLAY');

  const until = async (test_) => {
    const end = Date.now() + kPatience_ms;
    for (;;) {
      const replay = await state();
      if (test_(replay)) return replay;
      assert.ok(Date.now() < end, `the replay stays at ${JSON.stringify(replay)}`);
      await page.waitForTimeout(200);
    }
  };

  const play = page.locator('#play');
  if ((await state()).paused) await play.click();
  await until((r) => !r.paused);
  await play.click();
  const held = await until((r) => r.paused);
  await page.getByLabel('Play', { exact: true }).waitFor();
  await page.waitForTimeout(1200);
  assert.equal((await state()).at, held.at);

  await page.locator('#speed').selectOption('5');
  await until((r) => r.speed === 5);

  const [from, to] = [Date.parse(held.from), Date.parse(held.to)];
  const target = from + 0.6 * (to - from);
  await page.locator('#slider').evaluate((slider, ms) => {
    slider.value = String(ms);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  }, target - from);
  await until((r) => Math.abs(Date.parse(r.at) - target) < 5000);
  const expected = new Date(target).toISOString().slice(11, 16);
  await page.waitForFunction(
    (text) => document.querySelector('#replay time').textContent.startsWith(text), expected,
  );

  if (mock) {
    mock.replay.catching_up = true;
    await page.locator('#replay .catching').waitFor();
    mock.replay.catching_up = false;
  }
  await page.locator('#replay .catching').waitFor({ state: 'detached' });

  await page.locator('body').press(' '); // the space bar plays on
  await until((r) => !r.paused && Date.parse(r.at) > target + 1000);
  assert.deepEqual(noted.errors, []);
  assert.deepEqual(noted.foreign, []);
});
