/**
 * Every kind of fault of a policy document: where it is, what is said, what to write instead.
 */
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { formatFault } from '../../src/gateway/policy/load.ts';

const HEAD = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: p, scope: fleet}
spec:
  mode: enforce
`;

function faults(text: string): string[] {
  return parsePolicyFile(text, 'p.yaml').faults.map(formatFault);
}

/** Faults of lines under `spec:`, which begin at line 6. */
function specFaults(lines: string): string[] {
  return faults(HEAD + lines);
}

const FORMS = 'the forms are /a/b, /a/**, **/name, **/name/** and **/*.ext';

test.each([
  [
    'a relative path',
    'usr/bin/git',
    "'usr/bin/git' is a relative path; write ${workspace}/usr/bin/git, or /usr/bin/git",
  ],
  ['a bare name', 'git', "'git' is a relative path; write ${workspace}/git, or /git, or **/git"],
  ['a dotted path', './x', "'./x' is a relative path; write ${workspace}/x, or /x, or **/x"],
  ['the home of a shell', '~/.cache', "'~/.cache' is a relative path; write ${home}/.cache"],
  ['a variable of a shell', '$HOME/x', "'$HOME/x' has a variable of the shell; write ${home}/x"],
  ['one star', '/a/*', `'/a/*' has a wildcard that does not exist; write /a/** for all under /a; ${FORMS}`],
  [
    'a star with an extension',
    '/a/*.log',
    `'/a/*.log' has a wildcard that does not exist; write /a/** for all under /a, or **/*.log for files of that kind anywhere; ${FORMS}`,
  ],
  [
    'two stars inside',
    '/a/**/b',
    `'/a/**/b' has a wildcard that does not exist; write /a/** for all under /a; ${FORMS}`,
  ],
  [
    'a question mark',
    '/a/b?',
    `'/a/b?' has a wildcard that does not exist; write /a/** for all under /a; ${FORMS}`,
  ],
  [
    'a class',
    '/a/[bc]',
    `'/a/[bc]' has a wildcard that does not exist; write /a/** for all under /a; ${FORMS}`,
  ],
  [
    'braces',
    '/a/{b,c}',
    `'/a/{b,c}' has a wildcard that does not exist; write /a/** for all under /a; ${FORMS}`,
  ],
  ['a star alone', '*', "'*' is no form that exists; write /** for every path"],
  [
    'an extension without **/',
    '*.pem',
    "'*.pem' is a relative path; write **/*.pem for files of that kind anywhere",
  ],
  [
    'two names behind **/',
    '**/.git/hooks',
    `'**/.git/hooks' has more than one name behind **/; write **/hooks, or the whole path from / or from a variable; ${FORMS}`,
  ],
  ['nothing behind **/', '**/', "'**/' names nothing; write /** for every path"],
  ['a wildcard in a name', '**/a*', `'**/a*' has a wildcard inside a name; ${FORMS}: write names out`],
  [
    'an extension with more behind it',
    '**/*.d/**',
    `'**/*.d/**' is no form that exists; behind **/* comes .ext and nothing else; ${FORMS}`,
  ],
  [
    'an extension with too many dots',
    '**/*.a.b.c.d.e',
    "the extension in '**/*.a.b.c.d.e' has 5 dots, at most 4 can be kept; write its end: **/*.b.c.d.e",
  ],
  [
    'a name that is too long',
    `**/${'n'.repeat(65)}`,
    `the name in '**/${'n'.repeat(65)}' has 65 bytes, at most 64 can be kept; name a directory above it, or write the whole path`,
  ],
  [
    'an extension that is too long',
    `**/*.${'x'.repeat(64)}`,
    `the extension in '**/*.${'x'.repeat(64)}' has 65 bytes, at most 64 can be kept; write its last part: **/*.${'x'.repeat(64)}`,
  ],
  [
    'a path that is too long',
    `/${'é'.repeat(124)}`,
    `the path of '/${'é'.repeat(124)}' has 249 bytes, at most 247 can be kept; name a directory further up: /a/**`,
  ],
  ['a slash at the end', '/a/', "'/a/' ends with a slash; write /a for itself, /a/** for all under it"],
  [
    'an empty part',
    '/a//b',
    "'/a//b' has an empty part; write the path as the kernel resolves it, without //, /./ and /../",
  ],
  [
    'dots',
    '/a/../b',
    "'/a/../b' has a part '..'; write the path as the kernel resolves it, without //, /./ and /../",
  ],
  ['an unknown variable', '${workspce}/a', "'${workspce}/a' has an unknown variable; write ${workspace}/a"],
  [
    'a variable that is nothing like one',
    '${qqqqqqq}',
    "'${qqqqqqq}' has an unknown variable; the variables are ${workspace}, ${home}, ${run}",
  ],
  [
    'a variable of built-in layers',
    '${terminal}',
    "'${terminal}' has an unknown variable; the variables are ${workspace}, ${home}, ${run}",
  ],
  [
    'a variable that is not in front',
    '/a/${home}',
    "'/a/${home}' has a variable that is not in front; begin the pattern with the variable",
  ],
  [
    'a variable without a slash behind it',
    '${home}x',
    "'${home}x' goes on behind its variable without a slash; write ${home}/x",
  ],
  [
    'a variable that is not closed',
    '${home',
    "'${home' opens a variable and does not close it; write ${workspace}, with both braces",
  ],
  [
    'a digest that is too short',
    'sha256:abc',
    "'sha256:abc' is no sha256: it has 3 characters behind the colon that should be 64 hex digits; write sha256: and what `sha256sum FILE` prints",
  ],
  ['white space around', ' /a', "' /a' begins or ends with white space; write /a"],
  ['nothing', '', 'the pattern is empty; write what the rule is about, or take it out'],
])('exec: %s', (_, pattern, expected) => {
  expect(specFaults(`  exec:\n    - allow: ${JSON.stringify(pattern)}\n`)).toEqual([
    `p.yaml:7:14: ${expected}`,
  ]);
});

