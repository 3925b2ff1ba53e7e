/** What a run is told that it may do: what documents say, as it is in force. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/runtime/enforcement/compile.ts';
import { PathJudge } from '../../../src/runtime/enforcement/judge-path.ts';
import { createRedactor } from '../../../src/runtime/redaction/redactor.ts';
import { allowedOf } from '../../../src/runtime/why/allowed.ts';
import { message, type Written } from '../../policy/documents.ts';

const redactor = createRedactor();

function allowed(written: Written) {
  const variables = { workspace: '/work', home: '/home/u', run: '/run/r' };
  const policy = compile(message(written), { variables, homes: [], readLink: () => null });
  return allowedOf(policy, new PathJudge(policy), redactor);
}

test('places of documents are listed, what every program may is not', () => {
  const places = allowed({ rules: { read: { allow: ['/srv/**'], hold: ['/srv/x'], deny: ['/srv/y'] } } });
  expect(places.read).toEqual({ allow: ['/srv/**'], hold: ['/srv/x'], more: 0 });
});

test('where nothing is refused, what would be is listed too', () => {
  const places = allowed({ mode: 'monitor', rules: { read: { allow: ['/srv/**'], deny: ['/other/y'] } } });
  expect(places.read!.allow).toEqual(['/other/y', '/srv/**']);
});

test('what every program may is listed where a rule by name holds it', () => {
  const places = allowed({ rules: { read: { allow: ['/srv/**'], hold: ['**/hosts'] } } });
  expect(places.read!.hold).toEqual(['**/hosts', '/etc/hosts']);
});

test('a place that a tree among them holds is not listed beside it', () => {
  const listed = allowed({
    rules: {
      read: { allow: ['/**', '/srv/a', '/srv/b/**'] },
      write: { allow: ['/srv/b/**', '/srv/bc', '/srv/b', '/srv/b/c/**'] },
      connect: { allow: ['unix:/run/a/**', 'unix:/run/a/b', 'unix:/run/ab'] },
    },
  });
  expect(listed.read!.allow).toEqual(['/**']);
  expect(listed.write!.allow).toEqual(['/srv/b/**', '/srv/bc']);
  expect(listed.connect!.allow).toEqual(['unix:/run/a/**', 'unix:/run/ab']);
});
