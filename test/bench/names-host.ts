/**
 * A host with services and a real DNS server in a network namespace of its own, which is this process's: what names.ts starts.
 *
 * usage: unshare --net node test/bench/names-host.ts ROUNDS
 * Out:    one line of JSON on stdout: for each round what test/bench/names-client.py found, alone and beside an agent that
 *         opens files as fast as it can.
 * Throws: what went wrong with a service.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cleanUp, later, workDirectory } from './place.ts';
import { ENFORCED, policies } from './policies.ts';
import { type Host, startHost } from './services.ts';
import { Worker } from './worker.ts';

const CLIENT = fileURLToPath(new URL('names-client.py', import.meta.url));
const PORT = 5300;
const RULES = 1_000;
const LOOKUPS = 500;
const CONNECTS = 20_000;
const AGENT = 'bench/names/worker';
const POLICY = `---
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: names, scope: team/names}
spec:
  mode: enforce
  exec: [{allow: ["/usr/**"]}]
  read: [{allow: ["/**"]}]
  load: [{allow: ["/**"]}]
  connect: [{allow: ["cold.test:9", "warm.test:9", "203.0.113.81:9", "127.0.0.1:${PORT}"]}]
`;

/** Microseconds of each try. */
export interface Tries {
  own: number[];
  cold: number[];
  warm: number[];
  plain: number[];
  named: number[];
}

export interface Round {
  quiet: Tries;
  flooded: Tries;
}

async function measure(host: Host, rounds: number): Promise<Round[]> {
  const [program = '', ...words] = host.run(AGENT);
  const client = spawn(program, [...words, '/usr/bin/python3', CLIENT, String(PORT)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: host.directory,
  });
  const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const ask = async (lookups: number, connects: number): Promise<Tries> => {
    client.stdin.write(`${lookups} ${connects}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${CLIENT} ended early`);
    return JSON.parse(value);
  };
  const worker = await Worker.start(workDirectory(), host.run(ENFORCED));
  const found: Round[] = [];
  while (found.length < rounds) {
    const quiet = await ask(LOOKUPS, CONNECTS);
    const asked = ask(LOOKUPS, 0);
    while (await isUnderWay(asked)) await worker.ask('pace 0 200');
    found.push({ quiet, flooded: await asked });
  }
  await worker.end();
  const ended = once(client, 'exit');
  client.stdin.end();
  await ended;
  return found;
}

async function isUnderWay(work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => false), setImmediate(true)]);
}

execFileSync('ip', ['link', 'set', 'lo', 'up']);
execFileSync('ip', ['route', 'add', 'default', 'dev', 'lo']);
const server = spawn(
  'dnsmasq',
  [
    ...['--no-daemon', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--user=root', '--pid-file='],
    ...['--bind-interfaces', '--listen-address=127.0.0.1', `--port=${PORT}`],
    ...['--address=/cold.test/203.0.113.80', '--host-record=warm.test,203.0.113.80,3600'],
  ],
  { stdio: 'ignore' },
);
later(() => server.kill());
try {
  const host = await startHost(`${policies(RULES)}${POLICY}`, { dns: [`127.0.0.1:${PORT}`] });
  console.log(JSON.stringify(await measure(host, Number(process.argv[2]))));
  await host.stop();
} finally {
  await cleanUp();
}
