/** How a process is told: once for all of its events, for as long as there is it. */
import { expect, test } from 'vitest';
import type { KernelEvent, KernelHead, KernelRuling } from '../../src/kernel/events.ts';
import { DecisionTexts } from '../../src/runtime/decision-texts.ts';
import { EventBuilder } from '../../src/runtime/event-builder.ts';
import { ExecIds } from '../../src/runtime/identity/exec-id.ts';
import { Processes } from '../../src/runtime/identity/processes.ts';
import { Users } from '../../src/runtime/identity/users.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { RuleTexts } from '../../src/runtime/rule-texts.ts';
import { RunStrings } from '../../src/runtime/runs/strings.ts';

const NOTHING: KernelRuling = { verdict: 'none', reason: 'none', layer: 0, rule: 0 };

function builder(): EventBuilder {
  const redactor = createRedactor();
  const decisions = new DecisionTexts(
    { address: `sha256:${'0'.repeat(64)}`, rules: [], layers: ['test'] },
    new RuleTexts(redactor),
  );
  return new EventBuilder({
    processes: new Processes(new ExecIds('b0070000-0000-4000-8000-000000000001')),
    users: new Users(),
    runs: new Map([[1, { run: 'run', agent: 'agent', strings: new RunStrings(redactor) }]]),
    decisions: new Map(),
    undecided: decisions,
    toUnixNs: (ns) => ns,
  });
}

function head(tgid: number): KernelHead {
  return {
    timeNs: 5n,
    startNs: 4n,
    tgid,
    tid: tgid,
    run: 1,
    policy: 0,
    ruling: NOTHING,
    would: NOTHING,
    outcome: 'done',
    category: 0,
    uid: 0,
    comm: 'tool',
    flags: 0,
  };
}

const open = (tgid: number): KernelEvent => ({
  ...head(tgid),
  kind: 'open',
  inode: 1n,
  sizeBytes: 1n,
  device: 1,
  openFlags: 0,
  mode: 0,
  path: '/srv/file',
});
const exit = (tgid: number): KernelEvent => ({ ...head(tgid), kind: 'exit', status: 0 });

test('events of a process share what tells it, its end among them', () => {
  const { process } = new Teller().tell(open(7), open(7), exit(7));
  expect(process[1]).toBe(process[0]);
  expect(process[2]).toBe(process[0]);
});

test('what a process did last is told with the same, although its end comes first, by another ring', () => {
  const { process } = new Teller().tell(open(7), exit(7), open(7));
  expect(process[2]).toBe(process[0]);
});

test('of one that ended long ago nothing but its id is kept: what comes late tells it anew, with the same words', () => {
  const others = Array.from({ length: 256 }, (_, index) => exit(1000 + index));
  const { process } = new Teller().tell(open(7), exit(7), ...others, open(7), open(8));
  expect(process.at(-2)).not.toBe(process[0]);
  expect(process.at(-2)).toEqual(process[0]);
  expect(process.at(-1)?.execId).not.toBe(process[0]?.execId);
});

class Teller {
  readonly #builder = builder();

  tell(...events: KernelEvent[]) {
    return { process: events.map((event) => this.#builder.build(event)?.process) };
  }
}
