/**
 * A run in numbers: what was run, read, written and reached, what was refused and by which rule, what was
 * redacted and what was lost.
 *
 * In:     the events of one run, in order; those of which no more is said than how many may come together.
 * Out:    one plain object, the last line of `warder run --json` (docs/events.md) and what summary-text.ts shows.
 * Bounds: memory does not grow with the number of events. Each table has a limit, and so have their names together; what
 *         found no room is counted under `beyond`, never dropped.
 */
import { directoryOf, type FoldedEvents, isRefused, isWouldRefuse } from '../contract/folded.ts';
import { toBigInt } from '../contract/int64.ts';
import type { Decision, Event, RuleRef } from '../contract/messages.ts';
import { NetworkKind, Outcome } from '../contract/messages.ts';
import type { NotInLog } from '../runtime/runs/run.ts';
import { BoundedCounts, type Count, KeyRoom } from './bounded-counts.ts';
import { describeEvent, endpoint } from './describe.ts';
import { rulingText } from './ruling.ts';

const PROGRAMS = 1_000;
const DIRECTORIES = 4_000;
const ADDRESSES = 2_000;
const REFUSALS = 500;
const TARGETS_PER_REFUSAL = 5;
const KINDS = 200;
/** Of all names together: a runtime keeps a summary of each run whose client has no words of its own. */
const NAME_CHARACTERS = 512 << 10;
const TARGET_CHARACTERS = 256 << 10;

/** Counts by name, most first; `beyond` is what found no room in the table. */
export interface Table {
  total: number;
  entries: Count[];
  beyond: number;
}

export type RefusalOutcome =
  | 'prevented'
  | 'terminated'
  | 'observed'
  | 'refused'
  | 'would deny'
  | 'would hold';

export interface Refusal {
  outcome: RefusalOutcome;
  /** exec, read, write, connect, … */
  category: string;
  count: number;
  /** The rule or the lack of one, in words; and the author's reason. */
  rule: string;
  because: string;
  /** Where the rule stands; empty and 0 where no rule decided. */
  layer: string;
  file: string;
  line: number;
  targets: Table;
}

export interface RunSummary {
  agent: string;
  run: string;
  /** Content address of the policy at the start. */
  policy: string;
  workspace: string;
  durationMs: number;
  /** How the agent's first process ended: one of the two; neither while it runs. */
  exit: { code?: number; signal?: number };
  /** Processes that were still there at the end, and were ended. */
  stragglers: number;
  /** What the policy says and this host does not keep. */
  unenforced: string[];
  events: number;
  /** Starts, by path. */
  programs: Table;
  /** Opens for reading; opens for writing and changes of names and metadata; by directory. */
  read: Table;
  written: Table;
  /** Host names that were looked up. */
  lookedUp: Table;
  /** Connects, sends and binds that went ahead. */
  reached: Table;
  bound: Table;
  /** What was done under a name of `privileged`. */
  privileged: Table;
  refusals: Refusal[];
  /** Refusals of further rules, past the limit. */
  refusalsBeyond: number;
  /** By kind of secret. */
  redacted: Table;
  /** Records, by kind and cause. */
  lost: Table;
  /** Events that are not in the log: it could not be written. */
  unstored: number;
  /** Events that are not in the log yet: they stand on the host's disk, and follow. */
  waiting: number;
}

interface RefusalCounter extends Omit<Refusal, 'targets'> {
  targets: BoundedCounts;
}

export class SummaryBuilder {
  readonly #room = new KeyRoom(NAME_CHARACTERS);
  /** By itself: names that an agent makes up elsewhere hide nothing of what was refused. */
  readonly #targetRoom = new KeyRoom(TARGET_CHARACTERS);
  readonly #programs = new BoundedCounts(PROGRAMS, this.#room);
  readonly #read = new BoundedCounts(DIRECTORIES, this.#room);
  readonly #written = new BoundedCounts(DIRECTORIES, this.#room);
  readonly #lookedUp = new BoundedCounts(ADDRESSES, this.#room);
  readonly #reached = new BoundedCounts(ADDRESSES, this.#room);
  readonly #bound = new BoundedCounts(ADDRESSES, this.#room);
  readonly #privileged = new BoundedCounts(KINDS);
  readonly #redacted = new BoundedCounts(KINDS);
  readonly #lost = new BoundedCounts(KINDS);
  readonly #refusals = new Map<string, RefusalCounter>();
  #refusalsBeyond = 0;
  #events = 0;
  #firstNs: bigint | undefined;
  #lastNs = 0n;
  #agent = '';
  #run = '';
  #policy = '';
  #workspace = '';
  #unenforced: string[] = [];
  #exit: { code?: number; signal?: number } = {};
  #stragglers = 0;

