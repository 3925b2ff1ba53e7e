/**
 * Service bindings: as bytes (the vectors of RFC 9460, appendix D), and what a process is given of one.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { bindingBytes, hintsOf, readBinding } from '../../src/runtime/egress/service-binding.ts';
import { Bench, reply, type Says } from './fixtures.ts';

const FUZZ = Number(process.env.WARDER_FUZZ_RUNS ?? 300);
const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const FOO = '03666f6f 076578616d706c65 03636f6d 00';
const PUBLIC = 'cb007150'; // 203.0.113.80
const ECH = '0005 0004 00010203';
const ALPN = '0001 0003 026832';

describe('bytes', () => {
  test.each([
    ['an alias', `0000 ${FOO}`],
    ['the own name', '0001 00'],
    ['a port', `0010 ${FOO} 0003 0002 0035`],
    [
      'hints of IPv6',
      `0001 ${FOO} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001`,
    ],
    ['what is mandatory', `0010 ${FOO} 0000 0004 00010004 0001 0009 02683205 68332d3139 0004 0004 c0000201`],
  ])('%s is read and written as it was', (_, hex) => {
    expect(bindingBytes(readBinding(bytes(hex))!).toString('hex')).toBe(bytes(hex).toString('hex'));
  });

  test.each([
    ['a key twice', `0001 00 0001 0003 026832 0001 0003 026832`],
    ['keys in another order', `0001 00 0003 0002 0035 0001 0003 026832`],
    ['a value that ends behind the record', '0001 00 0001 0009 026832'],
    ['a hint of three bytes', '0001 00 0004 0003 010203'],
    ['a hint of none', '0001 00 0004 0000'],
    ['a name that points elsewhere', '0001 c00c'],
    ['a mandatory key that is not there', '0001 00 0000 0002 0004'],
    ['a mandatory key that nobody here knows', '0001 00 0000 0002 1234 1234 0001 00'],
    ['nothing', ''],
  ])('%s is none', (_, hex) => {
    expect(readBinding(bytes(hex))).toBe(null);
  });

  test('whatever bytes come, nothing throws, and what is read is written so that it reads the same', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(...[FOO, PUBLIC, ECH, ALPN, '0004 0004'].map(bytes)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const read = readBinding(Buffer.concat([Buffer.from([0, 1, 0]), ...parts]));
        if (read) expect(readBinding(bindingBytes(read))).toEqual(read);
        if (read) expect(hintsOf(read).every(({ length }) => length === 4 || length === 16)).toBe(true);
      }),
      { numRuns: FUZZ },
    );
  });
});

describe('what a process is given', () => {
  let bench: Bench;
  afterEach(() => bench?.close());
  const https =
    (...data: string[]): Says =>
    (query, message) => [
      reply(
        query,
        message,
        data.map(
          (hex) =>
            ({ type: 'UNKNOWN_65', name: query.questions![0]!.name, ttl: 60, data: bytes(hex) }) as never,
        ),
      ),
    ];

  test('hints that are public, in the kernel first; keys of ECH and all else as they were', async () => {
    const data = `0001 00 ${ALPN} 0004 0004 ${PUBLIC} ${ECH}`;
    bench = await Bench.make({ allow: ['api.test:443'] }, https(data));
    expect(await bench.bindings('api.test')).toEqual([bytes(data)]);
    expect(bench.written).toEqual(['tcp 203.0.113.80', 'udp 203.0.113.80']);
    expect(bench.told[0]).toMatchObject({ type: 'HTTPS', code: 'NOERROR', addresses: ['203.0.113.80'] });
  });

  test('no hints at what is not public: they are taken out, the rest stays, and it is told', async () => {
    const hints = `0004 0008 ${PUBLIC} 7f000001 ${ECH} 0006 0020 ${'0'.repeat(31)}1 00000000000000000000ffffcb007150`;
    bench = await Bench.make({ allow: ['api.test:443'] }, https(`0001 00 ${ALPN} ${hints}`));
    expect(await bench.bindings('api.test')).toEqual([bytes(`0001 00 ${ALPN} 0004 0004 ${PUBLIC} ${ECH}`)]);
    expect(bench.written).toEqual(['tcp 203.0.113.80', 'udp 203.0.113.80']);
    expect(bench.told[0]).toMatchObject({
      removed: ['127.0.0.1', '::1', '::ffff:cb00:7150'],
      decision: { reason: 'rebinding' },
    });
  });

  test('nothing of a record that cannot do without such a hint', async () => {
    bench = await Bench.make({ allow: ['api.test:443'] }, https('0001 00 0000 0002 0004 0004 0004 7f000001'));
    expect(await bench.bindings('api.test')).toEqual([]);
    expect(bench.written).toEqual([]);
  });

  test('targets that the policy allows, with their hints for the name that was asked; others not', async () => {
    const to = (first: string) => `0001 ${FOO.replace('03666f6f', first)} 0004 0004 ${PUBLIC}`;
    bench = await Bench.make(
      { allow: ['api.test:443', 'foo.example.com:8443'] },
      https(to('03666f6f'), to('03626172')),
    );
    expect(await bench.bindings('api.test')).toEqual([bytes(to('03666f6f'))]);
    expect(bench.told[0]!.removed).toEqual(['bar.example.com']);
    // Who serves the one name could else open the other's ports at whatever address it likes.
    expect(bench.given.get('203.0.113.80')).toBe('api.test');
  });

  test('a service on a port of its own is asked for under the name that the rule has', async () => {
    bench = await Bench.make({ allow: ['api.test:8443'] }, https(`0001 00 0004 0004 ${PUBLIC}`));
    expect(await bench.bindings('_8443._https.api.test')).toHaveLength(1);
    expect(bench.given.get('203.0.113.80')).toBe('api.test');
    expect((await bench.ask('_8443._https.api.test')).rcode).toBe('REFUSED');
    expect((await bench.ask('_a._b._https.api.test', 'UNKNOWN_65')).rcode).toBe('REFUSED');
  });
});
