/**
 * The stages of the pipeline one after another, each on what the one before made of the same records: CPU of the
 * thread per event, and so the events per second that one core could do.
 *
 * A stage's time is that of the stages so far, less that of those before it. Regressions are judged by the quotient to a
 * loop over the same bytes, measured in between.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Event } from '../../src/contract/messages.ts';
import { receivedBatch } from '../../src/gateway/store/received.ts';
import { openEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../src/gateway/store/state-directory.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { decodeBatch } from '../../src/kernel/records.ts';
import { DecisionTexts } from '../../src/runtime/decision-texts.ts';
import { EventBuilder, type SealedEvent } from '../../src/runtime/event-builder.ts';
import { ExecIds } from '../../src/runtime/identity/exec-id.ts';
import { Processes } from '../../src/runtime/identity/processes.ts';
import { Users } from '../../src/runtime/identity/users.ts';
import { type HostRedactor, ownText, type Redactor } from '../../src/runtime/redaction/redacted.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { RuleTexts } from '../../src/runtime/rule-texts.ts';
import { RunStrings } from '../../src/runtime/runs/strings.ts';
import { type Batch, numberedBatches } from '../../src/runtime/uplink/event-batches.ts';
import { BOOT, HOST } from '../gateway/fixtures.ts';
import { type Captured, capture } from './capture.ts';
import { type Bound, figure, type Part } from './figure.ts';
import { diskDirectory } from './place.ts';
import { median, type Spread, spread } from './statistics.ts';

const RUN = '018f2d3e-0000-7000-8000-000000000001';
const AGENT = 'spiffe://warder.local/bench/enforce/worker';
const POLICY = 1;

/** Lets every string through: what is left is the work around the redactor. */
const NOTHING: Redactor = {
  argv: (argv) => argv.map(ownText),
  env: (env) => env.map(ownText),
  path: ownText,
  text: ownText,
};

/** A host's whose runs all have this one. */
function hostOf(redactor: Redactor): HostRedactor {
  return {
    argv: (...words) => redactor.argv(...words),
    env: (...words) => redactor.env(...words),
    path: (...words) => redactor.path(...words),
    text: (...words) => redactor.text(...words),
    forRun: () => redactor,
    forget: () => {},
  };
}

function builder(redactor: Redactor): EventBuilder {
  const decisions = new DecisionTexts(
    { address: `sha256:${'0'.repeat(64)}`, rules: [], layers: ['bench'] },
    new RuleTexts(hostOf(redactor)),
  );
  return new EventBuilder({
    processes: new Processes(new ExecIds(BOOT)),
    users: new Users(),
    runs: new Map([[1, { run: RUN, agent: AGENT, strings: new RunStrings(redactor) }]]),
    decisions: new Map([[POLICY, decisions]]),
    undecided: decisions,
    toUnixNs: (ns) => ns + 1_700_000_000_000_000_000n,
  });
}

/** Nanoseconds of this thread's CPU. */
function cpuOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) * 1000;
}

interface Stage {
  id: string;
  text: string;
  goal?: Bound;
}

const STAGES: readonly Stage[] = [
  { id: 'decode', text: 'decode: bytes to an object' },
  { id: 'enrich', text: 'enrich: process, user, run, decision' },
  { id: 'redact', text: 'redact: every string, most of them seen before' },
  { id: 'encode', text: 'number and encode, in batches' },
  { id: 'receive', text: 'gateway: decode, check, make ready' },
  { id: 'store', text: 'gateway: append to log, index and audit tree, on disk' },
];

let sink = 0;

/** Every byte read once: what the machine can do at that moment. */
function readAll(batches: readonly Buffer[]): void {
  for (const batch of batches) {
    const words = new Uint32Array(batch.buffer, batch.byteOffset, batch.length >> 2);
    let sum = 0;
    for (let index = 0; index < words.length; index++) sum = (sum + words[index]!) | 0;
    sink ^= sum;
  }
}

interface Round extends Record<string, number> {
  reference: number;
}

