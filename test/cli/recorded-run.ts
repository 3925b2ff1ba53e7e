/**
 * A run as the log has it, small enough to say every line of what a command makes of it: a shell that runs git and
 * gcc, is refused curl and a key, connects, and says hostile things in its file names.
 */
import { toLong } from '../../src/contract/int64.ts';
import { type Event, NetworkKind, Outcome, Reason, Verdict } from '../../src/contract/messages.ts';
import { AGENT, ALLOWED, denied, NO_CURL, RUN } from './events.ts';

const START_NS = 1_767_225_600_000_000_000n;
/** Moves the cursor, colours, reverses text, ends an element and a script. */
export const HOSTILE = '/srv/work/\x1b[2J\u202e</script><img src=x onerror=alert(1)>"\'&';

interface By {
  execId: string;
  parentExecId: string;
  pid: number;
  executable: string;
}
const shell: By = { execId: 'b-1-a', parentExecId: 'b-0-0', pid: 100, executable: '/usr/bin/dash' };
const git: By = { execId: 'b-2-b', parentExecId: 'b-1-a', pid: 101, executable: '/usr/bin/git' };
const curl: By = { execId: 'b-3-c', parentExecId: 'b-1-a', pid: 102, executable: '/usr/bin/dash' };

function event(atMs: number, by: By | undefined, detail: Partial<Event>): Event {
  return {
    timeUnixNs: toLong(START_NS + BigInt(atMs) * 1_000_000n),
    agent: AGENT,
    run: RUN,
    ...(by
      ? { process: { ...by, tid: by.pid, uid: 1000, user: 'agent', comm: by.executable.slice(9) } }
      : {}),
    ...detail,
  };
}

export function recordedRun(): Event[] {
  return [
    event(0, undefined, {
      runStarted: {
        argv: ['sh', 'build.sh'],
        workspace: '/srv/work',
        user: 'agent',
        policy: 'sha256:aa',
        unenforced: [],
      },
    }),
    event(1, shell, {
      exec: { path: '/usr/bin/dash', argv: ['sh', 'build.sh'], workingDirectory: '/srv/work' },
      decision: ALLOWED,
    }),
    event(5, shell, {
      fileOpen: { path: '/srv/work/build.sh', read: true },
      decision: { ...ALLOWED, category: 'read' },
    }),
    event(10, git, { forked: {} }),
    event(11, git, {
      exec: { path: '/usr/bin/git', argv: ['git', 'status'], workingDirectory: '/srv/work' },
      decision: ALLOWED,
    }),
    event(15, git, {
      fileOpen: { path: '/home/agent/.ssh/id_ed25519', read: true },
      decision: denied(Outcome.OUTCOME_PREVENTED, 'read', {
        layer: 'builtin:credentials',
        category: 'read',
        effect: 'deny',
        pattern: '**/.ssh/**',
        because: 'keys and agents of SSH and GnuPG',
      }),
    }),
    event(16, git, {
      fileOpen: { path: HOSTILE, read: true, write: true, create: true },
      decision: { ...ALLOWED, category: 'write' },
      redactions: [{ kind: 'aws-access-key', count: 2 }],
    }),
    event(20, git, { exited: { code: 0 } }),
    event(21, curl, { forked: {} }),
    event(22, curl, {
      exec: { path: '/usr/bin/curl', argv: ['curl', 'https://example.com'], workingDirectory: '/srv/work' },
      decision: denied(Outcome.OUTCOME_TERMINATED, 'exec', NO_CURL),
    }),
    event(23, curl, { exited: { signal: 9 } }),
    event(30, shell, {
      network: {
        kind: NetworkKind.KIND_CONNECT,
        protocol: 'tcp',
        address: '192.0.2.7',
        port: 443,
        name: 'api.example.com',
      },
      decision: {
        ...ALLOWED,
        category: 'connect',
        would: { verdict: Verdict.VERDICT_DENY, reason: Reason.REASON_NO_RULE, layer: 'fleet:strict' },
      },
    }),
    event(35, shell, {
      fileChange: { operation: 'rename', path: '/srv/work/a.tmp', target: '/srv/work/a.out', mode: 0o644 },
      decision: { ...ALLOWED, category: 'write' },
    }),
    event(36, shell, {
      privileged: { privilege: 'mount', detail: 0 },
      decision: {
        ...denied(Outcome.OUTCOME_PREVENTED, 'privileged'),
        reason: Reason.REASON_NO_CATEGORY,
        layer: '',
      },
    }),
    event(40, shell, { exited: { code: 3 } }),
    event(41, undefined, { runEnded: { code: 3, stragglers: 0 } }),
    {
      timeUnixNs: toLong(START_NS + 50_000_000n),
      loss: { counts: [{ kind: 'open', cause: 'ring_full', records: toLong(7) }] },
    },
  ];
}
