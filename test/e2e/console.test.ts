/**
 * The console in a real browser, Debian's Chromium, against a gateway and a runtime that run as services, with agents
 * under policy on this kernel: logging in, seeing what happens as it happens, answering what is held, and text of an
 * agent that wants to be code.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cleanUp,
  eventually,
  fleetPolicy,
  type RunningCommand,
  type Services,
  services,
  startServices,
  warder,
} from './services.ts';

const CHROMIUM = '/usr/bin/chromium-headless-shell';
const WAIT = { timeout: 30_000 };

const POLICY = fleetPolicy(`  exec:
    - allow: [/usr/bin/**, /usr/sbin/**, "\${workspace}/**"]
    - hold: /usr/bin/id
      because: who am I is a question for people
    - deny: /usr/bin/whoami
      because: "<img src=x onerror=alert(7)> names are private"
  read: [{allow: [/**]}]
  write: [{allow: ["\${workspace}/**", "/dev/**"]}]
`);

/** Arguments and names that want to be markup, a script, an address, or to reorder the line. */
const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'`javascript:alert(3)`\u202egnp.exe';

let at: Services;
let url: string;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const started = await startServices(POLICY, { gateway: { console: { listen: '127.0.0.1:0' } } });
  at = started.at;
  await started.gateway.said(/console at http/);
  url = /console at (http:\S+)/.exec(started.gateway.log())![1]!;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}, 120_000);
afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser?.close();
  await cleanUp();
});

function keyFor(...roles: string[]): Promise<string> {
  return keyAt(at, roles);
}

async function keyAt({ gatewayState }: Services, roles: readonly string[]): Promise<string> {
  const words = ['key', 'create', roles.join('-'), '--state', gatewayState, '--role', ...roles];
  const { stdout, stderr } = await warder(words).ended;
  const key = /wk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}/.exec(stdout)?.[0];
  if (!key) throw new Error(`no key: ${stdout} ${stderr}`);
  return key;
}

interface Opened {
  page: Page;
  context: BrowserContext;
  /** What must not happen: dialogs, errors, refusals of the page's policy, requests to anywhere else. */
  incidents: string[];
}

async function open(colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
  contexts.push(context);
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on('dialog', async (dialog) => {
    incidents.push(`dialog ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('pageerror', (error) => incidents.push(`error ${error.message}`));
  page.on('console', (message) => {
    // A status that the page expects: nobody is logged in yet.
    if (!/status of (401|403)/.test(message.text())) incidents.push(`console ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) incidents.push(`request ${request.url()}`);
  });
  await page.goto(url);
  return { page, context, incidents };
}

async function loggedIn(...roles: string[]): Promise<Opened> {
  const opened = await open();
  await opened.page.fill('input[name=key]', await keyFor(...roles));
  await opened.page.click('text=Log in');
  await opened.page.waitForSelector('nav', WAIT);
  return opened;
}

function agent(script: string, ...words: string[]): RunningCommand {
  const command = ['run', '--quiet', '--socket', at.socket, '--agent', 'acme/pay/coder'];
  return warder([...command, '--', '/usr/bin/sh', '-c', script, ...words], { cwd: at.workspace });
}

test('runs and holds that an answer had no room for are told', async () => {
  const { page, incidents } = await loggedIn('viewer');
  for (const [name, leftOut] of [
    ['listActiveRuns', 30],
    ['listHolds', 12],
  ] as const) {
    await page.route(`**/api/call/${name}`, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), leftOut } });
    });
  }
  await page.waitForSelector('text=30 more runs are under way than one answer takes', WAIT);
  await page.waitForSelector('nav >> .count:has-text("12")', WAIT);
  await page.click('nav >> text=Holds');
  await page.waitForSelector('text=12 more wait than one answer takes', WAIT);
  expect(incidents).toEqual([]);
});

