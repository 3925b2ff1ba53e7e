/**
 * Keeps adopted runs in line with the rules of the configuration: what a rule names is adopted as soon as it is seen,
 * what no rule names any more is set free. Runs that people adopted by command are left alone.
 *
 * In:     rules and engines (`apply`, again after each change of the configuration).
 * Out:    runs of the runtime's; what could not be adopted is told, and tried again.
 *
 * Units, cgroups and executables that are named whole are the kernel's to find: nothing slips in between. What is named
 * by a pattern is found when its cgroup is made, containers when their engine says that they were created: either is
 * before their first process, but user space is told of it and may come late. It takes in what is there by then.
 */
import { basename } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { AdoptedRun, AdoptRequest, RunResult, RunSummary } from '../runs/run.ts';
import { CgroupWatch } from './cgroup-watch.ts';
import type { Container } from './engine.ts';
import { Engines } from './engines.ts';
import {
  type AdoptionRule,
  agentOf,
  containerMatches,
  isGlob,
  matchesGlob,
  type Naming,
  unitNaming,
} from './rules.ts';
import { type AdoptionTarget, containerName, isSystemUnit } from './target.ts';

export interface AdoptingRuntime {
  adopt(request: AdoptRequest): Promise<AdoptedRun>;
  release(run: string): Promise<RunResult>;
  refresh(run: string): void;
  runs(): RunSummary[];
}

export interface KeeperOptions {
  runtime: AdoptingRuntime;
  cgroup2: string;
  onAdopted(run: { what: string; agent: string; run: string; processes: number }): void;
  onReleased(run: { what: string; run: string }): void;
  onProblem(error: WarderError): void;
}

type Wanted = AdoptRequest & { what: string };

/** Programs that were replaced, what failed, what has gone. */
const TICK_MS = 2000;
const AGAIN_MS = 10_000;
/** A unit that starts again is under its run from its first process if it does so in this time. */
const GONE_MS = 10_000;
const UNIT = /\.(service|scope|slice)$/;