test('sha256 stands under exec only', () => {
  expect(specFaults(`  read:\n    - deny: sha256:${'0'.repeat(64)}\n`)).toEqual([
    'p.yaml:7:13: read takes no sha256 pattern; sha256:<64 hex> is for exec; write a path here',
  ]);
});

test.each([
  [
    'connect',
    '300.1.2.3',
    "'300.1.2.3' has a bad IPv4 address; write four numbers from 0 to 255: 10.0.0.1, or 10.0.0.0/8",
  ],
  [
    'connect',
    '10.1',
    "'10.1' has a bad IPv4 address; write four numbers from 0 to 255: 10.0.0.1, or 10.0.0.0/8",
  ],
  [
    'connect',
    '10.0.0.01',
    "'10.0.0.01' has a bad IPv4 address; write four numbers from 0 to 255: 10.0.0.1, or 10.0.0.0/8",
  ],
  ['connect', '10.0.0.0/33', "'10.0.0.0/33' has a bad prefix '/33'; write /0 to /32 behind an IPv4 address"],
  [
    'connect',
    '[2001:db8::]/129',
    "'[2001:db8::]/129' has a bad prefix '/129'; write /0 to /128 behind an IPv6 address",
  ],
  [
    'connect',
    '[2001:db8::/32]:443',
    "'[2001:db8::/32]:443' has its prefix inside the brackets; write [2001:db8::]/32:443",
  ],
  ['connect', '2001:db8::1', "'2001:db8::1' is an IPv6 address without brackets; write [2001:db8::1]"],
  [
    'connect',
    '[fe80::1%eth0]',
    "'[fe80::1%eth0]' has a bad IPv6 address; write it in brackets, prefix and port behind them: [2001:db8::]/32:443; no zone (%eth0)",
  ],
  [
    'connect',
    '[10.0.0.1]',
    "'[10.0.0.1]' has a bad IPv6 address; write it in brackets, prefix and port behind them: [2001:db8::]/32:443; no zone (%eth0)",
  ],
  ['connect', '10.0.0.1:0', "'10.0.0.1:0' has a port out of range; ports of connect go from 1 to 65535"],
  [
    'listen',
    '10.0.0.1:65536',
    "'10.0.0.1:65536' has a port out of range; ports of listen go from 0 to 65535",
  ],
  ['connect', '10.0.0.1:20-10', "'10.0.0.1:20-10' has a port range that runs backwards; write :10-20"],
  [
    'connect',
    '10.0.0.1:http',
    "'10.0.0.1:http' has a bad port 'http'; write :443, :3000-3999, or no port for every port",
  ],
  ['connect', 'tpc/10.0.0.1', "'tpc/10.0.0.1' has an unknown protocol 'tpc'; write tcp/10.0.0.1"],
  [
    'connect',
    'icmp/10.0.0.1',
    "'icmp/10.0.0.1' has an unknown protocol 'icmp'; tcp/ and udp/ may stand before an address; nothing does for both",
  ],
  [
    'connect',
    'https://api.example.com/v1',
    "'https://api.example.com/v1' is a URL; write its host and port: api.example.com",
  ],
  ['connect', '*', '\'*\' names no host; write 0.0.0.0/0 and "[::]/0" for every address'],
  ['connect', '*:*', '\'*:*\' names no host; write 0.0.0.0/0 and "[::]/0" for every address'],
  ['connect', '*:443', '\'*:443\' names no host; write 0.0.0.0/0:443 and "[::]/0:443" for every address'],
  ['connect', 'api.*.com', "'api.*.com' has a wildcard that does not exist; the forms are host and *.host"],
  [
    'connect',
    'bücher.example',
    "'bücher.example' is not in the form that is looked up; write xn--bcher-kva.example",
  ],
  [
    'connect',
    'example.com/8',
    "'example.com/8' has a slash behind a host name; write the name alone: example.com",
  ],
  [
    'connect',
    'exa mple.com',
    "'exa mple.com' is neither an address nor a host name; write host:port, *.host:port, 10.0.0.1:port, [2001:db8::1]:port or unix:/path",
  ],
  [
    'connect',
    'unix:run/x',
    "'unix:run/x' has no socket path that can be kept; write unix:/path, unix:/path/** or unix:@name",
  ],
  [
    'connect',
    'unix:@',
    "'unix:@' has no abstract name that can be kept; write unix:@name, 1 to 107 bytes, without wildcards",
  ],
  [
    'listen',
    'localhost:3000',
    "'localhost:3000' is a host name, and listen takes addresses; write 127.0.0.1 or [::1]",
  ],
  ['privileged', 'moutn', "'moutn' is no privilege; write mount"],
  [
    'privileged',
    'root',
    "'root' is no privilege; write one of bpf, io_uring, module, mount, ptrace-others, raw-socket, signal-others, userns",
  ],
])('%s: %s', (category, pattern, expected) => {
  expect(specFaults(`  ${category}:\n    - allow: ${JSON.stringify(pattern)}\n`)).toEqual([
    `p.yaml:7:14: ${expected}`,
  ]);
});

