/**
 * warder report, and its page in a real browser: Debian's Chromium without a screen, driven by playwright-core.
 */
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../../src/base/printable.ts';
import type { Event } from '../../../src/contract/messages.ts';
import { cleanUp, openEvent, stateDirectory } from '../../gateway/fixtures.ts';
import { AGENT, RUN } from '../events.ts';
import { stored, warder } from '../program-fixture.ts';
import { HOSTILE, recordedRun } from '../recorded-run.ts';

const CHROMIUM = '/usr/bin/chromium-headless-shell';

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = stateDirectory();
  chmodSync(folder, 0o755);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await cleanUp();
});

interface Opened {
  page: Page;
  /** What must not happen: dialogs, errors, requests to anywhere but the page itself. */
  incidents: string[];
  close(): Promise<void>;
}

async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const context = await browser.newContext({ colorScheme });
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on('dialog', async (dialog) => {
    incidents.push(`dialog ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('pageerror', (error) => incidents.push(`error ${error.message}`));
  page.on('console', (message) => incidents.push(`console ${message.text()}`));
  page.on('request', (request) => {
    if (request.url() !== `file://${path}`) incidents.push(`request ${request.url()}`);
  });
  await page.goto(`file://${path}`);
  return { page, incidents, close: () => context.close() };
}

async function reportOf(events: Event[], name: string): Promise<{ path: string; state: string }> {
  const state = await stored(events);
  const path = join(folder, `${name}.html`);
  const { status, err } = await warder(['report', '--state', state, 'last', '--html', path]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return { path, state };
}

describe('a small run', () => {
  let path: string;
  let state: string;
  beforeAll(async () => {
    ({ path, state } = await reportOf(recordedRun(), 'small'));
  }, 60_000);

  test('the page shows run, refusals with why, processes, files, hosts, redactions, losses', async () => {
    const { page, incidents, close } = await open(path);
    const text = await page.innerText('body');
    expect(await page.title()).toBe(`Run ${RUN} - Warder`);
    for (const part of [
      AGENT,
      'sh build.sh',
      'status 3',
      'deny **/.ssh/** (builtin:credentials)',
      'keys and agents of SSH and GnuPG',
      'agents do not download',
      '101 /usr/bin/git status [status 0]',
      'tcp api.example.com (192.0.2.7):443',
      'aws-access-key',
      'open: ring_full',
    ]) {
      expect(text).toContain(part);
    }
    expect(await page.locator('#refusals tbody tr').count()).toBe(4);
    expect(await page.locator('#tree div').count()).toBe(3);
    expect(await page.locator('#rows tr').count()).toBe(16);
    expect(incidents).toEqual([]);
    await close();
  });

  test('names that an agent chose are text: no element, no script, no reordering comes of them', async () => {
    const { page, incidents, close } = await open(path);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.innerText('#rows')).toContain(printable(HOSTILE));
    expect(incidents).toEqual([]);
    await close();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(readFileSync(path, 'utf8')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  });

  test('its policy lets in no script and no resource, should one get past the escapes', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const injected = `<script>alert(1)</script><script src="${elsewhere}/s"></script>
<img src="${elsewhere}/x" onerror="alert(2)"><iframe src="${elsewhere}/f"></iframe>
<style>body{display:none}</style><link rel="stylesheet" href="${elsewhere}/c">`;
    const broken = join(folder, 'broken.html');
    writeFileSync(
      broken,
      readFileSync(path, 'utf8').replace('<h2>Processes</h2>', `${injected}<h2>Processes</h2>`),
    );
    const { page, incidents, close } = await open(broken);
    expect(incidents.filter((incident) => incident.startsWith('dialog'))).toEqual([]);
    expect(incidents.some((incident) => /Content Security Policy/.test(incident))).toBe(true);
    expect(await page.isVisible('h1')).toBe(true);
    await close();
    await new Promise((resolve) => server.close(resolve));
    expect(asked).toBe(0);
  });

  test('search, action and refused-only narrow the time line', async () => {
    const { page, close } = await open(path);
    await page.check('#only');
    expect(await page.innerText('#status')).toMatch(/^4 of 16 events/);
    await page.fill('#search', 'curl');
    expect(await page.locator('#rows tr').count()).toBe(1);
    await page.uncheck('#only');
    await page.fill('#search', '');
    await page.selectOption('#kind', 'exec');
    expect(await page.innerText('#status')).toMatch(/^3 of 16 events/);
    await close();
  });

  test('light and dark', async () => {
    const ground = async (scheme: 'light' | 'dark') => {
      const { page, close } = await open(path, scheme);
      const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      await close();
      return colour;
    };
    expect([await ground('light'), await ground('dark')]).toEqual(['rgb(255, 255, 255)', 'rgb(13, 17, 23)']);
  });

  test('the proof in the page is one, and altered it is none', async () => {
    const { page, close } = await open(path);
    const proof = await page.locator('#proof').textContent();
    const key = await page.locator('#key').textContent();
    await close();
    const file = join(folder, 'last.tlog-proof');
    writeFileSync(file, proof!);
    expect((await warder(['audit', 'verify', file, '--key', key!])).status).toBe(0);
    writeFileSync(file, proof!.replace('index 15', 'index 14'));
    expect((await warder(['audit', 'verify', file, '--key', key!])).status).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a file that cannot be written is told, and nothing is left behind', async () => {
    const { status, err } = await warder(['report', '--state', state, 'last', '--html', '/nowhere/run.html']);
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/cannot write \/nowhere\/run\.html.*\n {2}fix: name a file/),
    ]);
  });
});

test('ten thousand events: the page is whole, and quick to use', async () => {
  const many = Array.from({ length: 10_000 }, (_, at) =>
    openEvent(at + 1, `/srv/work/dir-${at % 100}/file-${at}`),
  );
  const { path } = await reportOf(many, 'large');
  const { page, incidents, close } = await open(path);
  expect(await page.innerText('#status')).toBe('10000 of 10000 events, page 1 of 50');
  await page.fill('#search', 'file-9999');
  expect(await page.locator('#rows tr').count()).toBe(1);
  await page.fill('#search', '');
  for (let click = 0; click < 60; click++) await page.click('#after');
  expect(await page.innerText('#status')).toBe('10000 of 10000 events, page 50 of 50');
  expect(incidents).toEqual([]);
  expect(statSync(path).size).toBeLessThan(6e6);
  await close();
}, 90_000);
