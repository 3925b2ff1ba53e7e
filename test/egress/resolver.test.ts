/**
 * The resolver against servers that mean ill: what goes out to the process, what goes into the kernel, what is told.
 */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { LIMITS, RunLimits } from '../../src/runtime/egress/limits.ts';
import { ASKER, Bench, reply, type Says } from './fixtures.ts';

const TRIES = Number(process.env.WARDER_REBINDING_TRIES ?? 200);
const FUZZ = Number(process.env.WARDER_FUZZ_RUNS ?? 300);
const PUBLIC = '203.0.113.80';

let bench: Bench;
afterEach(() => bench?.close());

const a = (name: string, data: string, ttl = 60) => ({ type: 'A' as const, name, data, ttl });
const aaaa = (name: string, data: string, ttl = 60) => ({ type: 'AAAA' as const, name, data, ttl });
const alias = (name: string, data: string) => ({ type: 'CNAME' as const, name, data, ttl: 60 });
const asked = (query: Parameters<Says>[0]) => query.questions![0]!.name;

describe('rebinding', () => {
  const FORBIDDEN = [
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.0.1'],
  ];
  const FORBIDDEN6 = [
    ...['::1', '::', 'fe80::1', 'fc00::1', 'ff02::1', '::ffff:203.0.113.80', '::ffff:127.0.0.1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::1', '2001::1', 'fd00:ec2::254'],
  ];

  test.each([
    ...FORBIDDEN.map((address) => [address, 'A'] as const),
    ...FORBIDDEN6.map((address) => [address, 'AAAA'] as const),
  ])('%s is taken out of an answer, and told', async (address, type) => {
    const record = type === 'A' ? a : aaaa;
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => [
      reply(query, bytes, [record(asked(query), address)]),
    ]);
    expect(await bench.addresses('api.test', type)).toEqual(['NOERROR']);
    expect(bench.written).toEqual([]);
    expect(bench.told[0]).toMatchObject({
      code: 'NOERROR',
      addresses: [],
      decision: { reason: 'rebinding' },
    });
    expect(bench.told[0]!.removed).toHaveLength(1);
  });

  test('a mixed answer keeps what is good', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => [
      reply(query, bytes, [a(asked(query), '10.0.0.1'), a(asked(query), PUBLIC)]),
    ]);
    expect(await bench.addresses('api.test')).toEqual([PUBLIC]);
    expect(bench.written).toContain(`tcp ${PUBLIC}`);
    expect(bench.written.join()).not.toContain('10.0.0.1');
  });

  test('a rule by address leaves its addresses in, and gives no right by name', async () => {
    bench = await Bench.make({ allow: ['api.test:443', '10.0.0.0/8:5432'] }, (query, bytes) => [
      reply(query, bytes, [a(asked(query), '10.0.0.1'), a(asked(query), '192.168.0.1')]),
    ]);
    expect(await bench.addresses('api.test')).toEqual(['10.0.0.1']);
    expect(bench.written).toEqual([]);
  });

  test(`a name that flips between addresses, with TTL 0, never gives the forbidden one: ${TRIES} tries`, async () => {
    let turn = 0;
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
      const forbidden = FORBIDDEN[turn++ % FORBIDDEN.length]!;
      const shapes = [
        [a(asked(query), PUBLIC, 0)],
        [a(asked(query), forbidden, 0)],
        [alias(asked(query), 'internal.corp'), a('internal.corp', forbidden, 0)],
        [a(asked(query), forbidden, 0), a(asked(query), PUBLIC, 0)],
      ];
      return [reply(query, bytes, shapes[turn % shapes.length]!)];
    });
    for (let tried = 0; tried < TRIES; tried++) {
      for (const address of await bench.addresses('api.test')) expect([PUBLIC, 'NOERROR']).toContain(address);
    }
    expect(bench.asked).toBe(TRIES);
    expect(new Set(bench.written)).toEqual(new Set([`tcp ${PUBLIC}`, `udp ${PUBLIC}`]));
  });
});

