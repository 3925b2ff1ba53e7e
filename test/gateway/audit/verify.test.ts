/** What an export proves, and each thing that can be done to one. */
import { afterEach, expect, test } from 'vitest';
import { generateSigningKey } from '../../../src/contract/keys.ts';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { parseVerifierKey } from '../../../src/gateway/audit/signed-note.ts';
import { cleanUp } from '../fixtures.ts';
import { type Evidence, evidence, exported, openEvidence, verified } from './exported.ts';

afterEach(cleanUp);

const lines = (text: string): string[] => text.slice(0, -1).split('\n');
const joined = (all: readonly string[]): string => `${all.join('\n')}\n`;
const lineOf = (all: readonly string[], index: number): number =>
  all.findIndex((line) => line.startsWith(`event ${index} `));

test('an untouched export is proven whole, under a key known from elsewhere or the one that it brings', async () => {
  const of = await evidence([5, 40, 300, 1]);
  const text = await exported(of);
  for (const key of [undefined, of.audit.verifierKey]) {
    expect(await verified(text, { key })).toEqual({
      ok: true,
      problems: [],
      more: 0,
      origin: of.audit.origin,
      key: of.audit.verifierKey,
      keyPinned: key !== undefined,
      from: 0,
      to: 346,
      proven: 346,
      gone: 0,
      checkpoints: 4,
      unchecked: [],
      witnessed: [],
    });
  }
});

test('an empty log is exported and proven', async () => {
  expect(await verified(await exported(openEvidence()))).toMatchObject({
    ok: true,
    from: 0,
    to: 0,
    proven: 0,
    checkpoints: 1,
  });
});

test.each([
  [0, 45],
  [1, 45],
  [45, 45],
  [45, 345],
  [44, 346],
  [300, 346],
  [346, 346],
])('the events from %d to %d alone are proven', async (from, to) => {
  const text = await exported(await evidence([5, 40, 300, 1]), { from, to });
  expect(await verified(text)).toMatchObject({ ok: true, from, to, proven: to - from });
});

test('a range that the log does not have, or that ends at no checkpoint, is not exported', async () => {
  const of = await evidence([5, 40]);
  await expect(exported(of, { to: 20 })).rejects.toThrow(
    /no checkpoint was signed at 20 events; the next one is at 45/,
  );
  await expect(exported(of, { to: 99 })).rejects.toThrow(/no checkpoint was signed at 99 events/);
  await expect(exported(of, { from: 46 })).rejects.toThrow(/begin at event 46, behind its end at 45/);
});

async function tampered(
  change: (all: string[]) => void,
): Promise<{ of: Evidence; kinds: string[]; report: Awaited<ReturnType<typeof verified>> }> {
  const of = await evidence([5, 40, 300]);
  const all = lines(await exported(of));
  change(all);
  const report = await verified(joined(all));
  expect(report.ok).toBe(false);
  return { of, report, kinds: report.problems.map(({ kind, index }) => `${kind} ${index ?? ''}`.trim()) };
}

/** The same line with one bit of its event's content flipped. */
function flipped(line: string): string {
  const [word, index, encoded = ''] = line.split(' ');
  const bytes = Buffer.from(encoded, 'base64');
  bytes[bytes.length - 3]! ^= 1;
  return `${word} ${index} ${bytes.toString('base64')}`;
}

test('a changed event is named, and the others stay proven', async () => {
  const { kinds, report } = await tampered((all) => {
    all[lineOf(all, 17)] = flipped(all[lineOf(all, 17)]!);
  });
  expect(kinds).toEqual(['changed 17']);
  expect(report).toMatchObject({ proven: 344, checkpoints: 3 });
});

test('a removed event is named, and the others stay proven', async () => {
  const { kinds, report } = await tampered((all) => all.splice(lineOf(all, 100), 1));
  expect(kinds).toEqual(['removed 100']);
  expect(report.proven).toBe(344);
});

test('an inserted event is named by its line, a copied one by its number', async () => {
  let at = 0;
  const invented = await tampered((all) => {
    at = lineOf(all, 7) + 1;
    all.splice(at, 0, flipped(all[at - 1]!));
  });
  expect(invented.report.problems).toEqual([
    { kind: 'inserted', line: at + 1, message: 'an event that the log never had' },
  ]);
  const copied = await tampered((all) => all.splice(lineOf(all, 9), 0, all[lineOf(all, 7)]!));
  expect(copied.kinds).toEqual(['inserted 7']);
});

test('events in another order are named', async () => {
  const { kinds, report } = await tampered((all) => {
    const [one, two] = [lineOf(all, 20), lineOf(all, 21)];
    [all[one], all[two]] = [all[two]!, all[one]!];
  });
  expect(kinds).toEqual(['reordered 20']);
  expect(report.proven).toBe(345);
});

test('an event with another number is named', async () => {
  const { kinds } = await tampered((all) => {
    all[lineOf(all, 20)] = all[lineOf(all, 20)]!.replace('event 20', 'event 21');
  });
  expect(kinds).toEqual(['changed 20']);
});

test('a whole block with its hashes taken out is named, and what follows cannot be proven', async () => {
  const { kinds } = await tampered((all) => {
    const start = all.findIndex((line) => line.startsWith('hashes 45 '));
    const end = all.findIndex((line) => line.startsWith('hashes 301 '));
    all.splice(start, end - start);
  });
  expect(kinds).toEqual(expect.arrayContaining(['removed 45', 'unproven 45']));
});

test('changed hashes are told apart from changed events', async () => {
  const { report } = await tampered((all) => {
    const at = all.findIndex((line) => line.startsWith('hashes 45 '));
    const words = all[at]!.split(' ');
    words[10] = words[11]!;
    all[at] = words.join(' ');
  });
  expect(report.problems).toHaveLength(1);
  expect(report.problems[0]!.message).toMatch(
    /listed hashes were changed; the events below are those that were logged/,
  );
  expect(report.proven).toBe(345);
});

