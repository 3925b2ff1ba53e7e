/**
 * What each block of BLOCK_EVENTS events holds at most: times, kinds, verdicts, agents. Queries pass over blocks
 * that cannot match; a few bytes for thousands of events, written in the transaction of the append.
 *
 * In:     entries with their index, in one transaction; then flush in the same.
 * Out:    rows of `blocks` and `block_agents` (migrations.ts). A block may say more than its events do (after a
 *         retention, say), never less.
 */
const BLOCK_BITS = 12;
export const BLOCK_EVENTS = 1 << BLOCK_BITS;

export interface Indexed {
  timeNs: bigint;
  /** Numbers of kind, verdict and would. */
  kind: number;
  verdict: number;
  would: number;
  /** Row id; null: none. */
  agent: number | null;
}

interface Block {
  firstNs: bigint;
  lastNs: bigint;
  kinds: number;
  verdicts: number;
  agents: Set<number>;
}

type Run = (sql: string, values: readonly (number | bigint)[]) => void;

export class BlockIndex {
  readonly #blocks = new Map<number, Block>();

  add(index: number, { timeNs, kind, verdict, would, agent }: Indexed): void {
    const number = Math.floor(index / BLOCK_EVENTS);
    let block = this.#blocks.get(number);
    if (!block) {
      block = { firstNs: timeNs, lastNs: timeNs, kinds: 0, verdicts: 0, agents: new Set() };
      this.#blocks.set(number, block);
    }
    if (timeNs < block.firstNs) block.firstNs = timeNs;
    if (timeNs > block.lastNs) block.lastNs = timeNs;
    block.kinds |= 1 << kind;
    block.verdicts |= (1 << verdict) | (1 << would);
    if (agent !== null) block.agents.add(agent);
  }

  /** Writes what was added, and forgets it. */
  flush(run: Run): void {
    for (const [number, { firstNs, lastNs, kinds, verdicts, agents }] of this.#blocks) {
      run(
        `INSERT INTO blocks (block, first_ns, last_ns, kinds, verdicts) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (block) DO UPDATE SET
           first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns),
           kinds = kinds | excluded.kinds, verdicts = verdicts | excluded.verdicts`,
        [number, firstNs, lastNs, kinds, verdicts],
      );
      for (const agent of agents) {
        run('INSERT INTO block_agents (agent, block) VALUES (?, ?) ON CONFLICT DO NOTHING', [agent, number]);
      }
    }
    this.#blocks.clear();
  }

  /** For a transaction that did not happen. */
  clear(): void {
    this.#blocks.clear();
  }
}