describe('what a server says', () => {
  test('an answer is kept for its time, and who asks meanwhile waits for the same one', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => [
      reply(query, bytes, [a(asked(query), PUBLIC, 300)]),
    ]);
    const many = await Promise.all(Array.from({ length: 50 }, () => bench.addresses('API.test.')));
    expect(new Set(many.flat())).toEqual(new Set([PUBLIC]));
    await bench.addresses('api.test');
    expect(bench.asked).toBe(1);
    expect(bench.told.at(-1)!.cached).toBe(true);
  });

  test('replies with another id, another question or other letters are not believed', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
      const other = reply(query, bytes, [a(asked(query), '198.51.100.66')]);
      const wrongId = Buffer.from(other);
      wrongId.writeUInt16BE((query.id! + 1) & 0xffff, 0);
      const wrongCase = Buffer.from(other);
      for (let at = 13; wrongCase[at] !== 0; at++) if (wrongCase[at]! > 64) wrongCase[at]! ^= 0x20;
      const wrongName = Buffer.from(other);
      wrongName[14] = 'x'.charCodeAt(0);
      return [wrongId, wrongCase, wrongName, reply(query, bytes, [a(asked(query), PUBLIC)])];
    });
    expect(await bench.addresses('api.test')).toEqual([PUBLIC]);
  });

  test('records for other names than the chain of the asked one are not believed', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => [
      reply(query, bytes, [
        a('other.test', '198.51.100.66'),
        alias(asked(query), 'b.test'),
        a('b.test', PUBLIC),
      ]),
    ]);
    expect(await bench.addresses('api.test')).toEqual([PUBLIC]);
    expect(bench.told[0]!.aliases).toEqual(['b.test']);
  });

  test('only the answers of a message answer: what stands in its other sections gives nothing', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
      const made = reply(query, bytes, [a('api.test', '198.51.100.66'), a('api.test', '198.51.100.67')]);
      made.writeUInt16BE(0, 6);
      made.writeUInt16BE(1, 8);
      made.writeUInt16BE(1, 10);
      return [made];
    });
    expect(await bench.addresses('api.test')).toEqual(['NOERROR']);
    expect(bench.written).toEqual([]);
  });

  test('a reply of more records than an ordinary client has use for is not read', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
      const many = Array.from({ length: 257 }, () => a(asked(query), '198.51.100.66'));
      return [reply(query, bytes, many), reply(query, bytes, [a(asked(query), PUBLIC)])];
    });
    expect(await bench.addresses('api.test')).toEqual([PUBLIC]);
  });

  test('an answer that says that there is no such name gives none of its addresses', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
      const made = reply(query, bytes, [a('api.test', '198.51.100.66')]);
      made.writeUInt16BE(0x8183, 2);
      return [made];
    });
    expect(await bench.addresses('api.test')).toEqual(['NXDOMAIN']);
    expect(bench.written).toEqual([]);
  });

  test('many names at one address are one row for each protocol', async () => {
    bench = await Bench.make({ allow: ['*.wild.test:443'] }, (query, bytes) => [
      reply(query, bytes, [a(asked(query), PUBLIC)]),
    ]);
    for (let name = 0; name < 100; name++)
      expect(await bench.addresses(`n${name}.wild.test`)).toEqual([PUBLIC]);
    // Another second may have begun meanwhile, and with it another time for the row.
    expect(bench.written.length).toBeLessThan(100);
  });

  test('a loop of aliases ends in a failure, an alias that a rule denies in a refusal', async () => {
    bench = await Bench.make({ allow: ['*.test:443'], deny: ['evil.test'] }, (query, bytes) => {
      const name = asked(query).toLowerCase();
      if (name === 'loop.test') return [reply(query, bytes, [alias(name, 'b.test'), alias('b.test', name)])];
      return [reply(query, bytes, [alias(name, 'evil.test'), a('evil.test', PUBLIC)])];
    });
    expect(await bench.addresses('loop.test')).toEqual(['SERVFAIL']);
    expect(await bench.addresses('to.test')).toEqual(['REFUSED']);
    expect(bench.written).toEqual([]);
  });

  test('garbage from a server is nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (tail) => {
        const garbage = await Bench.make({ allow: ['api.test:443'] }, (query, bytes) => {
          const good = reply(query, bytes, [a(asked(query), PUBLIC)]);
          return [Buffer.concat([good.subarray(0, 26), tail]), Buffer.from(tail), good];
        });
        try {
          await garbage.ask('api.test');
          expect(garbage.written.filter((row) => /(10|127|192\.168)\./.test(row))).toEqual([]);
        } finally {
          garbage.close();
        }
      }),
      { numRuns: Math.ceil(FUZZ / 10) },
    );
  });
});

