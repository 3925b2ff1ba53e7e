/**
 * The resolver's thread: its event loop has questions of governed processes and nothing else, so that what agents do
 * elsewhere is not waited for. What is not its own is asked of the runtime's thread and told to it (messages.ts).
 *
 * In:  ThreadData; messages, each dealt with before the next. Out: answered look-ups.
 * Ends with `close`. What it throws ends the runtime, which is then taken over by the next one.
 */
import { closeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { WarderError } from '../../base/error.ts';
import { IdleHeap, THIS_THREAD } from '../../base/idle-heap.ts';
import { loadAddon } from '../../kernel/addon.ts';
import { KernelNames } from '../../kernel/named.ts';
import { OwnAddresses } from './given-addresses.ts';
import { GivenRing } from './given-ring.ts';
import { HostsFile } from './hosts-file.ts';
import type { Fault, FromThread, Lookup, ThreadData, ToThread } from './messages.ts';
import { PolicyNames } from './policy-names.ts';
import type { Server } from './resolv-conf.ts';
import { Resolver } from './resolver.ts';
import { RunNames } from './run-names.ts';
import { SecretQuestions } from './secret-questions.ts';
import { type Handler, ResolverSockets } from './sockets.ts';
import { TellingRoom } from './telling-room.ts';

/** How often lines of /etc/hosts are given again. */
const HOSTS_MS = 20_000;
/** Look-ups are told together, and not while somebody waits for an answer. */
const TELL_MS = 10;
/** How often it is seen after its start whether the thread idles: what that took of memory is half of what it has. */
const STARTED_MS = 1_000;

const { port, answers, given, descriptors } = workerData as ThreadData;
const addon = loadAddon();
addon.takeShortTurns();
const kernel = new KernelNames(addon.openNames(descriptors), () => addon.clocks().bootNs);
const said = new Int32Array(answers);
const ring = new GivenRing(given);
const runs = new RunNames();
const hosts = new HostsFile();
const own = new OwnAddresses();
const sockets = new Map<number, ResolverSockets>();
const secrets = new SecretQuestions((question) => post({ kind: 'secret', ...question }));
const room = new TellingRoom();
/** To be told. */
let lookups: Lookup[] = [];
let telling: NodeJS.Timeout | undefined;
let servers: readonly Server[] | undefined;
let fault: Fault | undefined;

const resolver = new Resolver({
  namesOf: (run) => runs.judging(run),
  tell: (asker, told) => {
    room.take(asker.run);
    lookups.push({ asker, told, unixNs: addon.clocks().unixNs });
    telling ??= setTimeout(tellAll, TELL_MS);
  },
  holdsSecret: (run, name) => secrets.ask(run, name),
  onProblem: (error) => post({ kind: 'problem', fault: faultOf(error) }),
  servers: () => servers,
  hosts,
});

const DO: { [Kind in ToThread['kind']]: (message: Extract<ToThread, { kind: Kind }>) => void } = {
  listen: ({ network, opened }) => {
    sockets.set(network, new ResolverSockets(handler(network), opened));
  },
  leave: ({ network }) => {
    sockets.get(network)?.close();
    sockets.delete(network);
    closeSync(network);
  },
  servers: (message) => {
    servers = message.servers;
  },
  policy: ({ run, policy, says }) => {
    const onGiven = (address: string, name: string) => {
      if (!ring.add({ run, address, name })) post({ kind: 'given', run, address, name });
    };
    const names = new PolicyNames(kernel, policy, says, onGiven);
    runs.enter(run, policy, names);
    giveHosts(names);
  },
  remove: ({ run, policy }) => runs.remove(run, policy),
  forget: ({ run }) => {
    runs.forget(run);
    resolver.forget(run);
    secrets.forget(run);
    room.forget(run);
  },
  secret: ({ id, holds }) => secrets.answered(id, holds),
  seen: ({ run, count }) => room.free(run, count),
  call: ({ id }) => {
    tellAll();
    post({ kind: 'done', id, fault });
    fault = undefined;
    Atomics.add(said, 0, 1);
    Atomics.notify(said, 0);
  },
  close: () => {
    clearInterval(round);
    clearInterval(starting);
    for (const open of sockets.values()) open.close();
    port.close();
  },
};

function post(message: FromThread): void {
  port.postMessage(message);
}

function tellAll(): void {
  clearTimeout(telling);
  telling = undefined;
  if (lookups.length > 0) post({ kind: 'told', lookups });
  lookups = [];
}

function handler(network: number): Handler {
  return {
    askerOf: (asking) => {
      try {
        return kernel.askerOf(asking, network);
      } catch (error) {
        post({ kind: 'problem', fault: faultOf(error) });
        return null;
      }
    },
    answer: async (asker, message, transport) =>
      room.has(asker.run) ? await resolver.answer(asker, message, transport) : null,
  };
}

function giveHosts(names: PolicyNames): void {
  try {
    names.giveHosts(hosts.names(), (bytes) => own.has(bytes));
  } catch (error) {
    post({ kind: 'problem', fault: faultOf(error) });
  }
}

function faultOf(error: unknown): Fault {
  const { code, message, fix } =
    error instanceof WarderError
      ? error
      : new WarderError('RUNTIME_FAULT', (error as Error).message, 'report this with the log');
  return { code, message, fix };
}

port.on('message', (message: ToThread) => {
  try {
    (DO[message.kind] as (message: ToThread) => void)(message);
  } catch (error) {
    fault ??= faultOf(error);
  }
});
const round = setInterval(() => runs.all().forEach(giveHosts), HOSTS_MS);
const heap = new IdleHeap(THIS_THREAD);
const starting = setInterval(() => {
  if (heap.look()) clearInterval(starting);
}, STARTED_MS);