  add(event: Event): void {
    this.#events++;
    this.#lastNs = toBigInt(event.timeUnixNs);
    this.#firstNs ??= this.#lastNs;
    this.#agent ||= event.agent ?? '';
    this.#run ||= event.run ?? '';
    for (const { kind, count } of event.redactions ?? []) this.#redacted.add(kind ?? '', count ?? 0);
    const { decision } = event;
    if (decision && isRefused(decision)) this.#refuse(event, decision, decision);
    else if (decision && isWouldRefuse(decision)) this.#refuse(event, decision, decision.would!);
    if (wentAhead(decision)) this.#done(event);
    this.#own(event);
  }

  addFolded({ events, firstNs, lastNs, read, written }: FoldedEvents): void {
    this.#events += events;
    this.#firstNs ??= BigInt(firstNs);
    this.#lastNs = BigInt(lastNs);
    for (const [directory, opens] of read) this.#read.add(directory, opens);
    for (const [directory, opens] of written) this.#written.add(directory, opens);
  }

  /** Memory is shared with nothing: later events do not change it. */
  summary({ unstored, waiting }: NotInLog = { unstored: 0, waiting: 0 }): RunSummary {
    return {
      agent: this.#agent,
      run: this.#run,
      policy: this.#policy,
      workspace: this.#workspace,
      durationMs: Number((this.#lastNs - (this.#firstNs ?? 0n)) / 1_000_000n),
      exit: { ...this.#exit },
      stragglers: this.#stragglers,
      unenforced: [...this.#unenforced],
      events: this.#events,
      programs: table(this.#programs),
      read: table(this.#read),
      written: table(this.#written),
      lookedUp: table(this.#lookedUp),
      reached: table(this.#reached),
      bound: table(this.#bound),
      privileged: table(this.#privileged),
      refusals: [...this.#refusals.values()]
        .map((refusal) => ({ ...refusal, targets: table(refusal.targets) }))
        .sort((a, b) => b.count - a.count),
      refusalsBeyond: this.#refusalsBeyond,
      redacted: table(this.#redacted),
      lost: table(this.#lost),
      unstored,
      waiting,
    };
  }

  #done({ exec, fileOpen, fileChange, network, privileged, nameLookup }: Event): void {
    if (exec) this.#programs.add(exec.path ?? '');
    else if (fileOpen) (fileOpen.write ? this.#written : this.#read).add(directoryOf(fileOpen));
    else if (fileChange) this.#written.add(directoryOf(fileChange));
    else if (privileged) this.#privileged.add(privileged.privilege ?? '');
    else if (nameLookup) this.#lookedUp.add(nameLookup.name ?? '');
    else if (network)
      (network.kind === NetworkKind.KIND_BIND ? this.#bound : this.#reached).add(endpoint(network));
  }

  #own({ runStarted, runEnded, loss }: Event): void {
    if (runStarted) {
      this.#policy = runStarted.policy ?? '';
      this.#workspace = runStarted.workspace ?? '';
      this.#unenforced = [...(runStarted.unenforced ?? [])];
    }
    if (runEnded) {
      this.#exit = runEnded.signal ? { signal: runEnded.signal } : { code: runEnded.code ?? 0 };
      this.#stragglers = runEnded.stragglers ?? 0;
    }
    for (const { kind, cause, records } of loss?.counts ?? []) {
      this.#lost.add(`${kind}: ${cause}`, Number(toBigInt(records)));
    }
  }

  /** One entry for each outcome, category and rule. `ruling` is what refuses: the decision, or its `would`. */
  #refuse(event: Event, decision: Decision, ruling: Decision): void {
    const { word, rule, because } = rulingText(decision);
    const category = decision.category ?? '';
    const key = `${word}\n${category}\n${rule}`;
    let refusal = this.#refusals.get(key);
    if (!refusal) {
      if (this.#refusals.size >= REFUSALS) {
        this.#refusalsBeyond++;
        return;
      }
      refusal = {
        outcome: word as RefusalOutcome,
        category,
        count: 0,
        rule,
        because,
        ...placeOf(ruling.rule),
        targets: new BoundedCounts(TARGETS_PER_REFUSAL, this.#targetRoom),
      };
      this.#refusals.set(key, refusal);
    }
    refusal.count++;
    refusal.targets.add(describeEvent(event).target);
  }
}

/** An action that nothing refused, or that could only be observed. */
function wentAhead(decision: Decision | null | undefined): boolean {
  return !decision || !isRefused(decision) || decision.outcome === Outcome.OUTCOME_OBSERVED;
}

function placeOf(rule: RuleRef | null | undefined): Pick<Refusal, 'layer' | 'file' | 'line'> {
  return { layer: rule?.layer ?? '', file: rule?.file ?? '', line: rule?.line ?? 0 };
}

function table(counts: BoundedCounts): Table {
  return { total: counts.total, entries: counts.sorted(), beyond: counts.beyond };
}