test('an event changed together with its hash is caught between the checkpoints around it', async () => {
  const { leafHash } = await import('../../../src/gateway/audit/merkle.ts');
  const { kinds, report } = await tampered((all) => {
    const at = lineOf(all, 30);
    all[at] = flipped(all[at]!);
    const hashes = all.findIndex((line) => line.startsWith('hashes 5 '));
    const words = all[hashes]!.split(' ');
    words[2 + 30 - 5] = leafHash(Buffer.from(all[at]!.split(' ')[2]!, 'base64')).toString('base64');
    all[hashes] = words.join(' ');
  });
  expect(kinds).toEqual(['changed 5', 'unproven 45']);
  expect(report.problems[0]!.message).toBe(
    'events 5 to 44 are not the ones that the checkpoint of 45 events signed',
  );
  expect(report.proven).toBe(5);
});

test.each([1, 3, 60, 200, 349, 357])('a file cut short behind line %d is truncated', async (count) => {
  const { report } = await tampered((all) => all.splice(count));
  expect(report.problems.map(({ kind }) => kind)).toContain('truncated');
});

test('a file cut at an earlier checkpoint, with its header set to match, is caught by its seal', async () => {
  const { report } = await tampered((all) => {
    const from = all.findIndex((line) => line.startsWith('hashes 45 '));
    const to = all.indexOf('seal');
    all.splice(from, to - from);
    all[3] = 'range 0 45';
  });
  expect(report.problems).toMatchObject([
    { kind: 'changed', message: expect.stringMatching(/not as it was sealed/) },
  ]);
});

test('a checkpoint taken out is caught by the seal', async () => {
  const { report } = await tampered((all) => {
    const at = all.indexOf('checkpoint');
    all.splice(at, 6);
  });
  expect(report.problems).toMatchObject([
    { kind: 'changed', message: expect.stringMatching(/beside the events was changed or taken out/) },
  ]);
});

test('a log signed again with another key passes only as long as no key is pinned', async () => {
  const of = await evidence([5, 40]);
  const forger = { ...of, key: generateSigningKey() };
  forger.log.database.exec('DELETE FROM checkpoints');
  forger.audit = new AuditLog(of.log, forger.key);
  forger.audit.checkpoint();
  const text = await exported(forger);
  expect(await verified(text)).toMatchObject({ ok: true, keyPinned: false, key: forger.audit.verifierKey });
  const report = await verified(text, { key: of.audit.verifierKey });
  expect(report.ok).toBe(false);
  expect(report.proven).toBe(0);
  expect(report.problems.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['re-signed']));
  expect(report.problems[0]).toMatchObject({ kind: 're-signed', line: 3 });
});

test('a history that forks from what was signed before is caught by an earlier checkpoint', async () => {
  const of = await evidence([5]);
  const real = await of.grow(40);
  // Whoever has key and database begins anew: same key, same log, other events.
  of.log.database.exec(
    'DELETE FROM checkpoints; DELETE FROM events WHERE idx >= 5; DELETE FROM tiles; DELETE FROM origins',
  );
  const fork = openEvidence();
  fork.log.database.exec(`UPDATE log SET id = '${of.audit.origin.split('/').at(-1)}'`);
  const forked = { ...fork, key: of.key, audit: new AuditLog(fork.log, of.key) };
  await fork.log.append({ host: 'h', boot: 'b', origin: 'o' }, []);
  const steps = openEvidence(fork.state);
  await steps.grow(45);
  forked.log.database.exec('DELETE FROM checkpoints');
  const text = await exported(forked);
  expect(await verified(text, { key: of.audit.verifierKey })).toMatchObject({ ok: true });
  const report = await verified(text, { key: of.audit.verifierKey, checkpoints: [real] });
  expect(report.problems).toMatchObject([
    { kind: 'forked', message: expect.stringMatching(/first 45 events once before, with another root/) },
  ]);
});

test('an earlier checkpoint that the log continues is found in it, also between its own', async () => {
  const of = await evidence([5]);
  const early = await of.grow(40);
  await of.grow(100);
  const text = await exported(of);
  const without = await exported({ ...of, audit: withoutCheckpoints(of) });
  for (const file of [text, without])
    expect(await verified(file, { checkpoints: [early] })).toMatchObject({ ok: true, unchecked: [] });
  expect(await verified(await exported(of, { from: 100 }), { checkpoints: [early] })).toMatchObject({
    ok: true,
    unchecked: [45],
  });
});

/** As if only the last checkpoint had been signed. */
function withoutCheckpoints({ log, key, audit }: Evidence): AuditLog {
  log.database.exec('DELETE FROM checkpoints');
  expect(parseVerifierKey(audit.verifierKey).name).toBe(audit.origin);
  return new AuditLog(log, key);
}

test('an earlier checkpoint of another log is refused', async () => {
  const [one, two] = [await evidence([5]), await evidence([5])];
  const report = await verified(await exported(one), { checkpoints: [two.audit.checkpoint().note] });
  expect(report.problems).toMatchObject([
    { kind: 're-signed', message: expect.stringMatching(/earlier checkpoint is not of this log's key/) },
  ]);
});

test.each(['', '\n', 'x', 'warder-audit-export/v1\n', '\0'.repeat(5000), 'event 1 AAAA\n'.repeat(10_000)])(
  'what is no export at all is a report, not an error',
  async (text) => {
    const report = await verified(text);
    expect(report.ok).toBe(false);
    expect(report.problems.length + report.more).toBeGreaterThan(0);
    expect(report.problems.length).toBeLessThanOrEqual(1000);
  },
);
