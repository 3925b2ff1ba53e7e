/** What each format says of real kinds of events, and that hostile text stays text. */
import { describe, expect, test } from 'vitest';
import { printable } from '../../../src/base/printable.ts';
import { cefLine } from '../../../src/cli/export/cef.ts';
import { FORMATS } from '../../../src/cli/export/format.ts';
import { ocsfEvents } from '../../../src/cli/export/ocsf.ts';
import { otlpRequest } from '../../../src/cli/export/otlp.ts';
import { syslogLine } from '../../../src/cli/export/syslog.ts';
import { toLong } from '../../../src/contract/int64.ts';
import { type Event, LoggedEvent, NetworkKind, Outcome } from '../../../src/contract/messages.ts';
import { denied } from '../events.ts';
import { HOSTILE, recordedRun } from '../recorded-run.ts';
import { faults } from './ocsf-schema.ts';

const [first] = recordedRun();
const further: Event[] = [
  { ...recordedRun()[2]!, fileOpen: null, load: { path: '/usr/lib/libc.so.6' } },
  {
    ...recordedRun()[11]!,
    network: { kind: NetworkKind.KIND_BIND, protocol: 'tcp', address: '::1', port: 80 },
    decision: denied(Outcome.OUTCOME_OBSERVED, 'listen'),
  },
  { ...recordedRun()[11]!, network: { kind: NetworkKind.KIND_CONNECT, protocol: 'unix', address: '@bus' } },
  {
    ...recordedRun()[11]!,
    network: { kind: NetworkKind.KIND_SEND, protocol: 'udp', address: '192.0.2.1', port: 53 },
  },
  {
    ...recordedRun()[11]!,
    network: null,
    nameLookup: {
      name: 'api.example.com',
      type: 'A',
      server: '192.0.2.53',
      code: 'NOERROR',
      addresses: ['192.0.2.7'],
    },
  },
  {
    timeUnixNs: first!.timeUnixNs!,
    gateway: { action: 'grant.made', subject: 'exec /usr/bin/rm', actor: { kind: 'person', name: 'alice' } },
  },
  { timeUnixNs: first!.timeUnixNs!, gateway: { action: 'gateway.started' } },
  { timeUnixNs: first!.timeUnixNs!, notice: { kind: 'odd', text: HOSTILE } },
  { timeUnixNs: first!.timeUnixNs! },
  ...['create', 'mkdir', 'unlink', 'mode', 'root', 'symlink'].map((operation) => ({
    ...recordedRun()[12]!,
    fileChange: { operation, path: HOSTILE, target: '/x' },
  })),
];
const logged = [...recordedRun(), ...further].map((event, index) =>
  LoggedEvent.decode(
    LoggedEvent.encode({
      index: toLong(index),
      host: index % 5 === 4 ? 'host with ] space' : 'host-a',
      boot: 'b1',
      origin: 'o1',
      event: { sequence: toLong(index + 1), ...event },
    }).finish(),
  ),
);

