/**
 * Where the gateways of a state directory can be reached: a socket `gateways/<pid>.sock`, and beside it
 * `<pid>.json` that says so, with a viewer's token for local clients of the same user. Both 0600.
 *
 * A gateway that died leaves both behind; the next one that starts removes what nobody listens on any more.
 * (By trying, not by pid: one state directory may be seen from several pid namespaces.)
 *
 * Throws: what node:fs throws; the caller names the state directory.
 */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** sun_path holds 108 bytes, one of them the NUL (unix(7)). */
const SOCKET_PATH_BYTES = 107;
/** Where sockets go when the state directory's own path is longer than that. */
const SHORT_FOLDER = join(tmpdir(), 'warder-gateway-');
const RUNTIME_ACCESS_FILE = 'local-runtime.json';
const PROBE_MS = 1000;
/** A socket on its way to its name is left alone for so long. */
const BINDING_MS = 60_000;

/** How to reach a gateway. */
export interface Endpoint {
  /** For gRPC: `unix:/path` or `host:port`. */
  address: string;
  pid: number;
  viewerToken: string;
  /** Of the operator of this machine: whoever may read this file may do there all that a person may. */
  operatorToken: string;
  /** base64 of the key that signs its policies. */
  policyKey: string;
}

/** How the runtime of this machine knows a gateway that runs as a service, and is known to it. */
export interface LocalRuntimeAccess {
  address: string;
  token: string;
  /** base64 of the key that signs the gateway's policies. */
  policyKey: string;
}

/** The files of one endpoint. */
export interface EndpointFiles {
  /** Where the server binds: nobody looks there. */
  binding: string;
  /** Where clients find it: renamed to once it listens, so that a socket here that refuses is a dead one. */
  socket: string;
  /** The endpoint's description. */
  json: string;
}

/** Names for a new gateway of this process, after a sweep of what dead ones left. */
export async function newEndpointFiles(stateDirectory: string): Promise<EndpointFiles> {
  const folder = gatewaysFolder(stateDirectory);
  await sweep(folder);
  for (let number = 0; ; number++) {
    const name = number === 0 ? `${process.pid}` : `${process.pid}-${number}`;
    const json = join(folder, `${name}.json`);
    const path = join(folder, `${name}.sock`);
    if (existsSync(json) || existsSync(path)) continue;
    const long = Buffer.byteLength(`${path}.binding`) > SOCKET_PATH_BYTES;
    const socket = long ? join(mkdtempSync(SHORT_FOLDER), basename(path)) : path;
    return { binding: `${socket}.binding`, socket, json };
  }
}

/** Makes a listening gateway findable. */
export function publishEndpoint(files: EndpointFiles, endpoint: Endpoint): void {
  if (endpoint.address === `unix:${files.socket}`) {
    chmodSync(files.binding, 0o600);
    renameSync(files.binding, files.socket);
  }
  const draft = `${files.json}.new`;
  writeFileSync(draft, `${JSON.stringify(endpoint)}\n`, { mode: 0o600 });
  renameSync(draft, files.json);
}

/** Tells the runtime of this machine: a file that root and the gateway's user can read. */
export function publishRuntimeAccess(stateDirectory: string, access: LocalRuntimeAccess): void {
  const path = join(stateDirectory, RUNTIME_ACCESS_FILE);
  writeFileSync(`${path}.new`, `${JSON.stringify(access)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Throws what node:fs does where no gateway has ever run there as a service, or this user may not look. */
export function readRuntimeAccess(stateDirectory: string): LocalRuntimeAccess {
  return JSON.parse(readFileSync(join(stateDirectory, RUNTIME_ACCESS_FILE), 'utf8')) as LocalRuntimeAccess;
}

export function withdrawEndpoint(files: EndpointFiles): void {
  rmSync(files.json, { force: true });
  removeSocket(files.binding);
  removeSocket(files.socket);
}

/** The gateways of a state directory that answer now, newest first. None for a directory that is not there. */
export async function liveEndpoints(stateDirectory: string): Promise<Endpoint[]> {
  const live: { endpoint: Endpoint; sinceMs: number }[] = [];
  for (const path of filesIn(gatewaysFolder(stateDirectory), '.json')) {
    const endpoint = readEndpoint(path);
    if (endpoint && (await answers(endpoint.address))) live.push({ endpoint, sinceMs: modifiedMs(path) });
  }
  return live.sort((a, b) => b.sinceMs - a.sinceMs).map(({ endpoint }) => endpoint);
}

async function sweep(folder: string): Promise<void> {
  for (const path of filesIn(folder, '.json')) {
    const endpoint = readEndpoint(path);
    if (endpoint && (await answers(endpoint.address))) continue;
    rmSync(path, { force: true });
    if (endpoint?.address.startsWith('unix:')) removeSocket(endpoint.address.slice('unix:'.length));
  }
  for (const path of filesIn(folder, '.sock')) {
    if (!(await answers(`unix:${path}`))) removeSocket(path);
  }
  for (const path of [...filesIn(folder, '.binding'), ...filesIn(folder, '.new')]) {
    if (isOfNobody(path) || modifiedMs(path) < Date.now() - BINDING_MS) rmSync(path, { force: true });
  }
}

/** A name begins with the number of the process that made it. */
function isOfNobody(path: string): boolean {
  return !existsSync(`/proc/${Number.parseInt(basename(path), 10)}`);
}

/** Whether somebody listens. Only a refusal or an absent socket says no: a gateway that is busy is alive. */
export function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = address.startsWith('unix:')
      ? connect(address.slice('unix:'.length))
      : connect(
          Number(address.slice(address.lastIndexOf(':') + 1)),
          address.slice(0, address.lastIndexOf(':')),
        );
    const done = (live: boolean): void => {
      socket.destroy();
      resolve(live);
    };
    socket.setTimeout(PROBE_MS, () => done(true));
    socket.once('connect', () => done(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      done(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

function readEndpoint(path: string): Endpoint | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Endpoint;
  } catch {
    return undefined; // withdrawn meanwhile, or cut short by a crash: then nobody is there
  }
}

/** Removes a socket, and the directory made for it if it has one of its own. */
function removeSocket(path: string): void {
  rmSync(path, { force: true });
  if (!dirname(path).startsWith(SHORT_FOLDER)) return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Still has the other socket name in it, or is gone already.
  }
}

function filesIn(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

function gatewaysFolder(stateDirectory: string): string {
  return join(stateDirectory, 'gateways');
}
