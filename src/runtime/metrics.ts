/**
 * What a runtime counts about itself, for Prometheus. docs/metrics.md is made from this table.
 */
import { askProcess, counter, gauge, histogram, Metrics, PROCESS_METRICS } from '../base/metrics.ts';
import { toNumber } from '../contract/int64.ts';
import { type Event, Outcome, Verdict } from '../contract/messages.ts';
import type { Runtime } from './runtime.ts';
import type { Uplink } from './uplink/uplink.ts';

export const RUNTIME_METRICS = {
  build: gauge('warder_runtime_info', 'Which version runs; always 1.', ['version']),
  events: counter('warder_runtime_events_total', 'Events of governed processes, by what became of them.', [
    'kind',
    'verdict',
    'outcome',
  ]),
  lost: counter(
    'warder_runtime_lost_records_total',
    'Records of the kernel that did not reach this process, since the programs were loaded.',
    ['kind', 'cause'],
  ),
  ringBytes: gauge('warder_runtime_ring_bytes', 'Bytes that wait in a ring buffer.', ['ring']),
  ringSize: gauge('warder_runtime_ring_size_bytes', 'Bytes that a ring buffer holds at most.', ['ring']),
  batch: histogram(
    'warder_runtime_batch_seconds',
    'From a batch of records in hand to its events taken over by the uplink.',
  ),
  endToEnd: histogram(
    'warder_runtime_end_to_end_seconds',
    "From what happened in the kernel to its event in the gateway's log, for the first event of each batch.",
  ),
  attached: gauge('warder_runtime_attached', '1 while the stream to the gateway stands.'),
  unacknowledged: gauge(
    'warder_runtime_unacknowledged_events',
    "Events that are not in the gateway's log yet.",
  ),
  pending: gauge('warder_runtime_pending_bytes', 'Bytes of those events.'),
  spool: gauge(
    'warder_runtime_spool_bytes',
    'Bytes of the spool, what earlier processes left in it included.',
  ),
  runs: gauge('warder_runtime_runs', 'Runs under way: started by Warder, or adopted.', ['how']),
  processes: gauge('warder_runtime_governed_processes', 'Processes under runs.'),
  policyVersion: gauge(
    'warder_runtime_policy_version',
    'Version of the policy in force, of agents with runs.',
    ['agent'],
  ),
  policyAge: gauge('warder_runtime_policy_age_seconds', 'Since the policy in force was issued or renewed.', [
    'agent',
  ]),
  lease: gauge(
    'warder_runtime_lease_seconds',
    'Until the lease of the policy in force ends; below 0 everything is refused.',
    ['agent'],
  ),
  programs: gauge(
    'warder_runtime_programs',
    'Kernel programs by what became of them: attached, loaded (not needed now), refused (by this kernel).',
    ['state'],
  ),
  mechanism: gauge(
    'warder_runtime_mechanism',
    'What a refusal comes to on this host, by category; always 1.',
    ['category', 'strength', 'by'],
  ),
  ...PROCESS_METRICS,
} as const;

export type RuntimeMetrics = Metrics<keyof typeof RUNTIME_METRICS>;

export function runtimeMetrics(): RuntimeMetrics {
  const metrics = new Metrics(RUNTIME_METRICS);
  askProcess(metrics);
  return metrics;
}

export function countEvent(metrics: RuntimeMetrics, event: Event): void {
  const { verdict, outcome } = event.decision ?? {};
  metrics.count('events', [kindOf(event), VERDICTS[verdict ?? 0]!, OUTCOMES[outcome ?? 0]!]);
}

export function askRuntime(
  metrics: RuntimeMetrics,
  { runtime, uplink, version }: { runtime: Runtime; uplink: Uplink; version: string },
): void {
  metrics.ask('build', () => [[[version], 1]]);
  metrics.ask('lost', () =>
    runtime.losses().map(({ kind, cause, records }) => [[kind, cause], Number(records)] as const),
  );
  metrics.ask('ringBytes', () => runtime.rings().map(({ ring, used }) => [[ring], used] as const));
  metrics.ask('ringSize', () => runtime.rings().map(({ ring, size }) => [[ring], size] as const));
  metrics.ask('attached', () => [[[], uplink.isAttached ? 1 : 0]]);
  metrics.ask('unacknowledged', () => [[[], uplink.unacknowledged]]);
  metrics.ask('pending', () => [[[], uplink.pendingBytes]]);
  metrics.ask('spool', () => [[[], uplink.spoolBytes]]);
  metrics.ask('runs', () => {
    const runs = runtime.runs();
    const adopted = runs.filter((run) => run.adopted !== undefined).length;
    return [
      [['started'], runs.length - adopted],
      [['adopted'], adopted],
    ];
  });
  metrics.ask('processes', () => [
    [[], [...runtime.processCounts().values()].reduce((sum, one) => sum + one, 0)],
  ]);
  const policies = () => runtime.policies();
  metrics.ask('policyVersion', () =>
    policies().map(({ agent, policy }) => [[agent], toNumber(policy.version)] as const),
  );
  metrics.ask('policyAge', () =>
    policies().map(
      ({ agent, policy }) => [[agent], (Date.now() - toNumber(policy.issuedUnixMs)) / 1000] as const,
    ),
  );
  metrics.ask('lease', () =>
    policies().map(
      ({ agent, policy }) => [[agent], (toNumber(policy.leaseUnixMs) - Date.now()) / 1000] as const,
    ),
  );
  metrics.ask('programs', () => {
    const counts: Record<string, number> = { attached: 0, loaded: 0, refused: 0 };
    for (const { available, attached } of runtime.programs()) {
      counts[attached ? 'attached' : available ? 'loaded' : 'refused']!++;
    }
    return Object.entries(counts).map(([state, count]) => [[state], count] as const);
  });
  metrics.ask('mechanism', () =>
    runtime.mechanisms.map(({ category, strength, by }) => [[category, strength, by], 1] as const),
  );
}

/** What there is most of comes first. */
const KINDS = [
  ...['fileOpen', 'exec', 'forked', 'exited', 'fileChange', 'load', 'network', 'privileged', 'loss'],
  ...['contextChange', 'nameLookup', 'usage', 'runStarted', 'runEnded', 'notice'],
] as const;

/** Fields of Event, as its JSON form has them. */
function kindOf(event: Event): string {
  return KINDS.find((kind) => event[kind as keyof Event]) ?? 'other';
}

/** By number; made once, for every event asks for two of them. VERDICT_ALLOW: allow; nothing judged: none. */
const VERDICTS = wordsOf(Verdict);
const OUTCOMES = wordsOf(Outcome);

function wordsOf(names: Readonly<Record<string | number, string | number>>): string[] {
  const numbers = Object.values(names).filter((value) => typeof value === 'number');
  return Array.from({ length: Math.max(...numbers) + 1 }, (_, number) => {
    const text = String(names[number])
      .replace(/^[A-Z]+_/, '')
      .toLowerCase();
    return text === 'unspecified' ? 'none' : text;
  });
}
