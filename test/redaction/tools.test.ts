/**
 * The table of programs: each option and usage line of each takes its secret out, and only because it stands there.
 */
import { expect, test } from 'vitest';
import { TOOLS } from '../../src/runtime/redaction/programs.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

/** Looks like a password, promises nothing. */
const SECRET = 'wq7Vt2mXe9Ls';

type Tool =
  ReturnType<typeof TOOLS.get> extends infer P | undefined
    ? P extends { tools: readonly (infer T)[] }
      ? T
      : never
    : never;

const VALUES = {
  secret: SECRET,
  exact: SECRET,
  attached: SECRET,
  pair: `alice:${SECRET}`,
  cookie: `sid=${SECRET}`,
  named: `any=${SECRET}`,
  source: `pass:${SECRET}`,
} as const;

/** Arguments as one line of the table says that they stand. */
function lines({ options, usage, when }: Tool): string[][] {
  const before = when === undefined ? [] : [when];
  const withOptions = [...options].map(([option, kind]) => {
    const value = VALUES[kind];
    if (kind === 'attached') return [...before, `${option}${value}`];
    return option.endsWith('=') || option.endsWith(':')
      ? [...before, `${option}${value}`]
      : [...before, option, value];
  });
  const withUsage = usage.map((words) => [
    ...before,
    ...words.map((word) => {
      if (word === '=*') return `name=${SECRET}`;
      if (word.startsWith('~')) return `x${word.slice(1)}x`;
      return word.replace(/^_(?=$|\W)/, 'some').replace('*', SECRET);
    }),
  ]);
  return [...withOptions, ...withUsage];
}

const CASES = [...TOOLS].flatMap(([program, { tools }]) =>
  tools.flatMap((tool) => lines(tool).map((args) => ({ program, args }))),
);

test('the table has as many programs and lines as it had', () => {
  expect({ programs: TOOLS.size, lines: CASES.length }).toMatchInlineSnapshot(`
    {
      "lines": 759,
      "programs": 401,
    }
  `);
});

const redactor = createRedactor();
/** Whether the secret is gone, with this program before the arguments. */
function finds(program: string, args: readonly string[]): boolean {
  return !redactor
    .argv([program, ...args], {})
    .join(' ')
    .includes(SECRET);
}

test('every line takes its secret out', () => {
  const missed = CASES.filter(({ program, args }) => !finds(program, args));
  expect(missed.map(({ program, args }) => [program, ...args].join(' '))).toEqual([]);
});

test('nothing else would: but for these, which tell it by their name as well', () => {
  const known = CASES.filter(({ args }) => finds('frobnicate', args));
  expect([...new Set(known.map(({ args }) => args.join(' ').replace(SECRET, '*')))]).toMatchInlineSnapshot(`
    [
      "password *",
      "-pw *",
      "requirepass *",
      "masterauth *",
      "--user alice:*",
      "-passwd *",
      "--auth alice:*",
      "--oauth2-bearer *",
      "--pass *",
      "--proxy-pass *",
      "--tlspassword *",
      "--proxy-user alice:*",
      "-b sid=*",
      "--cookie sid=*",
      "-C sid=*",
      "-auth alice:*",
      "--basic-auth alice:*",
      "--auth-cred alice:*",
      "--video-password *",
      "--ap-password *",
      "-passin pass:*",
      "-passout pass:*",
      "-pass pass:*",
      "-password pass:*",
      "passwd *",
      "--passphrase *",
      "-upw *",
      "-opw *",
      "input_pw *",
      "user_pw *",
      "owner_pw *",
      "-storepass *",
      "-keypass *",
      "-srcstorepass *",
      "-deststorepass *",
      "-srckeypass *",
      "-destkeypass *",
      "--ks-pass pass:*",
      "--key-pass pass:*",
      "-pass *",
      "wifi-sec.psk *",
      "802-11-wireless-security.psk *",
      "802-1x.password *",
      "psk *",
      "password -v *",
      "--security-set-pass *",
      "login --apikey *",
      "--creds alice:*",
      "--src-creds alice:*",
      "--dest-creds alice:*",
      "secret -v *",
      "secret --value *",
      "SecureString --secret-string *",
      "pass *",
      "authtoken *",
      "config add-authtoken *",
      "--authkey *",
      "--auth-key *",
      "--github-token *",
      "secret -b *",
      "secret --body *",
      "-Password *",
      "-ApiKey *",
      "setApiKey *",
      "setapikey *",
      "pypi-token.pypi *",
      "_password *",
      "--pw *",
      "walletpassphrase *",
      "set-initial-password *",
      "reset-admin-password *",
      "--auth-password *",
      "--password1 *",
      "--password2 *",
    ]
  `);
});

test.each([
  ['influx', '-host', 'mq.staging.local', '-username', 'tom', '-execute', 'x'],
  ['kubectl', 'config', 'set-credentials', 'app_user1', '--username=tom'],
])('the host and the user of %s stay', (...line) => {
  const redactor = createRedactor();
  expect(redactor.argv(line, {})).toEqual(line);
  expect(redactor.text(line.join(' '), {})).toBe(line.join(' '));
});
