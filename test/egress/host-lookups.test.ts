/**
 * Names as the host knows them without a DNS server, and names that look like others.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readHosts } from '../../src/runtime/egress/hosts-file.ts';
import { Lookalikes } from '../../src/runtime/egress/lookalike.ts';
import { parseServer, readResolvConf } from '../../src/runtime/egress/resolv-conf.ts';
import { removeTree } from '../remove-tree.ts';
import { Bench, type Says } from './fixtures.ts';

const never: Says = () => {
  throw new Error('nobody is to be asked');
};
let directory: string;
let bench: Bench;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-lookups-'));
});
afterEach(() => bench?.close());
afterAll(() => removeTree(directory));

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

describe('/etc/hosts', () => {
  test('its lines are read as hosts(5) says', () => {
    const names = readHosts(
      '# a comment\n203.0.113.1\tOne.Test one # two\n\n2001:db8::1 one\nbad line\n10.0.0.1 one\n',
    );
    expect([...names].map(([name, list]) => [name, list.map((bytes) => bytes.length)])).toEqual([
      ['one.test', [4]],
      ['one', [4, 16, 4]],
    ]);
  });

  test('a program that asks by itself gets its answer, within the rules', async () => {
    const hosts = file(
      'hosts',
      '203.0.113.80 api.test\n10.0.0.9 api.test db.test\n203.0.113.81 other.test\n',
    );
    bench = await Bench.make({ allow: ['api.test:443', 'db.test:1'] }, never, 'enforce', { hosts });
    expect(await bench.addresses('api.test')).toEqual(['203.0.113.80']);
    expect(bench.written).toEqual(['tcp 203.0.113.80', 'udp 203.0.113.80']);
    expect(bench.told[0]!.removed).toEqual(['10.0.0.9']);
    expect(await bench.addresses('api.test', 'AAAA')).toEqual(['NOERROR']);
    expect(await bench.addresses('db.test')).toEqual(['NOERROR']);
    expect(await bench.addresses('other.test')).toEqual(['REFUSED']);
  });

  test('a file that changes counts as it is', async () => {
    const hosts = file('changing', '203.0.113.80 api.test\n');
    bench = await Bench.make({ allow: ['api.test:443'] }, never, 'enforce', { hosts });
    expect(await bench.addresses('api.test')).toEqual(['203.0.113.80']);
    file('changing', '203.0.113.81 api.test other\n');
    expect(await bench.addresses('api.test')).toEqual(['203.0.113.81']);
  });
});

describe('/etc/resolv.conf', () => {
  test('servers and the last search list are read', () => {
    const text =
      'nameserver 192.0.2.1\nnameserver  bad\n  nameserver 2001:db8::1\ndomain old.test\nsearch Corp.Test lab.test.\n';
    expect(readResolvConf(text)).toEqual({
      servers: [
        { address: '192.0.2.1', port: 53 },
        { address: '2001:db8::1', port: 53 },
      ],
      search: ['corp.test', 'lab.test'],
    });
    expect(readResolvConf('').servers).toEqual([{ address: '127.0.0.1', port: 53 }]);
  });

  test('an allowed single label is absent behind a search domain, so that the search goes on to it', async () => {
    const resolvConf = file('resolv.conf', 'search corp.test\n');
    bench = await Bench.make({ allow: ['db:5432'] }, never, 'enforce', { resolvConf });
    expect(await bench.addresses('db.corp.test')).toEqual(['NXDOMAIN']);
    expect(await bench.addresses('db.other.test')).toEqual(['REFUSED']);
  });
});

test('servers are written with a port or without', () => {
  expect(
    ['192.0.2.1', '192.0.2.1:5353', '2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:5353'].map(parseServer),
  ).toEqual([
    { address: '192.0.2.1', port: 53 },
    { address: '192.0.2.1', port: 5353 },
    { address: '2001:db8::1', port: 53 },
    { address: '2001:db8::1', port: 53 },
    { address: '2001:db8::1', port: 5353 },
  ]);
  for (const text of [
    'dns.test',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '[192.0.2.1]:53',
    'fe80::1%eth0',
    ':53',
    '',
  ])
    expect(parseServer(text), text).toBe(null);
});

describe('names that look like others', () => {
  const lookalikes = new Lookalikes(['api.github.com', 'paypal.com', 'modern.test', 'example.co.uk']);

  test.each([
    ['gіthub.com', 'github.com'],
    ['evil.gіthub.com', 'github.com'],
    ['pаypal.com', 'paypal.com'],
    ['paypa1.com', 'paypal.com'],
    ['rnodern.test', 'modern.test'],
    ['modem.test', 'modern.test'],
    ['gíthub.com', 'github.com'],
    [`${'a.'.repeat(120)}paypa1.com`, 'paypal.com'],
  ])('%s looks like %s', (name, like) => {
    expect(lookalikes.of(domainToASCII(name))).toBe(like);
  });

  test.each([
    'github.com',
    'x.github.com',
    'paypal.com',
    'evil.co.uk',
    'example.org',
    'xn--bcher-kva.example',
    'com',
  ])('%s does not', (name) => {
    expect(lookalikes.of(name)).toBe(undefined);
  });

  test('a look-up of one is refused, and told with what it looks like', async () => {
    bench = await Bench.make({ allow: ['github.com:443'] }, never);
    expect(await bench.addresses(domainToASCII('gіthub.com'))).toEqual(['REFUSED']);
    expect(bench.told[0]).toMatchObject({ looksLike: 'github.com', code: 'REFUSED' });
  });
});
