/**
 * Examples in the help of commands that have no more to say behind their options. Those with notes of their own have theirs there.
 *
 * In:  a command's path without `warder`. Out: its command lines; test/docs/commands.test.ts holds each against the command.
 */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  runs: ['sudo warder runs --since 7d', 'sudo warder runs --agents --json'],
  ps: ['sudo warder ps last', 'sudo warder ps 3f2a91 --state /var/lib/warder-gateway'],
  mcp: ['claude mcp add warder -- warder mcp', 'codex mcp add warder -- warder mcp'],
  'policy check': [
    'warder policy check policy.yaml',
    'warder policy check /etc/warder/policies/*.yaml --json',
  ],
  'policy effective': ['warder policy effective fleet.yaml team.yaml --agent acme/payments/coder'],
  'policy explain': [
    'warder policy explain policy.yaml exec /usr/bin/curl',
    'warder policy explain policy.yaml connect api.example.com:443 --set workspace=/srv/work',
  ],
  'policy test': [
    'warder policy test policy.yaml',
    'warder policy test examples/policies/*.test.yaml --json',
  ],
  'policy diff': ['warder policy diff policy.yaml stricter.yaml'],
  'policy put': [
    "sudo warder policy put -m 'no more telnet' policy.yaml",
    'sudo warder policy put --dry-run policy.yaml',
  ],
  'policy list': ['sudo warder policy list --state /var/lib/warder-gateway'],
  'policy get': [
    'sudo warder policy get team/payments:coding > team.yaml',
    'sudo warder policy get fleet:base --version 3',
  ],
  'policy history': ['sudo warder policy history team/payments:coding'],
  'policy rollback': ["sudo warder policy rollback team/payments:coding --to 3 -m 'too strict'"],
  'policy promote': ['sudo warder policy promote team/payments:coding --since 14 --dry-run'],
  'policy remove': ["sudo warder policy remove team/payments:coding -m 'the team is gone'"],
  suspend: ["sudo warder suspend RUN --because 'looks odd'"],
  resume: ['sudo warder resume RUN'],
  kill: ["sudo warder kill RUN --because 'it does what nobody asked for'"],
  budgets: ['sudo warder budgets --state /var/lib/warder-gateway'],
  holds: ['sudo warder holds', 'sudo warder holds --all --json'],
  approve: ["sudo warder approve 3fa2c1 --because 'the release needs it'"],
  refuse: ["sudo warder refuse 3fa2c1 --because 'not on a Friday'"],
  redact: ['warder redact < events.jsonl > clean.jsonl', 'warder redact --check-rules rules.yaml'],
  'audit export': [
    'sudo warder audit export --out agents.audit',
    'sudo warder audit export --from 4096 --witnessed --out new.audit',
  ],
  'audit verify': ['warder audit verify agents.audit --key log.key --checkpoint kept.checkpoint'],
  'audit prove': ['sudo warder audit prove 4711 > event.tlog-proof'],
  'audit checkpoint': ['sudo warder audit checkpoint > kept.checkpoint'],
  'audit key': ['sudo warder audit key > log.key'],
  'audit rotate-key': ["sudo warder audit rotate-key --because 'the yearly one'"],
  'audit retain': ['sudo warder audit retain --age 90d', 'sudo warder audit retain --size 10GB'],
  'audit hold': [
    "sudo warder audit hold --agent spiffe://warder.local/acme/payments/coder --because 'case 7'",
    "sudo warder audit hold --agent spiffe://warder.local/acme/payments/coder --lift --because 'closed'",
  ],
  host: ['sudo warder host token build-7 > token', 'sudo warder host list'],
  'host list': ['sudo warder host list --json'],
  'host revoke': ["sudo warder host revoke build-7 --because 'taken out of service'"],
  'host authority': ['sudo warder host authority > gateway-authority.pem'],
  key: ['sudo warder key create alice --role viewer approver', 'sudo warder key list'],
  'key list': ['sudo warder key list --json'],
  'key rotate': ['sudo warder key rotate ID --overlap 24h'],
  'key revoke': ['sudo warder key revoke ID'],
  config: ['warder config check /etc/warder/gateway.yaml /etc/warder/runtime.yaml'],
  version: ['warder version'],
};
