/**
 * Events to an OpenTelemetry collector, OTLP/HTTP with JSON bodies (OTLP 1.x, POST to …/v1/logs).
 *
 * At least once: a batch is told again until the collector took it; the cursor moves behind it then. 429, 502, 503 and 504
 * are tried again as OTLP asks, with Retry-After; other answers are failures.
 *
 * Throws: EXPORT_PUSH.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';
import type { LoggedEvent } from '../../contract/messages.ts';
import { otlpRequest } from './otlp.ts';

const TRY_MS = 10_000;
const WAIT_MS = [500, 1000, 2000, 5000, 10_000];
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LOCAL = /^http:\/\/(127\.\d+\.\d+\.\d+|\[::1\]|localhost)(:\d+)?\//;

/** Where a collector takes logs. In clear only on this host. */
export function collectorUrl(text: string): string {
  if (URL.canParse(text) && (text.startsWith('https://') || LOCAL.test(new URL(text).href))) {
    const url = new URL(text);
    if (url.pathname === '/') url.pathname = '/v1/logs';
    return url.href;
  }
  throw new WarderError(
    'EXPORT_PUSH',
    `'${text}' is no address of a collector`,
    'give https://HOST:PORT, or http://127.0.0.1:4318 on this host',
  );
}

export async function push(url: string, events: readonly LoggedEvent[], signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(otlpRequest(events));
  for (let tries = 0; ; tries++) {
    const answer = await post(url, body, signal);
    if (answer === undefined) return;
    const wait = WAIT_MS[tries];
    if (!answer.passing || wait === undefined || signal.aborted) throw refused(url, answer.why);
    await sleep(Math.max(wait, answer.retryMs), undefined, { signal }).catch(() => {});
  }
}

interface Failure {
  passing: boolean;
  why: string;
  retryMs: number;
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Failure | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const seconds = Number(response.headers.get('retry-after'));
    const retryMs = Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : 0;
    return { passing: PASSING.has(response.status), why: `it answered ${response.status}`, retryMs };
  } catch (error) {
    const { message, cause } = error as Error;
    return { passing: true, why: cause instanceof Error ? cause.message : message, retryMs: 0 };
  }
}

function refused(url: string, why: string): WarderError {
  return new WarderError(
    'EXPORT_PUSH',
    `the collector at ${url} did not take events: ${why}`,
    'see whether it runs and takes OTLP over HTTP; run the same command again: it goes on where it was',
  );
}
