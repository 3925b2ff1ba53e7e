/**
 * How the pages' commands are run: what a page begins with, which answers are a no, which words stand for something that
 * only the moment knows, and which commands are run elsewhere, and where.
 *
 * Everything that this table does not name is run as it stands, and ends with 0.
 */
import type { ScratchHost } from './scratch-host.ts';

export interface Exception {
  command: RegExp;
  /** It is not run here: why, and by what it is run. */
  elsewhere?: string;
  /** Of a command whose answer is a no; several where it is the host's to say. */
  status?: number | readonly number[];
  /** Commands that make what it is about. */
  before?: string;
  /** Command whose output's first line stands for what the page has as an example. */
  stands?: [example: string | RegExp, from: string];
  /** Behind the command, for what would go on until somebody ends it. */
  add?: string;
}

export interface Page {
  /** Both services run before the first command. */
  services?: boolean;
  /** Commands before the first. */
  before?: string;
  exceptions?: Exception[];
  /** The whole page is run by another test. */
  by?: string;
}

const HOLD_ID = 'sudo warder holds --json $STATE | grep -m1 -oE \'"id":"[0-9a-f-]+\' | cut -c7-';
const UNTIL_HELD =
  'for try in $(seq 100); do sudo warder holds --json $STATE | grep -q id && break; sleep 0.1; done';
const RUN_ID = 'grep -oE \'"run":"[0-9a-f-]{36}\' | head -n 1 | cut -c8-';
const policyFile = (name: string, exec: string) => `cat > ${name} <<'END'
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: any, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: [/usr/bin/**, /home/dev/.local/bin/**]}${exec}]
  read: [{allow: [/**]}]
  write: [{allow: [/home/dev/**, /dev/**]}]
  load: [{allow: [/**]}]
END
`;
const OPEN_POLICY = policyFile('open.yaml', '');
const HOLDING_POLICY = policyFile('asks.yaml', ', {hold: /usr/bin/rm}');
const MAKE =
  'a target of the Makefile: CI is `make test`, and `make demo`, `make install` and `make deb` are run by tests of theirs';
const LAB = 'a real system with systemd: make lab-systemd (vagrant/system/checks)';

