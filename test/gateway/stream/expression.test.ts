/** Filter expressions: what they select, and that what they cost is bounded. */
import { expect, test } from 'vitest';
import { toLong } from '../../../src/contract/int64.ts';
import { type Event, NetworkKind, Outcome } from '../../../src/contract/messages.ts';
import { EXPRESSION_VARIABLES, parseExpression } from '../../../src/gateway/stream/expression.ts';
import { denied, NO_CURL } from '../../cli/events.ts';
import { execEvent, openEvent } from '../fixtures.ts';

const logged = (event: Event, index = 7) => ({ index: toLong(index), host: 'host-a', event });
const curl = {
  ...execEvent(1, '/usr/bin/curl'),
  decision: denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL),
};
const connect: Event = {
  ...execEvent(3),
  exec: null,
  network: { kind: NetworkKind.KIND_CONNECT, protocol: 'tcp', address: '192.0.2.7', port: 443 },
};

test.each<[string, Event, boolean]>([
  ['kind == "exec"', curl, true],
  ['kind == "exec"', connect, false],
  ['verdict == "deny" && outcome == "prevented"', curl, true],
  ['rule.endsWith("curl") && because != ""', curl, true],
  ['argv.exists(a, a.startsWith("--number="))', curl, true],
  ['argv.all(a, a.contains("curl"))', curl, false],
  ['argv.exists_one(a, a == "/usr/bin/curl")', curl, true],
  ['size(argv) == 2 && argv[0] == path', curl, true],
  ['argv[9] == "x"', curl, false],
  ['port in [80, 443] && !(address == "")', connect, true],
  ['operation == "connect" ? port > 1000 : true', connect, false],
  ['path.startsWith("/etc/") || host == "host-b"', openEvent(2, '/etc/hosts'), true],
  ['index >= 7 && time_ns > 0', curl, true],
  ['agent.endsWith("/coder") && uid == 1000 && cwd == "/srv/work"', curl, true],
])('%s', (text, event, matches) => {
  expect(parseExpression(text)(logged(event))).toBe(matches);
});

test('every variable can be asked for, on any event', () => {
  for (const { name, type } of EXPRESSION_VARIABLES) {
    const empty = { int: '0', bool: 'false', string: '"?"', 'list<string>': '["?"]' }[type]!;
    for (const event of [curl, connect, openEvent(2, '/etc/hosts'), {}]) {
      expect(parseExpression(`${name} == ${empty} || ${name} != ${empty}`)(logged(event)), name).toBe(true);
    }
  }
});

test.each([
  ['path.matches("(a+)+$")', /calls \.matches\(\); the methods are startsWith/],
  ['argv.exists(a, argv.exists(b, a == b))', /stands inside another list macro/],
  ['argv.map(a, a + a).exists(b, b == "x")', /calls \.map\(\)/],
  ['path + path == "x"', /uses '\+'/],
  ['port * 2 == 4', /uses '\*'/],
  ['nosuch == 1', /Unknown variable.*nosuch; the variables are index, host/i],
  ['port == "x"', /no such overload|'=='/i],
  ['port', /gives int; write a condition/],
  ['kind ==', /write a condition in CEL/],
  ['path.constructor == "x"', /uses '\.'/],
  [`kind == "${'x'.repeat(2000)}"`, /has 2010 characters; write at most 2000|characters/],
  [`${'('.repeat(100)}cut${')'.repeat(100)}`, /depth|exceed/i],
  [Array.from({ length: 120 }, () => 'cut').join(' || '), /exceed|nodes|depth/i],
])('%s is refused', (text, why) => {
  const failure = (() => {
    try {
      parseExpression(text);
      return 'it was taken';
    } catch (error) {
      const { code, message, fix } = error as { code: string; message: string; fix: string };
      expect(code).toBe('GATEWAY_REQUEST');
      return `${message}; ${fix}`;
    }
  })();
  expect(failure).toMatch(why);
});
