/** What is learned of scripts that were started by links: the file, where its interpreter was seen to open it. */
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/messages.ts';
import { Seen } from '../../src/gateway/policy/learn/seen.ts';
import { event } from '../cli/events.ts';

const VARIABLES = { workspace: '/w', home: '/home/a' };
const LINK = 'node_modules/.bin/x';

const of = (process: string, detail: Partial<Event>): Event => ({
  ...event(0, detail),
  process: { execId: process, executable: '/usr/bin/node' },
});
const exec = (process: string, path: string, script = '') =>
  of(process, { exec: { path, script, workingDirectory: '/w' } });
const open = (process: string, path: string) => of(process, { fileOpen: { path, read: true } });

function learned(...events: Event[]): string[] {
  const seen = new Seen();
  for (const each of events) seen.add(each, VARIABLES);
  return seen.observations
    .filter(({ action }) => action.category === 'exec')
    .map(({ path, count }) => `${path} ${count}`);
}

test('the file, and not the link, behind an interpreter that another one started', () => {
  expect(
    learned(
      exec('p', '/usr/bin/env', LINK),
      exec('p', '/usr/bin/node'),
      open('p', '/etc/ssl/openssl.cnf'),
      open('p', '/w/pkg/package.json'),
      open('p', '/w/pkg/cli.js'),
      open('p', '/w/data.txt'),
      exec('q', '/usr/bin/env', `/w/${LINK}`),
      open('q', '/w/pkg/cli.js'),
    ),
  ).toEqual(['/usr/bin/env 2', '/usr/bin/node 1', '${workspace}/pkg/cli.js 2']);
});

test('a script that is no link is what it was started by, whatever it opens then', () => {
  expect(
    learned(exec('p', '/usr/bin/dash', './run.sh'), open('p', '/w/run.sh'), open('p', '/w/other.sh')),
  ).toEqual(['/usr/bin/dash 1', '${workspace}/run.sh 1']);
});

test('what an interpreter loads first is not the script, where the script is opened after it', () => {
  const tool = '/w/venv/bin/tool';
  const started = [exec('p', '/usr/bin/python3.11', tool)];
  expect(
    learned(...started, open('p', '/w/venv/start.py'), open('p', '/w/data.txt'), open('p', tool)),
  ).toEqual(['/usr/bin/python3.11 1', '${workspace}/venv/bin/tool 1']);
});

test('a link into a virtual environment is the file in it, and nothing that Python loads of it before', () => {
  expect(
    learned(
      exec('p', '/usr/bin/python3.11', '/w/tool'),
      open('p', '/w/venv/pyvenv.cfg'),
      open('p', '/w/venv/lib/python3.11/site-packages/distutils-precedence.pth'),
      open('p', '/w/venv/lib/python3.11/site-packages/_distutils_hack/__init__.py'),
      open('p', '/w/venv/bin/tool'),
      open('p', '/w/other.py'),
    ),
  ).toEqual(['/usr/bin/python3.11 1', '${workspace}/venv/bin/tool 1']);
});

test('what another process opens says nothing; where nothing is known, the name stays', () => {
  expect(learned(exec('p', '/usr/bin/env', LINK), open('q', '/w/pkg/cli.js'))).toEqual([
    '/usr/bin/env 1',
    `\${workspace}/${LINK} 1`,
  ]);
});

test('links that no agent can change are followed by the rules, and stay', () => {
  expect(
    learned(
      exec('p', '/usr/bin/env', '/usr/bin/npm'),
      open('p', '/usr/lib/npm/cli.js'),
      open('p', '/w/a.js'),
    ),
  ).toEqual(['/usr/bin/env 1', '/usr/bin/npm 1']);
});

test('starts that wait for their file are bounded', () => {
  const starts = Array.from({ length: 10_001 }, (_, at) => exec(`p${at}`, '/usr/bin/env', LINK));
  expect(learned(...starts, open('p0', '/w/pkg/cli.js'), open('p10000', '/w/pkg/cli.js'))).toEqual([
    '/usr/bin/env 10001',
    `\${workspace}/${LINK} 10000`,
    '${workspace}/pkg/cli.js 1',
  ]);
});
