/** What docs/troubleshooting.md says beyond the messages themselves: what an area is about, and what people meet most. */

/** By the first word of a code. */
export const AREAS: Readonly<Record<string, string>> = {
  AGENT: 'The name of an agent, on a command line or in a scope.',
  AUDIT:
    'The log as evidence. What says that the log was altered, set back or forked is an alarm: keep the state directory as it is, and ask who had it.',
  BACKUP: 'Saving and restoring a gateway. Nothing is ever written over.',
  BUDGET: 'Reports of cost, by proxies and SDKs.',
  CONFIG:
    "The services' configuration. Every fault is told at once, with line and column; the service goes on as it was, or does not start.",
  CONSOLE: 'The web page.',
  CONTRACT: 'Values that come from outside, in messages and files.',
  CONTROL: 'Suspending, resuming and ending runs.',
  DETACH: 'Taking what a runtime left out of the kernel.',
  ENGINE: 'The sockets of Docker and Podman.',
  ENROLL: 'A host and its gateway getting to know each other.',
  EVENT: 'Events read from files.',
  EXPORT: 'Files and collectors that events are exported to.',
  FILE: 'Files that people name: policies, configurations, rules of redaction.',
  GATEWAY: 'The gateway: its store, its keys, what it is asked.',
  HOLD: 'Answers to held actions.',
  IDENTITY: "Hosts, keys of people, and the gateway's certificate authority.",
  KERNEL: 'What the kernel refuses, or does not have. `warder doctor` looks at all of it at once.',
  LEARN: 'Policies out of the record.',
  LOCAL: "Starting agents through the runtime's service, as a user of the host.",
  METRICS: 'The pages for Prometheus.',
  NAMES: 'Host names that agents look up.',
  OUTPUT: 'Files that a command writes.',
  POLICY: 'Policy documents, and their tests. Nothing of a faulty document takes effect.',
  PRODUCTION: 'What `WARDER_ENV=production` does not start with.',
  QUERY: 'Questions to stored events.',
  REDACTION: 'What takes secrets out.',
  REPLAY: 'Going through a run again.',
  RULE: 'Rules of your own for secrets.',
  RUN: "Starting an agent. The exit status of `warder run` is 125 then, 126 or 127 where it is about the agent's program.",
  RUNTIME: 'The runtime of a host.',
  SECRET: 'Keys that the configuration names by where they are kept.',
  SERVICE: 'What a service manager and a service tell each other.',
  STATE: 'The state directory: its owner alone may look into it, and nobody else may be able to exchange it.',
  TAIL: 'Reaching a gateway, or a state directory, to read events.',
  UPLINK: "The runtime's stream to its gateway. Events wait meanwhile; policy holds until its lease ends.",
  WALLS: 'What stands around an agent on hosts without BPF LSM.',
  WHY: 'What an agent asks about its own refusals.',
  WITNESS: 'Checkpoints that another gateway cosigns.',
};

export const SYMPTOMS: readonly { seen: string; means: string }[] = [
  {
    seen: 'Every action of an agent is refused, with `REASON_NO_POLICY` or `no policy`',
    means:
      'No document takes the agent in, or the gateway was never reached. `warder policy effective FILE… --agent ID` shows which layers an agent has; a fresh package has no policy at all, and then no agent may do anything.',
  },
  {
    seen: 'Every action is refused with `REASON_LEASE`',
    means:
      'The host has not heard from its gateway for longer than the lease. See why it is not attached: `journalctl -u warder-runtime`, `warder host list`, and the clock of both.',
  },
  {
    seen: 'Agents may start and reach nothing, with `REASON_SILENT`',
    means:
      'The runtime has been gone for longer than `silence`: `systemctl status warder-runtime`. What is open goes on.',
  },
  {
    seen: 'An honest program fails at its start, and nothing it names is in the policy',
    means:
      'Look at what was refused, libraries included: `warder tail --run last --verdict deny --no-follow`. `mode: monitor` shows all of it in one go ([learn-to-enforce.md](learn-to-enforce.md)).',
  },
  {
    seen: '`warder tail` or `warder holds` finds nothing after `sudo warder run`',
    means:
      "Root's runs keep their state with root: put `sudo` in front. A service's gateway is named with `--state /var/lib/warder-gateway`.",
  },
  {
    seen: 'A plain user is told that they may start no agents',
    means:
      'A row of `allow` in `/etc/warder/runtime.yaml` names users and groups, and `systemctl reload warder-runtime` takes it up. Groups count as the kernel has them: log in again after a change.',
  },
  {
    seen: 'A change of a policy file has no effect',
    means:
      'One of the files has a fault, and the set before stays in force: `journalctl -u warder-gateway` says which line. The file must be readable by `warder-gateway`: `install -m 640 -g warder-gateway`.',
  },
  {
    seen: '`require: prevent` refuses to start',
    means:
      'What the policy wants prevented could only be terminated or observed on this host, or is unmeasured. `warder doctor` says what to change on the host.',
  },
  {
    seen: '`maps.debug` and `progs.debug` are in `/sys/fs/bpf`',
    means:
      "They are the kernel's own entries in every BPF file system. Warder mounts one where there is none; its own pins are below `/sys/fs/bpf/warder`, and `warder detach --all` takes them out.",
  },
  {
    seen: 'The summary or the metrics say that records were lost',
    means:
      'The kernel produced more than was read: verdicts are what they should be, the record has holes, and says where. See the load of the host, and `warder_runtime_ring_bytes` ([metrics.md](metrics.md)).',
  },
  {
    seen: 'A held action is refused before anybody could answer',
    means:
      'Nobody answered within 120 seconds, or `warder run --hold`. A held file or connection is refused at once, and passes at the next try after a yes ([approvals.md](approvals.md)).',
  },
];
