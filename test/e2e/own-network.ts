/**
 * Two networks of a test's own: one for Warder and its agent, one behind it for servers, with a real DNS server
 * (dnsmasq) and an HTTP server that says which address it was reached at. Nothing of it touches the host's network.
 *
 * Addresses: 192.0.2.1 and 2001:db8:1::1 are the agent's side, 192.0.2.53 is the DNS server, everything in `addresses` answers
 * HTTP on port 8080. `/etc/resolv.conf` and `/etc/hosts` (`known.test`, `unknown.test`) are the test's, for those that run in it alone.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeTree } from '../remove-tree.ts';

export const DNS = '192.0.2.53';
export const WEB = '203.0.113.80';
export const OTHER_WEB = '203.0.113.81';
export const WEB6 = '2001:db8:2::80';

const HTTP = `
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.connection.getsockname()[0].replace('::ffff:', '') + '\\n').encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *rest): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 512
Server(('::', 8080), Handler).serve_forever()
`;

export class OwnNetwork {
  readonly #children: ChildProcess[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'warder-network-'));
  readonly #front: number;
  readonly #back: number;

  private constructor(front: ChildProcess, back: ChildProcess) {
    this.#children.push(front, back);
    this.#front = front.pid!;
    this.#back = back.pid!;
  }

  /** @param records of dnsmasq's own options: `address=/api.example.test/203.0.113.80` */
  static async make(records: readonly string[]): Promise<OwnNetwork> {
    const holder = (more: string[]) =>
      spawn('unshare', ['--net', ...more, 'sh', '-c', 'ip link set lo up; echo ready; exec sleep 3600'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const network = new OwnNetwork(holder(['--mount', '--propagation', 'private']), holder([]));
    for (const child of network.#children) await said(child, 'ready');
    try {
      network.#lay();
      await network.#serve(records);
    } catch (error) {
      network.close();
      throw error;
    }
    return network;
  }

  #lay(): void {
    const resolv = join(this.directory, 'resolv.conf');
    writeFileSync(resolv, `nameserver ${DNS}\noptions timeout:2 attempts:1\n`);
    this.front('mount', '--bind', resolv, '/etc/resolv.conf');
    const hosts = join(this.directory, 'hosts');
    writeFileSync(hosts, `127.0.0.1 localhost\n${WEB} known.test\n${OTHER_WEB} unknown.test\n`);
    this.front('mount', '--bind', hosts, '/etc/hosts');
    const ip = (words: string) => this.front('ip', ...words.split(' '));
    const behind = (words: string) => this.behind('ip', ...words.split(' '));
    ip(`link add front type veth peer name back netns ${this.#back}`);
    for (const address of ['192.0.2.1/24', '2001:db8:1::1/64 nodad']) ip(`address add ${address} dev front`);
    for (const address of [
      `${DNS}/24`,
      `${WEB}/32`,
      `${OTHER_WEB}/32`,
      '2001:db8:1::53/64 nodad',
      `${WEB6}/128 nodad`,
    ])
      behind(`address add ${address} dev back`);
    ip('link set front up');
    behind('link set back up');
    ip(`route add default via ${DNS}`);
    ip('-6 route add default via 2001:db8:1::53');
  }

  async #serve(records: readonly string[]): Promise<void> {
    const options = [
      '--no-daemon',
      '--no-resolv',
      '--no-hosts',
      '--conf-file=/dev/null',
      '--local=/test/',
      '--bind-interfaces',
    ];
    const user = ['--user=root', '--pid-file='];
    const dns = this.start('dnsmasq', [
      ...options,
      ...user,
      `--listen-address=${DNS}`,
      ...records.map((record) => `--${record}`),
    ]);
    const web = this.start('/usr/bin/python3', ['-c', HTTP]);
    for (let tries = 0; ; tries++) {
      if (dns.exitCode !== null || web.exitCode !== null)
        throw new Error('a server of the test does not start');
      try {
        this.front('curl', '-sf', '-m', '1', '-o', '/dev/null', `http://${WEB}:8080/`);
        return;
      } catch (error) {
        if (tries > 100) throw error;
        await sleep(100);
      }
    }
  }

  /** A server behind; it ends with the network. */
  start(command: string, words: readonly string[], stdout: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
    return this.#start(['nsenter', '-t', String(this.#back), '-n', command, ...words], stdout);
  }

  /** The same where Warder and the agent are; it can be heard. */
  startFront(command: string, words: readonly string[]): ChildProcess {
    return this.#start([...this.inFront, command, ...words], 'pipe');
  }

  #start([program = '', ...words]: readonly string[], stdout: 'pipe' | 'ignore'): ChildProcess {
    const child = spawn(program, words, {
      stdio: ['ignore', stdout, stdout === 'pipe' ? 'inherit' : 'ignore'],
    });
    this.#children.push(child);
    return child;
  }

  /** The words that run a command where Warder and the agent are. */
  get inFront(): string[] {
    return ['nsenter', '-t', String(this.#front), '-n', '-m'];
  }

  front(command: string, ...words: string[]): string {
    const [nsenter = '', ...rest] = this.inFront;
    return execFileSync(nsenter, [...rest, command, ...words], { encoding: 'utf8' });
  }

  behind(command: string, ...words: string[]): string {
    return execFileSync('nsenter', ['-t', String(this.#back), '-n', command, ...words], { encoding: 'utf8' });
  }

  close(): void {
    for (const child of this.#children.reverse()) child.kill('SIGKILL');
    removeTree(this.directory);
  }
}

/** Resolves when it says the word; what it says later goes nowhere. */
export async function said(child: ChildProcess, word: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => String(chunk).includes(word) && resolve());
    child.once('exit', () =>
      reject(new Error(`a part of the test's network ended: ${child.spawnargs.join(' ')}`)),
    );
  });
}
