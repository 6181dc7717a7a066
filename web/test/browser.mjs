// SPDX-License-Identifier: Apache-2.0

// What the tests in a real browser share. PICKET_CHROMIUM names the browser.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const kHere = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Stands between browser and service, so that a test can silence or cut the link. */
export async function startLine(target) {
  const { hostname, port } = new URL(target);
  const pairs = new Set();
  let state = 'open';
  const server = createServer((client) => {
    if (state === 'cut') return client.destroy();
    const service = connect({ host: hostname, port: Number(port) });
    const pair = [client, service];
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      service.destroy();
    };
    pairs.add(pair);
    client.on('data', (part) => state === 'open' && service.write(part));
    service.on('data', (part) => state === 'open' && client.write(part));
    for (const socket of pair) socket.on('error', end).on('close', end);
    return undefined;
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const [client, service] of pairs) {
      client.destroy();
      service.destroy();
    }
  };
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    silence: () => (state = 'silent'),
    cut: () => {
      state = 'cut';
      drop();
    },
    restore: () => {
      drop(); // what was silenced has lost bytes and is of no more use
      state = 'open';
    },
    close: () => {
      const closed = new Promise((resolve) => server.close(resolve));
      drop();
      return closed;
    },
  };
}

/** Builds dist/ if it is older than what it is made of. */
export function buildIfStale() {
  const made = join(kHere, 'dist/index.html');
  const sources = ['src', 'public'].flatMap(
    (folder) => readdirSync(join(kHere, folder), { recursive: true }).map((f) => `${folder}/${f}`),
  );
  sources.push('index.html', 'observe.html', 'package-lock.json', 'vite.config.ts');
  const newest_ms = Math.max(...sources.map((f) => statSync(join(kHere, f)).mtimeMs));
  if (existsSync(made) && statSync(made).mtimeMs > newest_ms) return;
  execFileSync(join(kHere, 'node_modules/.bin/vite'), ['build'], { cwd: kHere, stdio: 'pipe' });
}

/** The browser, headless. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.PICKET_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // No graphics card is asked for: WebGL is drawn by the processor.
      '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    ],
  });
}