test.each(Object.keys(FORMATS))('%s gives one line each, without control characters', (format) => {
  for (const one of logged) {
    const lines = FORMATS[format]!(one);
    expect(lines.length).toBeGreaterThan(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    for (const line of lines) expect(line).not.toMatch(/[\x00-\x1f\x7f]/);
  }
});

describe('OCSF', () => {
  test('every event has what its class requires', () => {
    for (const one of logged) {
      for (const event of ocsfEvents(one)) {
        expect(faults(JSON.parse(JSON.stringify(event))), JSON.stringify(event)).toEqual([]);
      }
    }
  });

  const classes = (index: number) =>
    ocsfEvents(logged[index]!).map((event) => [event.class_uid, event.activity_id]);
  test('each kind has its class, a refusal a finding beside it', () => {
    expect(logged.map((_, index) => classes(index))).toEqual([
      [
        [6002, 3],
        [3003, 1],
      ],
      [[1007, 1]],
      [[1001, 14]],
      [[1007, 1]],
      [[1007, 1]],
      [
        [1001, 14],
        [2004, 1],
      ],
      [[1001, 14]],
      [[1007, 2]],
      [[1007, 1]],
      [
        [1007, 1],
        [2004, 1],
      ],
      [[1007, 2]],
      [[4001, 1]],
      [[1001, 5]],
      [
        [1007, 99],
        [2004, 1],
      ],
      [[1007, 2]],
      [[6002, 4]],
      [[0, 99]],
      [[1005, 1]],
      [
        [4001, 99],
        [2004, 1],
      ],
      [[4001, 1]],
      [[4001, 6]],
      [[4003, 6]],
      [[3003, 1]],
      [[0, 99]],
      [[0, 99]],
      [[0, 99]],
      [[1001, 1]],
      [[1001, 1]],
      [[1001, 4]],
      [[1001, 7]],
      [[1001, 99]],
      [[1001, 1]],
    ]);
  });

  test('prevented is blocked, what went ahead although refused is detected', () => {
    const [opened, finding] = ocsfEvents(logged[5]!);
    expect(opened).toMatchObject({ status_id: 2, action_id: 2, disposition_id: 2, severity_id: 4 });
    expect(finding).toMatchObject({
      finding_info: { title: 'read prevented', desc: 'keys and agents of SSH and GnuPG' },
      evidences: [
        { file: { path: '/home/agent/.ssh/id_ed25519' }, actor: { session: { uid: expect.any(String) } } },
      ],
    });
    expect(ocsfEvents(logged[18]!)[0]).toMatchObject({ status_id: 1, action_id: 2, disposition_id: 15 });
  });
});

/** RFC 5424's grammar, as far as it decides what is structure. */
function parseSyslog(line: string) {
  const head =
    /^<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) \[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\] \ufeff(.*)$/.exec(
      line,
    );
  if (!head) throw new Error(`no syslog message: ${line}`);
  const values = [...head[8]!.matchAll(/ ([^=]+)="((?:[^"\\\]]|\\["\\\]])*)"/g)].map(
    ([, name, value]) => [name!, value!.replace(/\\(["\\\]])/g, '$1')] as const,
  );
  return {
    priority: Number(head[1]),
    time: head[2]!,
    host: head[3]!,
    pid: head[5]!,
    id: head[6]!,
    values: new Map(values),
    message: head[9]!,
  };
}

describe('syslog', () => {
  test('every message follows the grammar, and its values come back', () => {
    for (const one of logged) {
      const { values, time, host } = parseSyslog(syslogLine(one));
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(values.get('index')).toBe(String(one.index));
      expect(host).toBe(one.host === 'host-a' ? 'host-a' : '-');
      expect(values.get('executable')).toBe(one.event!.process?.executable || undefined);
    }
  });

  test('what was refused is a warning with its rule', () => {
    const { priority, id, pid, values, message } = parseSyslog(syslogLine(logged[9]!));
    expect({ priority, id, pid, message }).toEqual({
      priority: 13 * 8 + 4,
      id: 'exec',
      pid: '102',
      message: 'terminated: exec /usr/bin/curl https://example.com',
    });
    expect(values.get('why')).toBe('deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12)');
  });

  test('text cannot end its value or the message', () => {
    const evil = 'x"] y [a b="c"]\\\n<0>1 ';
    const event = { ...recordedRun()[1]!, agent: evil };
    const { values } = parseSyslog(syslogLine({ ...logged[1]!, event }));
    expect(values.get('agent')).toBe(printable(evil));
  });
});

/** CEF as a consumer reads it: seven fields by unescaped bars, then key=value with unescaped = behind keys. */
function parseCef(line: string) {
  const fields: string[] = [];
  let rest = line.replace(/^CEF:/, '');
  for (let at = 0; at < 7; at++) {
    const field = /^((?:[^|\\]|\\[|\\])*)\|/.exec(rest)!;
    fields.push(field[1]!.replace(/\\([|\\])/g, '$1'));
    rest = rest.slice(field[0].length);
  }
  const keys = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=(?=((?:[^\\=]|\\[\\=])*?)(?: [A-Za-z0-9]+=|$))/g)];
  const values = new Map(keys.map(([, key, value]) => [key!, value!.replace(/\\([\\=])/g, '$1')]));
  return { fields, values };
}

describe('CEF', () => {
  test('every line parses into seven fields and its values', () => {
    for (const one of logged) {
      const { fields, values } = parseCef(cefLine(one));
      expect(fields.slice(0, 3)).toEqual(['0', 'Warder', 'warder']);
      expect(values.get('externalId')).toBe(String(one.index));
      const { path } = one.event!.fileOpen ?? {};
      if (path) expect(values.get('filePath')).toBe(printable(path));
    }
  });

  test('a value cannot make another key, nor a name another field', () => {
    const evil = 'x| act=allowed \\ a=b\n';
    const event = { ...recordedRun()[1]!, agent: evil };
    const { values } = parseCef(cefLine({ ...logged[1]!, event }));
    expect(values.get('cs1')).toBe(printable(evil));
    expect(values.get('act')).toBe('allowed');
  });

  test('a rename has both names, a refusal its rule and outcome', () => {
    const rename = parseCef(cefLine(logged[12]!)).values;
    expect([rename.get('oldFilePath'), rename.get('filePath')]).toEqual([
      '/srv/work/a.tmp',
      '/srv/work/a.out',
    ]);
    const refused = parseCef(cefLine(logged[5]!));
    expect(refused.fields[6]).toBe('7');
    expect(Object.fromEntries(refused.values)).toMatchObject({
      outcome: 'failure',
      act: 'prevented',
      cs4: expect.stringMatching(/^keys/),
    });
  });
});

describe('OpenTelemetry', () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const request: any = JSON.parse(JSON.stringify(otlpRequest(logged)));
  const records = request.resourceLogs.flatMap((resource: { scopeLogs: { logRecords: unknown[] }[] }) =>
    resource.scopeLogs.flatMap(({ logRecords }) => logRecords),
  );

  test('hosts are resources, and all records are there', () => {
    expect(request.resourceLogs).toHaveLength(2);
    expect(records).toHaveLength(logged.length);
  });

  test('every attribute has a key and exactly one value of the protocol', () => {
    for (const { attributes, timeUnixNano, severityNumber, body } of records) {
      expect(timeUnixNano).toMatch(/^\d{19}$/);
      expect([9, 13, 17]).toContain(severityNumber);
      expect(typeof body.stringValue).toBe('string');
      expect(new Set(attributes.map(({ key }: { key: string }) => key)).size).toBe(attributes.length);
      for (const { value } of attributes) {
        const [[kind, content], ...more] = Object.entries(value) as [string, unknown][] as [
          [string, unknown],
        ];
        expect(more).toEqual([]);
        if (kind === 'intValue') expect(content).toMatch(/^-?\d+$/);
        else expect(['stringValue', 'boolValue', 'arrayValue']).toContain(kind);
      }
    }
  });

  test('names are those of the semantic conventions', () => {
    const of = (index: number) => {
      const one = JSON.parse(JSON.stringify(otlpRequest([logged[index]!])));
      const { attributes } = one.resourceLogs[0].scopeLogs[0].logRecords[0];
      return Object.fromEntries(
        attributes.map(({ key, value }: { key: string; value: object }) => [key, Object.values(value)[0]]),
      );
    };
    expect(of(1)).toMatchObject({
      'process.pid': '100',
      'process.executable.path': '/usr/bin/dash',
      'process.command_args': { values: [{ stringValue: 'sh' }, { stringValue: 'build.sh' }] },
      'process.working_directory': '/srv/work',
      'process.user.name': 'agent',
    });
    expect(of(5)).toMatchObject({ 'file.path': '/home/agent/.ssh/id_ed25519', 'warder.ruling': 'prevented' });
    expect(of(11)).toMatchObject({
      'network.transport': 'tcp',
      'network.peer.address': '192.0.2.7',
      'network.peer.port': '443',
      'server.address': 'api.example.com',
    });
  });
});