test.each([
  ['an unknown key of spec', '  exce: []\n', ["6:3: unknown key 'exce'; write exec"]],
  [
    'an unknown key that is nothing like a known one',
    '  zzzzzz: 1\n',
    [
      "6:3: unknown key 'zzzzzz'; the keys here are mode, exec, read, write, load, connect, listen, privileged, budget, require, approval, limits, environment, lift_builtin, base",
    ],
  ],
  ['an unknown key of a rule', '  exec:\n    - alow: /a\n', ["7:7: unknown key 'alow'; write allow"]],
  [
    'a rule that says nothing',
    '  exec:\n    - because: so\n',
    ['7:7: the rule is empty; write allow:, hold: or deny: with what it is about'],
  ],
  [
    'a rule with two effects',
    '  exec:\n    - {allow: /a, deny: /b}\n',
    [
      '7:7: the rule has allow and deny; write a rule of its own for each; deny beats hold beats allow, whatever the order',
    ],
  ],
  [
    'a rule with an empty list',
    '  exec:\n    - deny: []\n',
    ['7:13: the rule is empty; name what it is about, or take it out'],
  ],
  [
    'a rule without a pattern',
    '  exec:\n    - deny:\n',
    [
      '7:12: the rule is empty: a pattern is missing; write a text, in quotes where YAML reads something else',
    ],
  ],
  [
    'a pattern that is a number',
    '  exec:\n    - deny: 12\n',
    ['7:13: a pattern cannot be the number 12; write a text, in quotes where YAML reads something else'],
  ],
  [
    'a category that is no list',
    '  exec: /usr/bin/git\n',
    ['6:9: exec cannot be the string "/usr/bin/git"; write a list: - allow: /usr/bin/git'],
  ],
  [
    'an empty because',
    '  exec:\n    - {deny: /a, because: ""}\n',
    ['7:27: because is empty; write a sentence for people, or take it out'],
  ],
  [
    'a because that is too long',
    `  exec:\n    - {deny: /a, because: ${'x'.repeat(501)}}\n`,
    ['7:27: because is longer than 500 characters; write one sentence, and link to the rest'],
  ],
  [
    'budget in words',
    '  budget: {execs: many}\n',
    ['6:19: execs cannot be the string "many"; write it like 200/min'],
  ],
  [
    'budget per nothing',
    '  budget: {connects: 600}\n',
    ['6:22: connects cannot be the number 600; write it like 200/min'],
  ],
  [
    'budget out of range',
    '  budget: {execs: 2000000000/min}\n',
    ['6:19: execs is out of range: 2000000000; write 0 to 1,000,000,000'],
  ],
  [
    'a bad size',
    '  budget: {egress: 50M/hour}\n',
    ['6:20: egress cannot be the string "50M/hour"; write it like 50MB/hour'],
  ],
  [
    'a bad duration',
    '  budget: {egress: 50MB/fortnight}\n',
    ['6:20: egress cannot be the string "50MB/fortnight"; write it like 50MB/hour'],
  ],
  [
    'a cost without a currency',
    '  budget: {cost: 25/day}\n',
    ['6:18: cost cannot be the string "25/day"; write it like 25 USD/day'],
  ],
  ['a mistyped on_exceed', '  budget: {on_exceed: kil}\n', ['6:23: on_exceed cannot be "kil"; write kill']],
  [
    'pids out of range',
    '  limits: {pids: 0}\n',
    ['6:18: pids is out of range: 0; write a whole number, 1 to 4,194,304'],
  ],
  [
    'pids that are not whole',
    '  limits: {pids: 1.5}\n',
    ['6:18: pids is out of range: 1.5; write a whole number, 1 to 4,194,304'],
  ],
  [
    'memory without a unit',
    '  limits: {memory: 4}\n',
    ['6:20: memory cannot be the number 4; write it like 4GB'],
  ],
  [
    'memory out of range',
    '  limits: {memory: 1kB}\n',
    ['6:20: memory in bytes is out of range: 1000; write 1,048,576 to 1,125,899,906,842,624'],
  ],
  ['cpu without a unit', '  limits: {cpu: 2}\n', ['6:17: cpu cannot be the number 2; write it like 200%']],
  [
    'cpu out of range',
    '  limits: {cpu: 0%}\n',
    ['6:17: cpu in percent is out of range: 0; write 1 to 100,000'],
  ],
  ['a mistyped mode', '  require: prevnt\n', ['6:12: require cannot be "prevnt"; write prevent']],
  ['base that is not none', '  base: all\n', ['6:9: base cannot be "all"; write none']],
  [
    'an environment without a list',
    '  environment: {pass: PATH}\n',
    ['6:23: pass cannot be the string "PATH"; write a list: [PATH, HOME]'],
  ],
  [
    'a wildcard in a name to pass',
    '  environment: {pass: [LC_*]}\n',
    [
      '6:24: "LC_*" is no name of an environment variable; write each name out: letters, digits and underscore; there are no wildcards here',
    ],
  ],
  [
    'a built-in deny that is none',
    '  lift_builtin: ["**/.evn"]\n',
    ['6:18: "**/.evn" is no built-in deny; write **/.env'],
  ],
])('%s', (_, lines, expected) => {
  expect(specFaults(lines)).toEqual(expected.map((fault) => `p.yaml:${fault}`));
});

