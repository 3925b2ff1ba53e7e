/**
 * docs/metrics.md is what the tables of metrics say; the dashboard asks for what there is. After a change:
 *
 *     npx vitest run --project unit test/docs -u
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { counter, gauge, histogram, type Metric, Metrics } from '../../src/base/metrics.ts';
import { GATEWAY_METRICS } from '../../src/gateway/metrics.ts';
import { RUNTIME_METRICS } from '../../src/runtime/metrics.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));

const HEAD = `# Metrics

For Prometheus, on loopback, where the configuration of a service says so:

    # /etc/warder/runtime.yaml
    metrics: {listen: "127.0.0.1:9464"}

    # /etc/warder/gateway.yaml
    metrics: {listen: "127.0.0.1:9465"}

| page | |
|---|---|
| \`/metrics\` | all that stands below, in the text format 0.0.4 |
| \`/healthz\` | 200 while the service's event loop turns |
| \`/readyz\` | 200, or 503 and why: the runtime is not attached to its gateway, the gateway cannot store |

A runtime that is not ready governs all the same. The pages are for anyone on the host: agents' names stand in them, and nothing of what
agents do. An agent reads them if its policy lets it connect there.

\`packaging/grafana/warder.json\` (installed in \`/usr/share/warder/\`) is a dashboard over them for Grafana 10 or newer.

Alerts worth having: \`increase(warder_runtime_lost_records_total[5m]) > 0\` (the record has holes, and says so),
\`warder_runtime_attached == 0\` for longer than a lease, \`warder_runtime_lease_seconds < 60\`,
\`warder_runtime_ring_bytes / warder_runtime_ring_size_bytes > 0.5\`, \`warder_gateway_store_refusals_total\` rising.

Written by \`npx vitest run --project unit test/docs -u\` from src/runtime/metrics.ts and src/gateway/metrics.ts.
`;

function table(title: string, metrics: Readonly<Record<string, Metric>>): string {
  const rows = Object.values(metrics).map(({ name, type, labels, help }) => {
    const by = labels.length > 0 ? labels.map((label) => `\`${label}\``).join(', ') : '';
    return `| \`${name}\` | ${type} | ${by} | ${help} |`;
  });
  return `## ${title}\n\n| metric | type | labels | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

test('docs/metrics.md is what the tables say', async () => {
  const sections = [HEAD, table('Runtime', RUNTIME_METRICS), table('Gateway', GATEWAY_METRICS)];
  await expect(sections.join('\n')).toMatchFileSnapshot(DOCUMENT);
});

test('the dashboard asks for metrics and labels that there are', () => {
  const dashboard = JSON.parse(readFileSync('packaging/grafana/warder.json', 'utf8'));
  const expressions: string[] = dashboard.panels.flatMap((panel: { targets: { expr: string }[] }) =>
    panel.targets.map(({ expr }) => expr),
  );
  const names = [...Object.values(RUNTIME_METRICS), ...Object.values(GATEWAY_METRICS)].flatMap(
    ({ name, type }) => (type === 'histogram' ? [`${name}_bucket`] : [name]),
  );
  expect(expressions.length).toBeGreaterThan(12);
  for (const expression of expressions) {
    const asked = expression.match(/warder_\w+/g) ?? [];
    expect(asked.length, expression).toBeGreaterThan(0);
    for (const name of asked) expect(names, expression).toContain(name);
  }
});

const TABLE = {
  events: counter('x_events_total', 'A line\nand \\ another.', ['kind']),
  depth: gauge('x_depth', 'How deep.', ['of']),
  time: histogram('x_seconds', 'How long.'),
};

test('the text format: heads, escapes, buckets that add up', () => {
  const metrics = new Metrics(TABLE);
  metrics.count('events', ['a"b\n']);
  metrics.count('events', ['a"b\n'], 2);
  metrics.ask('depth', () => [[['c'], 1.5]]);
  for (const seconds of [0.00005, 0.02, 100]) metrics.observe('time', seconds);
  const lines = metrics.expose().split('\n');
  expect(lines.slice(0, 6)).toEqual([
    '# HELP x_events_total A line\\nand \\\\ another.',
    '# TYPE x_events_total counter',
    'x_events_total{kind="a\\"b\\n"} 3',
    '# HELP x_depth How deep.',
    '# TYPE x_depth gauge',
    'x_depth{of="c"} 1.5',
  ]);
  expect(lines).toContain('x_seconds_bucket{le="0.0001"} 1');
  expect(lines).toContain('x_seconds_bucket{le="0.03"} 2');
  expect(lines).toContain('x_seconds_bucket{le="60"} 2');
  expect(lines).toContain('x_seconds_bucket{le="+Inf"} 3');
  expect(lines).toContain('x_seconds_count 3');
});

test('labels beyond bound count under one', () => {
  const metrics = new Metrics(TABLE);
  for (let at = 0; at < 2100; at++) metrics.count('events', [`${at}`]);
  expect(metrics.expose()).toContain('x_events_total{kind="other"} 100\n');
  expect(metrics.expose().match(/^x_events_total/gm)!.length).toBeLessThanOrEqual(2001);
});

test('what cannot be asked is left out, and the rest is there', () => {
  const metrics = new Metrics(TABLE);
  metrics.ask('depth', () => {
    throw new Error('closed');
  });
  metrics.count('events', ['k']);
  expect(metrics.expose()).toContain('x_events_total{kind="k"} 1');
});