export class AdoptionKeeper {
  readonly #options: KeeperOptions;
  readonly #tick: NodeJS.Timeout;
  readonly #busy = new Set<string>();
  readonly #failed = new Map<string, { message: string; at: number }>();
  readonly #gone = new Map<string, number>();
  #rules: readonly AdoptionRule[] = [];
  #watch: CgroupWatch | undefined;
  #engines: Engines | undefined;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#tick = setInterval(() => this.#onTick(), TICK_MS).unref();
  }

  /** Resolves once what these rules name, and was seen by now, has been adopted. */
  async apply(rules: readonly AdoptionRule[], engines: readonly string[]): Promise<void> {
    this.#rules = rules;
    this.#failed.clear();
    this.#watch?.close();
    this.#engines?.close();
    const { cgroup2, onProblem } = this.#options;
    const changed = () => void this.#reconcile();
    const patterns = rules.some(({ units, cgroups }) => [...units, ...cgroups].some(isGlob));
    this.#watch = patterns ? new CgroupWatch(cgroup2, changed) : undefined;
    const containers = rules.some((rule) => rule.containers);
    this.#engines = containers ? new Engines(engines, changed, onProblem) : undefined;
    await this.#reconcile();
  }

  /** Runs stay as they are. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#tick);
    this.#watch?.close();
    this.#engines?.close();
  }

  #onTick(): void {
    for (const { run, adopted } of this.#byRule()) {
      if (!adopted!.startsWith('program ')) continue;
      try {
        this.#options.runtime.refresh(run);
      } catch {
        // It is being replaced, or gone: whoever runs it stays governed.
      }
    }
    void this.#reconcile();
  }

  async #reconcile(): Promise<void> {
    if (this.#closed) return;
    const wanted = this.#wanted();
    const runs = this.#options.runtime.runs();
    const adopted = new Map(runs.flatMap((run) => (run.adopted ? [[run.adopted, run] as const] : [])));
    const missing = [...wanted.values()].filter(({ what }) => !adopted.has(what) && this.#isDue(what));
    const over = this.#byRule().filter((run) => this.#isOver(run, wanted.get(run.adopted!)));
    await Promise.all([...missing.map((one) => this.#adopt(one)), ...over.map((run) => this.#release(run))]);
  }

  #byRule(): RunSummary[] {
    return this.#options.runtime.runs().filter(({ by }) => by === 'rule');
  }

  #isDue(what: string): boolean {
    const { at = 0 } = this.#failed.get(what) ?? {};
    return !this.#busy.has(what) && Date.now() - at > AGAIN_MS;
  }

  #isOver(run: RunSummary, wanted: Wanted | undefined): boolean {
    const what = run.adopted!;
    if (this.#busy.has(what)) return false;
    if (wanted) {
      this.#gone.delete(what);
      return wanted.agent !== run.agent;
    }
    // What an engine that has not spoken yet may still tell of.
    if (what.startsWith('container ') && this.#engines && !this.#engines.complete) return false;
    const since = this.#gone.get(what) ?? Date.now();
    this.#gone.set(what, since);
    return Date.now() - since >= GONE_MS || !this.#isNamed(what);
  }

  /** Whether a rule would name it were it there. */
  #isNamed(what: string): boolean {
    const [kind = '', name = ''] = what.split(/ (.*)/s);
    // A container that its engine has no more will not come again.
    return this.#rules.some(({ units, cgroups, executables }) => {
      if (kind === 'unit') return units.some((pattern) => matchesGlob(pattern, name));
      if (kind === 'cgroup') return cgroups.some((pattern) => matchesGlob(pattern, name));
      return kind === 'program' && executables.includes(name);
    });
  }

  async #adopt({ what, ...request }: Wanted): Promise<void> {
    this.#busy.add(what);
    try {
      const adopted = await this.#options.runtime.adopt(request);
      adopted.ended.catch(() => {});
      this.#failed.delete(what);
      const { run } = adopted;
      this.#options.onAdopted({ what, agent: request.agent, run, processes: adopted.processes() });
    } catch (error) {
      this.#tell(what, error as WarderError);
    } finally {
      this.#busy.delete(what);
    }
  }

  async #release({ run, adopted: what = '' }: RunSummary): Promise<void> {
    this.#busy.add(what);
    this.#gone.delete(what);
    try {
      await this.#options.runtime.release(run);
      this.#options.onReleased({ what, run });
    } catch (error) {
      this.#options.onProblem(error as WarderError);
    } finally {
      this.#busy.delete(what);
    }
    // Another rule names it.
    const again = this.#wanted().get(what);
    if (again && !this.#closed) await this.#adopt(again);
  }

  #tell(what: string, error: WarderError): void {
    const known = this.#failed.get(what)?.message === error.message;
    this.#failed.set(what, { message: error.message, at: Date.now() });
    if (known || this.#closed) return;
    const { code, message, fix } = error;
    this.#options.onProblem(
      new WarderError(code, `what a rule of \`adopt\` names is not governed: ${message}`, fix, {
        cause: error,
      }),
    );
  }

  /** By what each is named; the first rule that names a thing has it. */
  #wanted(): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    const add = (what: string, target: AdoptionTarget, rule: AdoptionRule, naming: Naming): void => {
      if (wanted.has(what)) return;
      const { workspace } = rule;
      const agent = agentOf(rule.agent, naming);
      wanted.set(what, { what, target, agent, workspace, labels: naming.labels ?? {}, by: 'rule' });
    };
    const paths = [...(this.#watch?.paths() ?? [])];
    const containers = [...(this.#engines?.containers() ?? [])];
    for (const rule of this.#rules) {
      for (const unit of rule.units.flatMap((pattern) => unitsOf(pattern, paths))) {
        add(`unit ${unit}`, { unit }, rule, { ...unitNaming(unit), labels: { unit } });
      }
      for (const cgroup of rule.cgroups.flatMap((pattern) => cgroupsOf(pattern, paths))) {
        add(`cgroup ${cgroup}`, { cgroup }, rule, { name: basename(cgroup) });
      }
      for (const exe of rule.executables) add(`program ${exe}`, { exe }, rule, { name: basename(exe) });
      for (const container of containers) {
        if (!rule.containers || !containerMatches(rule.containers, container)) continue;
        const { id, cgroup: path } = container;
        add(containerName(id), { container: { id, path } }, rule, containerNaming(container));
      }
    }
    return wanted;
  }
}

function unitsOf(pattern: string, paths: readonly string[]): string[] {
  if (!isGlob(pattern)) return [pattern];
  const units = paths
    .filter(isSystemUnit)
    .map((path) => basename(path))
    .filter((name) => UNIT.test(name));
  return units.filter((unit) => matchesGlob(pattern, unit));
}

function cgroupsOf(pattern: string, paths: readonly string[]): string[] {
  return isGlob(pattern) ? paths.filter((path) => matchesGlob(pattern, path)) : [pattern];
}

/** Its own labels are what agents of it may be called by; these two are the engine's to say. */
export function containerNaming({ name, image, labels }: Container): Naming {
  return { name, labels: { ...labels, container: name, image } };
}