test.each([
  [
    'a wrong apiVersion',
    HEAD.replace('warder.dev/v1', 'v1'),
    ['1:13: apiVersion cannot be "v1"; write warder.dev/v1'],
  ],
  ['a wrong kind', HEAD.replace('Policy', 'policy'), ['2:7: kind cannot be "policy"; write Policy']],
  ['no kind', HEAD.replace('kind: Policy\n', ''), ['1:1: kind is missing; write Policy']],
  [
    'no metadata',
    HEAD.replace(/metadata.*\n/, ''),
    ['1:1: metadata is missing; write a mapping of name, scope'],
  ],
  [
    'a category outside spec',
    `exec: []\n${HEAD}`,
    ["1:1: unknown key 'exec'; the keys here are apiVersion, kind, metadata, spec"],
  ],
  [
    'a bad name',
    HEAD.replace('name: p', 'name: p q'),
    ['3:18: name cannot be "p q"; write letters, digits, dot, dash and underscore, at most 64'],
  ],
  [
    'an unknown scope',
    HEAD.replace('fleet', 'flet'),
    ['3:28: scope cannot be "flet"; write fleet, org/<name>, team/<name> or agent/<name>'],
  ],
  [
    'a scope without a name',
    HEAD.replace('fleet', 'team'),
    ['3:28: scope cannot be "team"; write team/<name>'],
  ],
  [
    'a scope that is mistyped',
    HEAD.replace('fleet', 'taem/a'),
    ['3:28: scope cannot be "taem/a"; write team/<name>'],
  ],
  [
    'a scope with more behind its name',
    HEAD.replace('fleet', 'team/a/b'),
    ['3:28: scope cannot be "team/a/b"; write team/<name>'],
  ],
  [
    'a list for a document',
    '- a\n',
    ['1:1: a policy document cannot be a list; write a mapping of apiVersion, kind, metadata, spec'],
  ],
  [
    'nothing at all',
    '# a comment\n',
    ['1:1: the file holds no policy document; begin with apiVersion: warder.dev/v1 and kind: Policy'],
  ],
  [
    'an empty file',
    '',
    ['1:1: the file holds no policy document; begin with apiVersion: warder.dev/v1 and kind: Policy'],
  ],
])('%s', (_, text, expected) => {
  expect(faults(text)).toEqual(expected.map((fault) => `p.yaml:${fault}`));
});

