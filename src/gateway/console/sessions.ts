/**
 * Who is logged in at the console: sessions, each of one key. In memory; a restart ends all of them.
 *
 * A session's name is 32 random bytes in a cookie; what is kept is its SHA-256, as for keys. It is no authority: every
 * call that it makes goes to the gateway's services with its key, and what that key may not do is refused there.
 *
 * Bounds: SESSIONS in all, SESSIONS_OF_KEY of one key, past which the oldest go; IDLE_MS without a call, LIFE_MS in all.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Principal } from '../principal.ts';

const SESSIONS = 1000;
const SESSIONS_OF_KEY = 16;
const IDLE_MS = 60 * 60_000;
const LIFE_MS = 12 * 60 * 60_000;

export interface Session {
  readonly principal: Principal;
  /** The key. It leaves this process never, and the browser has not kept it. */
  readonly key: string;
  readonly startedMs: number;
  usedMs: number;
  /** What ends with it: its streams. */
  readonly ends: Set<() => void>;
  isGood(): boolean;
}

export class Sessions {
  readonly #byDigest = new Map<string, Session>();
  readonly #sweeper: NodeJS.Timeout;

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), 1000).unref();
  }

  /** Returns the name that goes into the cookie. */
  open(session: Pick<Session, 'principal' | 'key' | 'isGood'>): string {
    const ofKey = [...this.#byDigest].filter(([, { key }]) => key === session.key);
    if (ofKey.length >= SESSIONS_OF_KEY) this.#end(ofKey[0]![0]);
    if (this.#byDigest.size >= SESSIONS) this.#end(this.#byDigest.keys().next().value!);
    const name = randomBytes(32).toString('base64url');
    const now = Date.now();
    this.#byDigest.set(digest(name), { ...session, startedMs: now, usedMs: now, ends: new Set() });
    return name;
  }

  /** Undefined for none that is good now. Being asked for counts as use. */
  find(name: string | undefined): Session | undefined {
    const key = name === undefined ? '' : digest(name);
    const session = this.#byDigest.get(key);
    if (!session) return undefined;
    if (isOver(session)) {
      this.#end(key);
      return undefined;
    }
    session.usedMs = Date.now();
    return session;
  }

  end(name: string): void {
    this.#end(digest(name));
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const key of [...this.#byDigest.keys()]) this.#end(key);
  }

  #sweep(): void {
    for (const [key, session] of this.#byDigest) if (isOver(session)) this.#end(key);
  }

  #end(key: string): void {
    const session = this.#byDigest.get(key);
    this.#byDigest.delete(key);
    for (const end of session?.ends ?? []) end();
  }
}

/** An open stream is use: who watches is there. */
function isOver({ startedMs, usedMs, ends, isGood }: Session): boolean {
  const now = Date.now();
  return !isGood() || now - startedMs > LIFE_MS || (ends.size === 0 && now - usedMs > IDLE_MS);
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('base64');
}
