/**
 * The calls that are open now: for each, whether what it was made with is good still, and how it is ended.
 *
 * A ring of links, and no Map or Set: where entries come and go at the rate of calls, a Map makes a new table every few of them, and each
 * old table holds the next one and the calls that were open then. They outlive the call until a full collection, copied on the
 * way by each small one (docs/decisions/0302-what-a-check-waits-for.md).
 */
interface Link {
  before: Link;
  after: Link;
}

export interface OpenCall extends Link {
  isGood(): boolean;
  end(): void;
}

export class OpenCalls {
  readonly #ring = alone({} as Link);

  add(call: Omit<OpenCall, keyof Link>): OpenCall {
    const link = call as OpenCall;
    link.before = this.#ring.before;
    link.after = this.#ring;
    link.before.after = link;
    this.#ring.before = link;
    return link;
  }

  /** Once for each; what was removed holds nobody. */
  remove(call: OpenCall): void {
    call.before.after = call.after;
    call.after.before = call.before;
    alone(call);
  }

  /** Ends those whose credential is not good any more. */
  sweep(): void {
    const all: OpenCall[] = [];
    for (let link = this.#ring.after; link !== this.#ring; link = link.after) all.push(link as OpenCall);
    for (const call of all) if (!call.isGood()) call.end();
  }

  clear(): void {
    alone(this.#ring);
  }
}

function alone<L extends Link>(link: L): L {
  link.before = link;
  link.after = link;
  return link;
}