/** One pass over all batches, nanoseconds of each stage. Batches go through one by one, as they do in the runtime. */
function pass(
  { batches, events }: Captured,
  plain: EventBuilder,
  redacting: EventBuilder,
): { round: Round; sent: Batch[] } {
  const round: Round = { reference: 0, decode: 0, enrich: 0, redact: 0, encode: 0, receive: 0 };
  const sent: Batch[] = [];
  let last = 0;
  const build = (of: EventBuilder, decoded: readonly KernelEvent[]): SealedEvent[] => {
    const built: SealedEvent[] = [];
    for (const event of decoded) {
      const one = of.build(event);
      if (one) built.push(one);
    }
    return built;
  };
  round.reference = cpuOf(() => readAll(batches)) / events;
  for (const bytes of batches) {
    let decoded: KernelEvent[] = [];
    let built: SealedEvent[] = [];
    let encoded: Batch[] = [];
    round.decode! += cpuOf(() => {
      decoded = decodeBatch(bytes);
    });
    const enrich = cpuOf(() => {
      sink += build(plain, decoded).length;
    });
    round.enrich! += enrich;
    round.redact! +=
      cpuOf(() => {
        built = build(redacting, decoded);
      }) - enrich;
    round.encode! += cpuOf(() => {
      encoded = [...numberedBatches(built as Event[], last)];
    });
    last += built.length;
    for (const batch of encoded) {
      round.receive! += cpuOf(() => {
        sink += receivedBatch(
          Buffer.from(batch.message.buffer, batch.message.byteOffset, batch.message.length),
        )!.entries.length;
      });
    }
    sent.push(...encoded);
  }
  for (const { id } of STAGES) if (id in round) round[id]! /= events;
  return { round, sent };
}

/** CPU and time per event of the log alone. */
async function store(sent: readonly Batch[]): Promise<{ cpuNs: number; ns: number; bytes: number }> {
  const state = join(diskDirectory(), 'log');
  openGatewayDirectory(state);
  const log = openEventLog(state);
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  const groups = sent.map(({ message }) => receivedBatch(Buffer.from(message))!.entries);
  const before = process.threadCpuUsage();
  const start = performance.now();
  for (const entries of groups) await log.append(origin, entries);
  const ns = (performance.now() - start) * 1e6;
  const { user, system } = process.threadCpuUsage(before);
  const events = groups.reduce((sum, { length }) => sum + length, 0);
  await log.close();
  const bytes = sent.reduce((sum, { message }) => sum + message.length, 0);
  return { cpuNs: ((user + system) * 1000) / events, ns: ns / events, bytes: bytes / events };
}

/** Paths that no cache knows, each redacted once: nanoseconds of one. */
function unseenPaths(redactor: Redactor, round: number): number {
  const counts = {};
  const paths = Array.from(
    { length: 5000 },
    (_, index) => `/home/user/project-${round}/node_modules/package-${index % 97}/dist/module-${index}.js`,
  );
  const ns = cpuOf(() => {
    for (const path of paths) sink += redactor.path(path, counts).length;
  });
  return ns / paths.length;
}

export async function stagesPart(rounds: number): Promise<Part> {
  const captured = await capture(60_000);
  const redactor = createRedactor();
  const plain = builder(NOTHING);
  const redacting = builder(redactor.forRun(RUN));
  const warm = pass(captured, plain, redacting);
  const measured: Round[] = [];
  let bytes = 0;
  for (let index = 0; index < rounds; index++) {
    const { round, sent } = pass(captured, plain, redacting);
    const { cpuNs, bytes: each } = await store(sent.slice(0, 60));
    round.store = cpuNs;
    round.unseen = unseenPaths(redactor, index);
    bytes = each;
    measured.push(round);
  }
  if (sink === -1 || warm.sent.length === 0) console.log(sink);
  const reference = median(measured.map(({ reference: ns }) => ns));
  const of = (id: string): Spread => spread(measured.map((round) => round[id]!));
  const total = (ids: readonly string[]): Spread =>
    spread(measured.map((round) => ids.reduce((sum, id) => sum + round[id]!, 0)));
  const runtime = ['decode', 'enrich', 'redact', 'encode'];
  const gateway = ['receive', 'store'];
  const row = (id: string, text: string, value: Spread, goal?: Bound) =>
    figure(`stage/${id}`, text, 'ns', value, {
      relative: value.median / reference,
      // Stages are differences of two passes: a small one may come out as nothing.
      remark:
        value.median > 0
          ? `${Math.round(1e9 / value.median).toLocaleString('en')}/s on one core`
          : 'less than the spread of the passes',
      ...(goal ? { goal } : {}),
    });
  return {
    title: 'CPU per event, stage by stage',
    about:
      `Of ${captured.events.toLocaleString('en')} records of gcc, python, a shell script, git status and grep under a policy of ` +
      `1,000 rules, ${Math.round(captured.bytes / captured.events)} bytes each from the kernel and ${Math.round(bytes)} on the wire. ` +
      `Thread CPU, medians of ${rounds} passes; reading each byte once takes ${reference.toFixed(0)} ns an event.`,
    figures: [
      ...STAGES.map(({ id, text, goal }) => row(id, text, of(id), goal)),
      row('unseen', 'redact: a path that was not seen before', of('unseen')),
      row('runtime', 'runtime: all of its stages', total(runtime)),
      row('gateway', 'gateway: all of its stages', total(gateway)),
      row('all', 'all, without gRPC', total([...runtime, ...gateway]), { most: 20_000 }),
    ],
  };
}
