/**
 * Numbers about a process for Prometheus: a table of metrics, their values, and the text that scrapers take
 * (exposition format 0.0.4).
 *
 * In:     a table; counts, observations, and functions that are asked at each scrape.
 * Out:    text with every metric of the table, those without a value by their head alone.
 * Bounds: a metric has at most `SERIES_MOST` combinations of labels; what comes past it counts under `other`.
 */
export interface Metric {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
}

/** A value under its labels, in the order of the metric's. */
export type Sample = readonly [labels: readonly string[], value: number];

interface Observed {
  counts: number[];
  sum: number;
  total: number;
}

const SERIES_MOST = 2000;
const OTHER = 'other';
/** Seconds: from a tenth of a millisecond, in steps of about three. */
const BUCKETS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60];

export class Metrics<Name extends string> {
  readonly #table: Readonly<Record<Name, Metric>>;
  readonly #counts = new Map<Name, Map<string, number>>();
  readonly #observed = new Map<Name, Observed>();
  readonly #sources = new Map<Name, () => Iterable<Sample>>();

  constructor(table: Readonly<Record<Name, Metric>>) {
    this.#table = table;
  }

  count(name: Name, labels: readonly string[] = [], by = 1): void {
    const series = this.#counts.get(name) ?? new Map<string, number>();
    this.#counts.set(name, series);
    let key = labels.join('\0');
    if (!series.has(key) && series.size >= SERIES_MOST) key = labels.map(() => OTHER).join('\0');
    series.set(key, (series.get(key) ?? 0) + by);
  }

  observe(name: Name, seconds: number): void {
    const observed = this.#observed.get(name) ?? { counts: BUCKETS.map(() => 0), sum: 0, total: 0 };
    this.#observed.set(name, observed);
    const at = BUCKETS.findIndex((most) => seconds <= most);
    if (at >= 0) observed.counts[at]!++;
    observed.sum += seconds;
    observed.total++;
  }

  /** What is asked at each scrape. One that throws is left out of it. */
  ask(name: Name, source: () => Iterable<Sample>): void {
    this.#sources.set(name, source);
  }

  expose(): string {
    const names = Object.keys(this.#table) as Name[];
    return `${names.flatMap((name) => [...this.#linesOf(name)]).join('\n')}\n`;
  }

  *#linesOf(name: Name): Generator<string> {
    const metric = this.#table[name];
    yield `# HELP ${metric.name} ${metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`;
    yield `# TYPE ${metric.name} ${metric.type}`;
    const observed = this.#observed.get(name);
    if (observed) yield* histogramLines(metric.name, observed);
    for (const [labels, value] of this.#samples(name)) {
      yield `${metric.name}${labelText(metric.labels, labels)} ${value}`;
    }
  }

  #samples(name: Name): Sample[] {
    try {
      const counted = [...(this.#counts.get(name) ?? [])];
      return [
        ...counted.map(([key, value]): Sample => [key.split('\0'), value]),
        ...(this.#sources.get(name)?.() ?? []),
      ].slice(0, SERIES_MOST + 1);
    } catch {
      return []; // what it asks is about to close
    }
  }
}

export function counter(name: string, help: string, labels: readonly string[] = []): Metric {
  return { name, type: 'counter', help, labels };
}

export function gauge(name: string, help: string, labels: readonly string[] = []): Metric {
  return { name, type: 'gauge', help, labels };
}

export function histogram(name: string, help: string): Metric {
  return { name, type: 'histogram', help, labels: [] };
}

/** What every process has; names as Prometheus's client libraries have them. */
export const PROCESS_METRICS = {
  cpu: counter('process_cpu_seconds_total', 'Processor time of this process, in user space and kernel.'),
  resident: gauge('process_resident_memory_bytes', 'Resident memory of this process.'),
  started: gauge('process_start_time_seconds', 'When this process began, in seconds since 1970.'),
} as const;

export function askProcess(metrics: {
  ask(name: keyof typeof PROCESS_METRICS, source: () => Iterable<Sample>): void;
}): void {
  const started = Date.now() / 1000 - process.uptime();
  metrics.ask('cpu', () => {
    const { user, system } = process.cpuUsage();
    return [[[], (user + system) / 1e6]];
  });
  metrics.ask('resident', () => [[[], process.memoryUsage.rss()]]);
  metrics.ask('started', () => [[[], started]]);
}

function* histogramLines(name: string, { counts, sum, total }: Observed): Generator<string> {
  let below = 0;
  for (const [at, most] of BUCKETS.entries()) {
    below += counts[at]!;
    yield `${name}_bucket{le="${most}"} ${below}`;
  }
  yield `${name}_bucket{le="+Inf"} ${total}`;
  yield `${name}_sum ${sum}`;
  yield `${name}_count ${total}`;
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const text = (value: string) =>
    value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `{${names.map((name, at) => `${name}="${text(values[at] ?? '')}"`).join(',')}}`;
}