test('a key that stands twice is a fault, and the rest of the document is checked all the same', () => {
  expect(specFaults('  exec: []\n  exec: []\n  base: x\n')).toEqual([
    'p.yaml:7:3: a key stands twice in one mapping; keep one of them; rules go into one list',
    'p.yaml:8:9: base cannot be "x"; write none',
  ]);
});

test('an unquoted pattern that begins with a star is told to want quotes', () => {
  expect(specFaults('  connect:\n    - allow: *.github.com:443\n')).toEqual([
    'p.yaml:7:14: *.github.com:443 is an alias in YAML, and nothing is anchored as &.github.com:443; write "*.github.com:443" with quotes if it is a pattern',
  ]);
});

const LOOK = 'look at indentation, quotes and brackets here and in the line before';

test.each([
  ['exec: "a\n', `2:1: the YAML is broken: missing closing "quote; ${LOOK}`],
  ['a: b: c\n', `1:4: the YAML is broken: nested mappings are not allowed in compact mappings; ${LOOK}`],
  ['a:\n\tb: 1\n', '2:1: the YAML is broken: tabs are not allowed as indentation; indent with spaces'],
  [
    'a: @b\n',
    '1:4: the YAML is broken: plain value cannot start with reserved character @; put quotes around a text that begins with *, @, `, %, [ or {',
  ],
  [
    'a: !b c\n',
    '1:4: the YAML is broken: unresolved tag: !b; take the tag (!…) out: values are plain text and numbers',
  ],
  ['1: a\n', '1:1: a key is not plain text; write a name, in quotes where it looks like a number'],
])('broken YAML %j is told with its place', (text, expected) => {
  expect(faults(text)[0]).toBe(`p.yaml:${expected}`);
});

