/**
 * Container engines of this host, as far as adoption needs them: which containers there are, what they are called,
 * and word of new ones. Docker's API over a unix socket (version 1.41: Docker 20.10); Podman speaks it as well.
 *
 * In:     the path of a socket. It must be root's: whoever serves it says which processes become agents.
 * Out:    containers, running and created; events while a connection lasts.
 * Throws: ENGINE where it is not there, is not root's, or answers otherwise than told.
 */
import { statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { WarderError } from '../../base/error.ts';
import { cgroupOf } from './cgroups.ts';
import { slicePath } from './target.ts';

export interface Container {
  /** Whole: 64 hexadecimal digits. */
  id: string;
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  /** In cgroup2: where it is, or where its engine will put it. */
  cgroup: string;
}

/** Words of a container that changed: there are others, for which nobody need look. Podman's word for destroy is remove. */
const EVENTS = { type: ['container'], event: ['create', 'start', 'rename', 'destroy', 'remove'] };
/** Looked for here: the two engines know different states, and refuse a filter with one that they do not know. */
const ENDED: ReadonlySet<string> = new Set(['exited', 'dead', 'removing', 'stopped', 'stopping']);
const API = '/v1.41';
const ANSWER_BYTES = 16 << 20;
const ANSWER_MS = 10_000;

const idSchema = z.string().regex(/^[0-9a-f]{64}$/);
const listSchema = z.array(z.object({ Id: idSchema, State: z.string() }));
const infoSchema = z.object({ CgroupDriver: z.string().optional() });
const containerSchema = z.object({
  Id: idSchema,
  Name: z.string(),
  State: z.object({ Pid: z.int() }),
  Config: z.object({
    Image: z.string().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  HostConfig: z.object({ CgroupParent: z.string().nullish() }),
});
const eventSchema = z.object({ Actor: z.object({ ID: z.string() }) });

export class ContainerEngine {
  readonly #socket: string;
  #driver: string | undefined;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** All there are but those that have ended. */
  async containers(): Promise<Container[]> {
    const list = await this.#ask('/containers/json?all=1', listSchema);
    const live = list.filter(({ State }) => !ENDED.has(State));
    const found = await Promise.all(live.map(({ Id }) => this.container(Id)));
    return found.filter((container) => container !== undefined);
  }

  /** @param name id or name. Undefined where there is none. */
  async container(name: string): Promise<Container | undefined> {
    const answer = await this.#answer(`/containers/${encodeURIComponent(name)}/json`);
    if (answer.statusCode === 404) {
      answer.resume();
      return undefined;
    }
    const { Id, Name, State, Config, HostConfig } = await this.#parsed(answer, containerSchema);
    return {
      id: Id,
      name: Name.replace(/^\//, ''),
      image: Config.Image ?? '',
      labels: Config.Labels ?? {},
      cgroup: cgroupOfProcess(State.Pid, Id) ?? (await this.#place(Id, HostConfig.CgroupParent ?? '')),
    };
  }

  /** Calls `onChange` with a container's id for each change. Resolves when the connection ends. */
  async follow(onOpen: () => void, onChange: (id: string) => void, signal: AbortSignal): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify(EVENTS));
    const stream = await this.#answer(`/events?filters=${filters}`, signal);
    onOpen();
    let text = '';
    stream.setEncoding('utf8');
    for await (const piece of stream) {
      text += piece;
      if (text.length > ANSWER_BYTES) throw unusable(this.#socket, 'an event without an end');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const event = eventSchema.safeParse(parsed(text.slice(0, end)));
        text = text.slice(end + 1);
        if (event.success) onChange(event.data.Actor.ID);
      }
    }
  }

  /** Where a container that has no process will be: the engine's cgroup driver has it so. */
  async #place(id: string, parent: string): Promise<string> {
    this.#driver ??= (await this.#ask('/info', infoSchema)).CgroupDriver ?? 'systemd';
    if (this.#driver !== 'systemd') return `${parent === '' ? '/docker' : absolute(parent)}/${id}`;
    return `/${slicePath(parent.endsWith('.slice') ? parent : 'system.slice')}/docker-${id}.scope`;
  }

  async #ask<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return this.#parsed(await this.#answer(path), schema);
  }

  async #parsed<Schema extends z.ZodType>(answer: IncomingMessage, schema: Schema) {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES) throw unusable(this.#socket, `more than ${ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    if (answer.statusCode !== 200)
      throw unusable(this.#socket, `status ${answer.statusCode}: ${text.slice(0, 200)}`);
    const result = schema.safeParse(parsed(text));
    if (result.success) return result.data as z.output<Schema>;
    throw unusable(this.#socket, `an answer of another form: ${result.error.issues[0]?.path.join('.')}`);
  }

  #answer(path: string, follow?: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const owner = statSync(this.#socket, { throwIfNoEntry: false });
    if (!owner) throw unusable(this.#socket, 'there is no such socket');
    if (owner.uid !== 0) throw unusable(this.#socket, `it is not root's, but user ${owner.uid}'s`);
    const signal = follow ?? AbortSignal.timeout(ANSWER_MS);
    request({ socketPath: this.#socket, path: API + path, headers: { Host: 'localhost' }, signal })
      .once('response', resolve)
      .once('error', (error) => reject(unusable(this.#socket, error.message, error)))
      .end();
    return promise;
  }
}

/** By its name or id, at the first engine that has it. Throws ENGINE where one cannot be asked and no other has it. */
export async function findContainer(
  sockets: readonly string[],
  name: string,
): Promise<Container | undefined> {
  let failure: unknown;
  for (const socket of sockets) {
    try {
      const found = await new ContainerEngine(socket).container(name);
      if (found) return found;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure && !isId(name)) throw failure;
  return undefined;
}

/** Such a one is found by its cgroup too. */
function isId(name: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(name);
}

function absolute(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

/** Of a container that runs: the directory that has its id, not one that it made inside. */
function cgroupOfProcess(pid: number, id: string): string | undefined {
  if (pid <= 0) return undefined;
  try {
    const path = cgroupOf(String(pid));
    const parts = path.split('/');
    const at = parts.findIndex((part) => part.includes(id));
    return at < 0 ? undefined : parts.slice(0, at + 1).join('/');
  } catch {
    return undefined; // it ended meanwhile
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(socket: string, why: string, cause?: Error): WarderError {
  return new WarderError(
    'ENGINE',
    `the container engine at ${socket} cannot be asked: ${why}`,
    'start it (systemctl start docker, or podman.socket), or name its socket under `engines` in runtime.yaml',
    { cause },
  );
}