describe('a server that does not know EDNS', () => {
  test('says that there is nothing in fewer bytes than it was asked in', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, packet) => [reply(query, packet, [])]);
    expect(await bench.addresses('api.test', 'AAAA')).toEqual(['NOERROR']);
    expect(bench.asked).toBe(1);
  });

  test('says that the query is malformed, and is asked without', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, (query, packet) => {
      const answer = reply(query, packet, [a('api.test', PUBLIC)]);
      if (query.additionals?.length) answer.writeUInt16BE(0x8181, 2);
      return [answer];
    });
    expect(await bench.addresses('api.test')).toEqual([PUBLIC]);
    expect(bench.asked).toBe(2);
  });
});

describe('what is asked', () => {
  const never: Says = () => {
    throw new Error('nobody is to be asked');
  };

  test('names that no rule allows are refused, and never go out', async () => {
    bench = await Bench.make({ allow: ['api.test:443', '*.wild.test'], deny: ['no.wild.test'] }, never);
    for (const name of [
      'other.test',
      'test',
      'wild.test',
      'xapi.test',
      'no.wild.test',
      'NO.wild.TEST.',
      'a_pi.test',
    ])
      expect(await bench.addresses(name)).toEqual(['REFUSED']);
    expect(bench.told).toHaveLength(7);
  });

  test('an allowed name behind which a search domain stands is absent, so that the search goes on', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, never);
    expect(await bench.addresses('api.test.svc.cluster.local')).toEqual(['NXDOMAIN']);
  });

  test('localhost is answered here', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, never);
    expect(await bench.addresses('localhost')).toEqual(['127.0.0.1']);
    expect(await bench.addresses('x.localhost', 'AAAA')).toEqual(['::1']);
  });

  test('other types are refused', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, never);
    expect((await bench.ask('api.test', 'TXT')).rcode).toBe('REFUSED');
    expect(bench.told[0]).toMatchObject({ type: 'TXT', decision: { reason: 'type' } });
  });

  test('a name that holds a secret is refused under a wildcard', async () => {
    bench = await Bench.make({ allow: ['*.wild.test'] }, never);
    bench.secret = 'hunter2hunter2';
    expect(await bench.addresses('hunter2hunter2.wild.test')).toEqual(['REFUSED']);
    expect(bench.told[0]).toMatchObject({ decision: { reason: 'secret' } });
  });

  test('a tunnel under a wildcard moves no more than the stated bytes', async () => {
    let bytes = 0;
    bench = await Bench.make({ allow: ['*.t.test'] }, (query, packet) => {
      bytes += asked(query).length - '.t.test'.length;
      return [reply(query, packet, [a(asked(query), PUBLIC, 0)])];
    });
    const label = 'a'.repeat(60);
    for (let tried = 0; tried < 250; tried++) {
      await bench.ask(`${label}.${label}.${String(tried).padStart(60, 'b')}.t.test`);
    }
    expect(bytes).toBeGreaterThan(LIMITS.bytes / 2);
    expect(bytes).toBeLessThanOrEqual(LIMITS.bytes);
    expect(bench.told.at(-1)).toMatchObject({ code: 'REFUSED', decision: { reason: 'limit' } });
  });

  test('answers of many addresses use up what a run may ask', () => {
    const limits = new RunLimits(() => 0);
    for (let asked = 0; asked < LIMITS.queries / 16; asked++) {
      expect(limits.takeQuery()).toBe(true);
      limits.spend(15 * LIMITS.addresses);
    }
    expect(limits.takeQuery()).toBe(false);
  });

  test('whatever bytes come, nothing throws and nothing is asked that no rule allows', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, never);
    const head = Buffer.from('0063010000010000000000000361706904746573740000010001', 'hex');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(30), async (tail, keep) => {
        const message = Buffer.concat([head.subarray(0, Math.min(keep, head.length - 8)), tail]);
        await bench.resolver.answer(ASKER, message, 'udp');
      }),
      { numRuns: FUZZ },
    );
    expect(bench.problems).toEqual([]);
    // A label that holds a dot is another name than it looks like.
    const dotted = Buffer.concat([
      head.subarray(0, 12),
      Buffer.from('\x08api.test\0', 'latin1'),
      Buffer.from([0, 1, 0, 1]),
    ]);
    expect((await bench.resolver.answer(ASKER, dotted, 'udp'))![3]! & 15).toBe(5);
    expect(await bench.resolver.answer(ASKER, randomBytes(5), 'udp')).toBe(null);
  });
});
