/**
 * The known name that a mistyped one most likely meant, for messages that say what to write instead.
 *
 * Distance is Damerau-Levenshtein (optimal string alignment). Null when nothing known is near enough to be a slip.
 */

/** Slips allowed: one per three characters, at least one, at most three. */
function slipsAllowed(length: number): number {
  return Math.min(3, Math.max(1, Math.floor(length / 3)));
}

export function nearest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = slipsAllowed(name.length) + 1;
  if (name.length > 64) return null;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, before[j - 2]! + 1);
      }
      current.push(distance);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
