/**
 * What a gateway counts about itself, for Prometheus. docs/metrics.md is made from this table.
 */
import { statSync } from 'node:fs';
import { askProcess, counter, gauge, histogram, Metrics, PROCESS_METRICS } from '../base/metrics.ts';
import { toNumber } from '../contract/int64.ts';
import { Verdict } from '../contract/messages.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { Connections } from './connections.ts';
import type { PolicyAuthority } from './policy-authority.ts';
import type { Kind, LogEntry } from './store/entry.ts';
import type { SqliteEventLog } from './store/sqlite-event-log.ts';
import type { StoreTrouble } from './store-trouble.ts';

export const GATEWAY_METRICS = {
  build: gauge('warder_gateway_info', 'Which version runs; always 1.', ['version']),
  events: counter('warder_gateway_events_total', 'Events of runtimes that were stored.', ['kind', 'verdict']),
  append: histogram(
    'warder_gateway_append_seconds',
    'From a batch of a runtime in hand to its events on disk.',
  ),
  endToEnd: histogram(
    'warder_gateway_end_to_end_seconds',
    "From what happened on a host, by that host's clock, to its event on disk, for the first event of each batch.",
  ),
  refusals: counter('warder_gateway_store_refusals_total', 'Appends that the store refused, by the error.', [
    'code',
  ]),
  logEvents: gauge('warder_gateway_log_events', 'Events that the log has or had: the index of the next one.'),
  logBytes: gauge('warder_gateway_log_bytes', "Bytes of the log's file."),
  unsigned: gauge('warder_gateway_unsigned_events', 'Events behind the last signed checkpoint.'),
  runtimes: gauge('warder_gateway_runtimes', 'Runtimes that are attached.'),
  consumers: gauge('warder_gateway_consumer_streams', 'Streams of events that are open, by consumer.', [
    'consumer',
  ]),
  lag: gauge(
    'warder_gateway_consumer_lag_events',
    'Events that a consumer has still to be told, of its slowest stream.',
    ['consumer'],
  ),
  policyVersion: gauge(
    'warder_gateway_policy_version',
    'Version of the policy that was last given out, by agent.',
    ['agent'],
  ),
  connectionsEnded: counter(
    'warder_gateway_strange_connections_ended_total',
    'Connections of nobody known that gave way to newer ones.',
  ),
  holds: gauge('warder_gateway_holds_pending', 'Held actions that wait for a person.'),
  ...PROCESS_METRICS,
} as const;

export type GatewayMetrics = Metrics<keyof typeof GATEWAY_METRICS>;

/** A stream of a consumer, and how many events it is behind. */
export interface ConsumerLag {
  consumer: string;
  behind: number;
}

export function gatewayMetrics(about: {
  log: SqliteEventLog;
  audit: AuditLog;
  authority: PolicyAuthority;
  trouble: StoreTrouble;
  connections: Connections;
  version: string;
}): GatewayMetrics {
  const { log, audit, authority, trouble, connections, version } = about;
  const metrics = new Metrics(GATEWAY_METRICS);
  askProcess(metrics);
  metrics.ask('build', () => [[[version], 1]]);
  metrics.ask('refusals', () =>
    Object.entries(trouble.refusals).map(([code, count]) => [[code], count] as const),
  );
  metrics.ask('logEvents', () => [[[], log.sizeNow()]]);
  metrics.ask('logBytes', () => [[[], statSync(log.path).size]]);
  metrics.ask('unsigned', () => [[[], log.sizeNow() - (audit.latest()?.size ?? 0)]]);
  metrics.ask('policyVersion', () =>
    authority.versions().map(([agent, version]) => [[agent], version] as const),
  );
  metrics.ask('connectionsEnded', () => [[[], connections.ended]]);
  const pending = log.database.prepare("SELECT count(*) AS count FROM held_actions WHERE state = 'pending'");
  metrics.ask('holds', () => [[[], toNumber(pending.get()?.count as number)]]);
  return metrics;
}

/** @param sinceMs performance.now() of when the batch came */
export function countStored(metrics: GatewayMetrics, entries: readonly LogEntry[], sinceMs: number): void {
  // Added up first: labels are made for a kind and verdict once in a batch, not for each event.
  const kinds = new Map<Kind, Map<number, number>>();
  for (const { kind, verdict } of entries) {
    const verdicts = kinds.get(kind) ?? new Map<number, number>();
    kinds.set(kind, verdicts);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  for (const [kind, verdicts] of kinds) {
    for (const [verdict, events] of verdicts) metrics.count('events', [kind, verdictWord(verdict)], events);
  }
  metrics.observe('append', (performance.now() - sinceMs) / 1000);
  const first = entries[0];
  if (first)
    metrics.observe('endToEnd', Math.max(0, Date.now() / 1000 - Number(first.timeNs / 1_000_000n) / 1000));
}

export function askConsumers(metrics: GatewayMetrics, streams: () => readonly ConsumerLag[]): void {
  const by = (fold: (sum: number, behind: number) => number) => {
    const found = new Map<string, number>();
    for (const { consumer, behind } of streams()) found.set(consumer, fold(found.get(consumer) ?? 0, behind));
    return [...found].map(([consumer, value]) => [[consumer], value] as const);
  };
  metrics.ask('consumers', () => by((sum) => sum + 1));
  metrics.ask('lag', () => by(Math.max));
}

function verdictWord(verdict: number): string {
  const name = Verdict[verdict] ?? '';
  return verdict === 0 ? 'none' : name.replace('VERDICT_', '').toLowerCase();
}
