/**
 * Networks of a test's own, for a gateway and its hosts: one namespace each, a veth pair from the gateway to every host.
 * Nothing of it touches the host's network; all goes with the processes that hold the namespaces.
 *
 * Addresses: 192.0.2.1 + 4 n is the gateway's side of host n, 192.0.2.2 + 4 n the host's.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

export class FleetNetwork {
  readonly #holders: ChildProcess[] = [];

  static async make(hosts: number): Promise<FleetNetwork> {
    const network = new FleetNetwork();
    try {
      for (let number = 0; number <= hosts; number++) network.#holders.push(await holder());
      for (let host = 0; host < hosts; host++) {
        network.#gateway(
          'ip',
          `link add host${host} type veth peer name eth0 netns ${network.#pid(host + 1)}`,
        );
        network.#gateway('ip', `address add ${network.gatewayAddress(host)}/30 dev host${host}`);
        network.#gateway('ip', `link set host${host} up`);
        network.#run(host + 1, 'ip', `address add 192.0.2.${4 * host + 2}/30 dev eth0`);
        network.#run(host + 1, 'ip', 'link set eth0 up');
      }
      return network;
    } catch (error) {
      network.close();
      throw error;
    }
  }

  /** Where host `host` finds the gateway. */
  gatewayAddress(host: number): string {
    return `192.0.2.${4 * host + 1}`;
  }

  /** The words that run a command on the gateway's network. */
  get atGateway(): string[] {
    return this.#enter(0);
  }

  /** The words that run a command on a host's network. */
  atHost(host: number): string[] {
    return this.#enter(host + 1);
  }

  /** Takes a host's link away, or gives it back. What is under way is lost and sent again by TCP. */
  link(host: number, state: 'up' | 'down'): void {
    this.#gateway('ip', `link set host${host} ${state}`);
  }

  /** A line of so many bits a second with a queue of seconds, towards the host and back; null: as fast as it is. */
  slow(host: number, bits: number | null): void {
    const ends = [[0, `host${host}`] as const, [host + 1, 'eth0'] as const];
    for (const [namespace, device] of ends) {
      if (bits === null) this.#run(namespace, 'tc', `qdisc del dev ${device} root`);
      else
        this.#run(
          namespace,
          'tc',
          `qdisc replace dev ${device} root tbf rate ${bits}bit burst 4kb latency 3s`,
        );
    }
  }

  close(): void {
    for (const child of this.#holders.splice(0)) child.kill('SIGKILL');
  }

  #pid(namespace: number): number {
    return this.#holders[namespace]!.pid!;
  }

  #enter(namespace: number): string[] {
    return ['nsenter', '-t', `${this.#pid(namespace)}`, '-n'];
  }

  #gateway(program: string, words: string): void {
    this.#run(0, program, words);
  }

  #run(namespace: number, program: string, words: string): void {
    const [nsenter = '', ...rest] = this.#enter(namespace);
    execFileSync(nsenter, [...rest, program, ...words.split(' ')]);
  }
}

async function holder(): Promise<ChildProcess> {
  const words = ['--net', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep 86400'];
  const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout!) if (String(chunk).includes('ready')) return child;
  throw new Error('a network of the test did not come up');
}