test('a wrong key opens nothing; a good one shows fleet, runs, and events as they happen', async () => {
  const { page, context, incidents } = await open();
  await page.fill('input[name=key]', `wk_000000000000_${'x'.repeat(43)}`);
  await page.click('text=Log in');
  await page.waitForSelector('[role=alert]', WAIT);
  expect(await page.innerText('[role=alert]')).toContain('that is no key of this gateway');
  expect(await page.inputValue('input[name=key]')).toBe('');
  await page.fill('input[name=key]', await keyFor('viewer'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav', WAIT);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'warder', httpOnly: true, sameSite: 'Strict' });
  expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual([
    '',
    0,
    0,
  ]);

  await page.click('nav >> text=Live');
  await page.waitForSelector('[role=status].good', WAIT);
  const run = agent('whoami; touch made-by-the-agent; sleep 600');
  await page.fill('input[type=search]', 'made-by-the-agent');
  await page.waitForSelector('.row:has-text("made-by-the-agent")', WAIT);
  await page.fill('input[type=search]', '');
  await page.check('text=only refused');
  await page.waitForSelector('.row.prevented:has-text("/usr/bin/whoami")', WAIT);
  expect(await page.innerText('.row.prevented:has-text("/usr/bin/whoami")')).toContain(
    'deny /usr/bin/whoami (fleet:e2e',
  );

  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForSelector('main >> text=attached', WAIT);
  await page.click('a.chip:has-text("coder")');
  await page.waitForSelector('h1:has-text("Run ")', WAIT);
  await page.click('[role=tab]:has-text("processes")');
  await page.waitForSelector('[role=treeitem].running:has-text("/usr/bin/sleep 600")', WAIT);
  await page.click('[role=tab]:has-text("refused")');
  await page.waitForSelector('tr.prevented:has-text("names are private")', WAIT);
  run.process.kill('SIGTERM');
  await run.ended;
  await page.waitForSelector('.summary:has-text("signal 15")', WAIT);
  expect(incidents).toEqual([]);
});

test('what is held is answered in the browser, by an approver and by nobody else', async () => {
  const approver = await loggedIn('viewer', 'approver');
  const viewer = await loggedIn('viewer');
  const first = agent('id -u; echo status $?');
  for (const { page } of [approver, viewer]) {
    await page.click('nav >> text=Holds');
    await page.waitForSelector('.card.pending:has-text("/usr/bin/id")', WAIT);
  }
  expect(await viewer.page.locator('button:has-text("Approve")').count()).toBe(0);
  // Not by the page's grace: the call itself is refused.
  const status = await viewer.page.evaluate(async () => {
    const body = JSON.stringify({ id: '0', allow: true });
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/call/answerHold', { method: 'POST', headers, body })).status;
  });
  expect(status).toBe(403);
  await approver.page.fill('.card.pending input', 'looks harmless');
  await approver.page.click('button:has-text("Approve")');
  expect((await first.ended).stdout).toBe('0\nstatus 0\n');
  await viewer.page.waitForSelector('.card.allowed:has-text("looks harmless")', WAIT);

  const second = agent('/usr/bin/id -u; echo status $?');
  await approver.page.waitForSelector('.card.pending:has-text("/usr/bin/id")', WAIT);
  await approver.page.click('button:has-text("Refuse")');
  expect((await second.ended).stdout).toMatch(/^status 12[67]\n$|^status 137\n$/);
  await approver.page.waitForSelector('.card.denied', WAIT);
  // Who answered, with which key and from where, is in the log.
  const { stdout } = await warder([
    'tail',
    '--state',
    at.gatewayState,
    '--since',
    'all',
    '--no-follow',
    '--json',
  ]).ended;
  const given = stdout
    .split('\n')
    .filter((line) => line.includes('"approval.given"'))
    .map((line) => JSON.parse(line));
  expect(given[0].event.gateway.actor).toMatchObject({
    name: 'viewer-approver',
    address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
  expect([...approver.incidents, ...viewer.incidents]).toEqual([]);
});

test('arguments and names of an agent are text in every view, and nothing comes of them', async () => {
  writeFileSync(join(at.workspace, 'try.sh'), 'touch "$1"; whoami "$1"; id "$1" & sleep 600\n');
  const { page, incidents } = await loggedIn('viewer', 'approver');
  await page.click('nav >> text=Live');
  await page.waitForSelector('[role=status].good', WAIT);
  const run = agent('exec /usr/bin/sh try.sh "$1"', 'sh', HOSTILE.replaceAll('/', '|'));
  await page.check('text=only refused');
  await page.click('.row.prevented:has-text("alert(1)")');
  await page.waitForSelector('.details:has-text("alert(2)")', WAIT);
  expect(await page.innerText('.details')).toContain('\\u{202e}');
  await page.click('nav >> text=Holds');
  await page.waitForSelector('.card.pending:has-text("alert(1)")', WAIT);
  await page.click('.card.pending a');
  for (const part of ['processes', 'refused']) {
    await page.click(`[role=tab]:has-text("${part}")`);
    await page.waitForSelector('main :text("alert(1)")', WAIT);
  }
  await page.click('nav >> text=Runs');
  await page.waitForSelector('td.command:has-text("alert(1)")', WAIT);
  expect(await page.locator('img, script:not([src]), iframe').count()).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  expect(await page.innerText('body')).not.toMatch(/[\x00-\x08\x1b\u202e]/);
  // Should one get past that, the page's policy stands behind it.
  const injected = await page.evaluate(
    `try { document.body.innerHTML = '<img src=x onerror=alert(4)>'; 'taken' } catch (error) { error.name }`,
  );
  expect(injected).toBe('TypeError');
  run.process.kill('SIGTERM');
  await run.ended;
  expect(incidents.filter((text) => !/TrustedHTML|trusted-types|Trusted Types/i.test(text))).toEqual([]);
});

test('ten thousand events cost as many elements as are in sight, and keys go through them', async () => {
  const { page, incidents } = await loggedIn('viewer');
  const run = agent('i=0; while [ $i -lt 5200 ]; do : > out; i=$((i+1)); done');
  expect((await run.ended).code).toBe(0);
  await page.click('nav >> text=Live');
  await page.waitForSelector('[role=status].good', WAIT);
  const again = agent('i=0; while [ $i -lt 10500 ]; do : > out; i=$((i+1)); done; touch the-last-of-all');
  expect((await again.ended).code).toBe(0);
  await page.waitForSelector('.row:has-text("the-last-of-all")', { timeout: 90_000 });
  const count = Number(/^(\d+) of/.exec(await page.innerText('.bar .quiet'))![1]);
  expect(count).toBeGreaterThanOrEqual(10_000);
  expect(count).toBeLessThanOrEqual(11_000);
  expect(await page.locator('.row').count()).toBeLessThan(100);
  await page.focus('[role=listbox]');
  await page.keyboard.press('Home');
  await eventually(async () =>
    expect(await page.evaluate("document.querySelector('[role=listbox]').scrollTop")).toBe(0),
  );
  await page.keyboard.press('PageDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.details', WAIT);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.details', { ...WAIT, state: 'detached' });
  await page.keyboard.press('End');
  await page.waitForSelector('.row.chosen', WAIT);
  await page.fill('input[type=search]', 'the-last-of-all');
  await eventually(async () => expect(await page.locator('.row').count()).toBeLessThan(10));
  expect(incidents).toEqual([]);
});

test('policy is shown by layers, an edit is held against the record, and the log shows what it is signed by', async () => {
  const { page, incidents } = await loggedIn('viewer');
  expect((await agent('ls > /dev/null').ended).code).toBe(0);
  await page.click('nav >> text=Policy');
  await page.click('button:has-text("fleet:e2e")');
  // It is kept in a file of the gateway's directory: its text is the author's to bring.
  await page.fill(
    'textarea',
    POLICY.replace('- allow: [/usr/bin/**,', '- deny: /usr/bin/ls\n    - allow: [/usr/bin/**,'),
  );
  await page.click('button:has-text("What if")');
  await page.waitForSelector('tr:has-text("newly refused"):has-text("deny /usr/bin/ls")', WAIT);
  await page.fill('textarea', POLICY.replace('mode: enforce', 'mode: enforced'));
  await page.click('button:has-text("What if")');
  await page.waitForSelector('[aria-label=faults]:has-text("enforced")', WAIT);
  await page.fill('input[list=agents]', 'spiffe://warder.local/acme/pay/coder');
  await page.keyboard.press('Tab');
  await page.waitForSelector('.layer[open]:has-text("fleet:e2e") li.hold:has-text("/usr/bin/id")', WAIT);
  await page.waitForSelector('.layer:has-text("builtin:credentials")', { ...WAIT, state: 'attached' });
  await page.click('nav >> text=Log');
  await page.waitForSelector('pre:has-text("— ")', WAIT);
  await page.waitForSelector('tr:has-text("login.accepted")', WAIT);
  expect(incidents).toEqual([]);
});

test('light and dark are what the reader has; logging out ends the page, wherever it is open', async () => {
  const { page, context } = await loggedIn('viewer');
  const back = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  expect(await back()).toBe('rgb(255, 255, 255)');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await back()).toBe('rgb(20, 23, 26)');
  const other = await context.newPage();
  await other.goto(`${url}/#/live`);
  await other.waitForSelector('[role=status].good', WAIT);
  await page.click('text=Log out');
  await page.waitForSelector('.login', WAIT);
  await other.waitForSelector('.login', WAIT);
  expect(await context.cookies()).toEqual([]);
});

test('behind TLS the cookie is one that nothing else carries, and nothing is answered in the clear', async () => {
  const other = services(POLICY);
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => join(other.directory, name));
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key!, '-out', certificate!], {
    stdio: 'pipe',
  });
  const gateway = await other.gateway({ console: { listen: '127.0.0.1:0', certificate, key } });
  await gateway.said(/console at https/);
  const secure = /console at (https:\S+)/.exec(gateway.log())![1]!;
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  contexts.push(context);
  const page = await context.newPage();
  const first = await page.goto(secure);
  expect(await first!.securityDetails()).toMatchObject({ protocol: 'TLS 1.3' });
  expect(first!.headers()['strict-transport-security']).toMatch(/max-age=\d{7,}/);
  await page.fill('input[name=key]', await keyAt(other, ['viewer']));
  await page.click('text=Log in');
  await page.waitForSelector('nav', WAIT);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({
    name: '__Host-warder',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
  });
  await page.click('nav >> text=Live');
  await page.waitForSelector('[role=status].good', WAIT);
  await expect(fetch(secure.replace('https:', 'http:'))).rejects.toThrow();
});