export const TABLE: Record<string, Page> = {
  'README.md': {
    exceptions: [
      { command: /^sudo make/, elsewhere: MAKE },
      { command: /bin\/warder run/, elsewhere: 'the same as in docs/first-run.md, from a checkout' },
    ],
  },
  'CONTRIBUTING.md': { exceptions: [{ command: /^(sudo )?(make|npm)/, elsewhere: MAKE }] },
  'vagrant/README.md': {
    exceptions: [{ command: /./, elsewhere: 'machines of the lab: make test starts four of them' }],
  },
  'docs/installing.md': {
    services: true,
    exceptions: [
      { command: /apt |^systemctl|systemd-|^sudo make|daemon-reload/, elsewhere: LAB },
      { command: /warder doctor/, status: [0, 1] },
    ],
  },
  'docs/first-run.md': {
    exceptions: [
      { command: /explain .* read/, status: 1 },
      { command: /warder doctor/, status: [0, 1] },
    ],
  },
  'docs/learn-to-enforce.md': {
    exceptions: [
      { command: /policy what-if/, status: 0 },
      { command: /policy diff/, status: 1 },
    ],
  },
  'docs/approvals.md': {
    services: true,
    before: 'STATE="--state /var/lib/warder-gateway"',
    exceptions: [
      { command: /^sudo warder holds/, before: UNTIL_HELD },
      { command: /^sudo warder approve/, stands: ['3fa2c1', HOLD_ID] },
    ],
  },
  'docs/fleet.md': {},
  'docs/agents.md': {
    before: 'git init -q .',
    exceptions: [
      { command: /policy explain/, status: 1 },
      { command: /policy what-if/, status: 1 },
      {
        command: /^sudo warder holds/,
        before: `AGENT_DOES=docker sudo warder run --policy claude-code.yaml --agent acme/dev/claude-code --user dev -- claude > held.log 2>&1 &\n${UNTIL_HELD}`,
      },
      { command: /^sudo warder approve/, stands: ['3fa2c1', HOLD_ID] },
      {
        command: /^sudo install -m 640/,
        before:
          "AGENT_DOES='warder why' sudo warder run --quiet --policy claude-code.yaml --agent acme/dev/claude-code --user dev -- claude > why.log 2>&1; grep 'refused and [a-z]*: exec .*sudo' why.log || { cat why.log; false; }",
      },
      {
        command: /^sudo systemctl reload warder-runtime/,
        before: 'sudo systemctl start warder-gateway warder-runtime',
      },
    ],
  },
  'docs/audit.md': {
    before: `${OPEN_POLICY}sudo warder run --quiet --policy open.yaml -- true`,
    exceptions: [
      { command: /audit prove 4711/, stands: ['4711', 'echo 0'] },
      { command: /witness/, elsewhere: 'it takes another gateway: test/gateway/audit has the two' },
      { command: /--run RUN/, stands: ['RUN', `sudo warder runs --json | ${RUN_ID}`] },
    ],
  },
  'docs/console.md': { services: true },
  'docs/control.md': {
    before: `${HOLDING_POLICY}sudo warder run --quiet --policy asks.yaml -- sh -c 'touch a b; /usr/bin/rm a & /usr/bin/rm b & sleep 1000' > agent.log 2>&1 &`,
    exceptions: [
      { command: /^sudo warder holds/, before: UNTIL_HELD },
      { command: /^sudo warder (approve|refuse) 3fa2c1/, stands: ['3fa2c1', HOLD_ID] },
      { command: / RUN/, stands: ['RUN', `sudo warder runs --json | ${RUN_ID}`] },
    ],
  },
  'docs/metrics.md': {},
  'docs/operating.md': {
    services: true,
    before: `${OPEN_POLICY}sudo install -m 640 -g warder-gateway open.yaml /etc/warder/policies/ && sudo mkdir -p /srv/work`,
    exceptions: [
      { command: /adopt --container/, elsewhere: 'with an engine: test/e2e/containers.test.ts' },
      { command: /adopt --pid/, before: 'sleep 1000 &', stands: ['4711', 'echo $!'] },
      {
        command: /warder release/,
        stands: [
          /[0-9a-f]{8}-[0-9a-f-]{27}/,
          `sudo warder adopt --list --json | grep payments/coder | ${RUN_ID}`,
        ],
      },
    ],
  },
  'docs/policy.md': {
    services: true,
    before: [
      "printf 'apiVersion: warder.dev/v1\\nkind: Policy\\nmetadata: {name: coding, scope: team/payments}\\nspec: {exec: [{allow: /usr/bin/git}]}\\n' > team.yaml",
      'sudo warder policy put team.yaml --state /var/lib/warder-gateway && sed -i s,/usr/bin/git,/usr/bin/hg, team.yaml',
    ].join('\n'),
  },
  'docs/redaction.md': { before: OPEN_POLICY.replaceAll('open.yaml', 'policy.yaml') },
  'docs/why.md': {
    exceptions: [
      { command: /mcp add/, elsewhere: "another program's; warder mcp: test/e2e/why.test.ts" },
      { command: /^docker run/, elsewhere: 'with an engine: test/e2e/containers.test.ts' },
    ],
  },
  'docs/consumers.md': { by: 'test/docs/consumers.test.ts' },
};

/** What a page's example stands for at this moment. */
export async function filledIn(
  command: string,
  exception: Exception | undefined,
  host: ScratchHost,
): Promise<string> {
  let text = `${command}${exception?.add ?? ''}`;
  if (exception?.stands) {
    const [example, from] = exception.stands;
    const { output } = await host.run(from);
    text = text.replace(example, output.split('\n')[0]!.trim());
  }
  return text;
}
