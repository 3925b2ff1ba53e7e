/**
 * Amounts as policies write them: `200/min`, `50MB/hour`, `8h/day`, `25 USD/day`, `4GB`, `200%`.
 *
 * kB, MB, GB, TB are powers of 1000; KiB, MiB, GiB, TiB of 1024. Null for a text of another form; ranges are
 * for the caller to judge.
 */

/** So many in each `perSeconds`. */
export interface Rate {
  amount: number;
  perSeconds: number;
}

export interface Cost extends Rate {
  /** ISO 4217. */
  currency: string;
}

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
};

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

export function parseCount(text: string): Rate | null {
  const [amount, period] = halves(text);
  const perSeconds = SECONDS[period];
  if (!/^\d{1,15}$/.test(amount) || perSeconds === undefined) return null;
  return { amount: Number(amount), perSeconds };
}

export function parseSizeRate(text: string): Rate | null {
  const [size, period] = halves(text);
  const amount = parseSize(size);
  const perSeconds = SECONDS[period];
  return amount === null || perSeconds === undefined ? null : { amount, perSeconds };
}

/** So long, in milliseconds: `2h/day`, `90min/day`. */
export function parseTimeRate(text: string): Rate | null {
  const [span, period] = halves(text);
  const match = /^(\d{1,9}) ?([a-z]{1,6})$/.exec(span);
  const seconds = SECONDS[match?.[2] ?? ''];
  const perSeconds = SECONDS[period];
  if (!match || seconds === undefined || perSeconds === undefined) return null;
  return { amount: Number(match[1]) * seconds * 1000, perSeconds };
}

export function parseCost(text: string): Cost | null {
  const [sum, period] = halves(text);
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Z]{3})$/.exec(sum);
  const perSeconds = SECONDS[period];
  if (!match || perSeconds === undefined) return null;
  return { amount: Number(match[1]), currency: match[2]!, perSeconds };
}

/** Bytes, whole. */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text);
  const unit = SIZES[match?.[2]?.toLowerCase() ?? ''];
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : null;
}

/** Of one CPU: 200 is two whole ones. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,6}) ?%$/.exec(text);
  return match ? Number(match[1]) : null;
}

function halves(text: string): [string, string] {
  const at = text.indexOf('/');
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
