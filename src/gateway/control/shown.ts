/**
 * What one answer shows where hosts have more to say than a client takes in one message (4 MiB, by default): of each host as
 * much as of any other, its first things first. So none keeps people from seeing what the others wait for.
 */
export const SHOWN_BYTES = 3 << 20;

export interface Shown<T> {
  /** In the order of all. */
  shown: T[];
  bytes: number;
  leftOut: number;
}

/** @param sizeOf bytes that a thing takes in the answer */
export function shownOf<T extends { host: string }>(
  all: readonly T[],
  sizeOf: (one: T) => number,
  mostBytes = SHOWN_BYTES,
): Shown<T> {
  const ofHosts = [...Map.groupBy(all, ({ host }) => host).values()];
  const taken = new Set<T>();
  let bytes = 0;
  for (let turn = 0; taken.size < all.length; turn++) {
    const next = ofHosts.flatMap((ofHost) => ofHost.slice(turn, turn + 1));
    for (const one of next) {
      bytes += sizeOf(one);
      if (bytes > mostBytes)
        return {
          shown: all.filter((each) => taken.has(each)),
          bytes: mostBytes,
          leftOut: all.length - taken.size,
        };
      taken.add(one);
    }
  }
  return { shown: [...all], bytes, leftOut: 0 };
}