test('all faults of all documents of a file are told at once, in the order of lines', () => {
  const second = HEAD.replace('name: p', 'name: q');
  const text = `${HEAD}  exec: [{deny: a}]\n  base: x\n---\n${second}  read: [{deny: b}]\n`;
  const places = parsePolicyFile(text, 'p.yaml').faults.map(({ line, column }) => `${line}:${column}`);
  expect(places).toEqual(['6:17', '7:9', '14:17']);
});

test('one fault in one document of a file leaves no document of it', () => {
  const text = `${HEAD}---\n${HEAD.replace('name: p', 'name: q')}  base: x\n`;
  expect(parsePolicyFile(text, 'p.yaml').documents).toEqual([]);
});

test('aliases stand for what they name', () => {
  const { documents, faults: none } = parsePolicyFile(
    `${HEAD}  exec:\n    - allow: &tools [/usr/bin/git, /usr/bin/node]\n  read:\n    - allow: *tools\n`,
    'p.yaml',
  );
  expect(none).toEqual([]);
  expect(documents[0]!.categories.get('read')!.map(({ text }) => text)).toEqual([
    '/usr/bin/git',
    '/usr/bin/node',
  ]);
});

test('a small file of a billion values by aliases in aliases is refused', () => {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const below = level === 0 ? '"x"' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(10).fill(below).join(', ')}]`;
  });
  const [fault] = faults(`${levels.join('\n')}\n`);
  expect(fault).toContain(
    `the file has more than ${LIMITS.fileNodes} values, aliases counted as what they stand for`,
  );
});

test('an alias inside what it names is refused', () => {
  expect(faults('a: &a [*a]\n')[0]).toContain(`nested deeper than ${LIMITS.fileDepth} levels`);
});

test('a file that is nested a million deep is refused', () => {
  expect(faults('['.repeat(1_000_000))[0]).toMatch(/nested deeper|the YAML is broken/);
});

test('more patterns than a document may have are refused with their number', () => {
  const many = Array.from({ length: LIMITS.patterns + 1 }, (_, index) => `/p/${index}`);
  expect(specFaults(`  exec:\n    - allow: [${many.join(', ')}]\n`)).toEqual([
    `p.yaml:5:3: the document has ${LIMITS.patterns + 1} patterns, at most ${LIMITS.patterns} can be kept; name directories instead of files, or split it into documents of other names`,
  ]);
});

test.each([
  [
    '10.0.0.5/8',
    '10.0.0.5/8',
    "'10.0.0.5/8' has address bits behind its prefix, which say nothing; write 10.0.0.0/8",
  ],
  [
    '0.0.0.0:80',
    '0.0.0.0:80',
    "'0.0.0.0:80' never matches: a connection to the unspecified address goes to loopback and is judged so; write 0.0.0.0/0 or [::]/0 for every address, 127.0.0.1 or [::1] for loopback",
  ],
  [
    'localhost:80',
    'localhost:80',
    '\'localhost:80\' never allows anything: a host-name rule does not reach loopback; write 127.0.0.1:80 and "[::1]:80"',
  ],
])('%s loads with a warning', (_, pattern, expected) => {
  const { documents, warnings } = parsePolicyFile(`${HEAD}  connect:\n    - allow: ${pattern}\n`, 'p.yaml');
  expect(documents).toHaveLength(1);
  expect(warnings.map(formatFault)).toEqual([`p.yaml:7:14: ${expected}`]);
});

test('a document without a mode monitors, and says so', () => {
  const { documents, warnings } = parsePolicyFile(HEAD.replace('mode: enforce', 'exec: []'), 'p.yaml');
  expect(documents[0]!.mode).toBe('monitor');
  expect(warnings[0]!.message).toBe('mode is left out, which means monitor: nothing is prevented');
});
