/**
 * The page's calls to its gateway: RPCs as JSON, and the stream of live events.
 *
 * Shapes are those of docs/events.md: lowerCamelCase, 64-bit integers as decimal strings, defaults left out.
 * Throws: ApiError.
 */

export interface Session {
  name: string;
  roles: string[];
  gateway: string;
  version: string;
}

export interface RuleRef {
  layer?: string;
  category?: string;
  effect?: string;
  pattern?: string;
  because?: string;
  file?: string;
  line?: number;
}

export interface Decision {
  verdict?: string;
  outcome?: string;
  reason?: string;
  category?: string;
  rule?: RuleRef;
  layer?: string;
  would?: Decision;
}

export interface Exec {
  path?: string;
  script?: string;
  argv?: string[];
  argvCut?: boolean;
}

export interface WarderEvent {
  timeUnixNs?: string;
  agent?: string;
  run?: string;
  host?: string;
  process?: { execId?: string; pid?: number; user?: string; executable?: string; comm?: string };
  decision?: Decision;
  exec?: Exec;
  exited?: { code?: number; signal?: number };
  forked?: object;
  fileOpen?: { path?: string; read?: boolean; write?: boolean };
  fileChange?: { operation?: string; path?: string; target?: string };
  load?: { path?: string };
  privileged?: { privilege?: string };
  network?: { kind?: string; protocol?: string; address?: string; port?: number; name?: string };
  nameLookup?: {
    name?: string;
    type?: string;
    code?: string;
    addresses?: string[];
    removed?: string[];
    looksLike?: string;
  };
  contextChange?: {
    operation?: string;
    uid?: number;
    effectiveUid?: number;
    gid?: number;
    effectiveGid?: number;
    capabilities?: string;
    namespaces?: string[];
    name?: string;
    targetPid?: number;
  };
  loss?: { counts?: { kind?: string; cause?: string; records?: string }[] };
  runStarted?: {
    argv?: string[];
    adopted?: string;
    workspace?: string;
    user?: string;
    unenforced?: string[];
  };
  runEnded?: { code?: number; signal?: number; stragglers?: number };
  gateway?: { action?: string; actor?: { name?: string }; subject?: string; because?: string };
  notice?: { kind?: string; text?: string };
}

export interface Logged {
  index?: string;
  host?: string;
  event?: WarderEvent;
}

export interface Batch {
  events?: Logged[];
  missed?: { fromIndex?: string; toIndex?: string; reason?: string };
  next: string;
  end: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly fix: string;

  constructor(status: number, message: string, fix: string) {
    super(message);
    this.status = status;
    this.fix = fix;
  }
}

export function call<R>(name: string, request: object = {}): Promise<R> {
  return post<R>(`/api/call/${name}`, request);
}

export async function post<R>(path: string, body: object): Promise<R> {
  const headers = { 'content-type': 'application/json' };
  return answered<R>(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

export async function session(): Promise<Session | undefined> {
  const response = await fetch('/api/session');
  return response.status === 401 ? undefined : answered<Session>(response);
}

async function answered<R>(response: Response): Promise<R> {
  const body = (await response.json().catch(() => ({}))) as R & {
    error?: { message?: string; fix?: string };
  };
  if (response.ok) return body;
  const { message = response.statusText, fix = '' } = body.error ?? {};
  throw new ApiError(response.status, message, fix);
}

export interface StreamWatcher {
  onBatch(batch: Batch): void;
  onState(live: boolean): void;
}

/** Live events, from an index on or from now; goes on by itself where it broke. Returns what ends it. */
export function watch(query: Record<string, string>, { onBatch, onState }: StreamWatcher): () => void {
  const source = new EventSource(`/api/events?${new URLSearchParams(query)}`);
  source.addEventListener('open', () => onState(true));
  source.addEventListener('error', () => onState(false));
  source.addEventListener('events', (message) =>
    onBatch(JSON.parse((message as MessageEvent<string>).data) as Batch),
  );
  return () => source.close();
}
