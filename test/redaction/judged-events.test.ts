/** What a judge's generator of agents' events told: pieces behind an option, quotes of two sorts, PINs, phrases with dots, programs of Windows. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const text = (line: string): string => redactor.text(line, {});
const argv = (...elements: string[]): string[] => [...redactor.argv(elements, {})];
const env = (pair: string): string => redactor.env([pair], {})[0]!;

describe('a secret in pieces', () => {
  test('is put together over two elements behind an option that names it', () => {
    expect(argv('./run', '--token', 'FLWSECK-2917c5680c29cc717', '029e265c0a7df46-X')).toEqual([
      './run',
      '--token',
      '[REDACTED:flutterwave-secret-key]',
      '[REDACTED:flutterwave-secret-key]',
    ]);
  });

  test('ends where its second sort of quotes does', () => {
    expect(
      argv('bash', '-c', `curl -H "Authorization: Bearer "'hTq8Zr41bVw9''Kq7vT2mX' https://acme.io`)[2],
    ).toBe(`curl -H "Authorization: Bearer "'[REDACTED:authorization]' https://acme.io`);
  });

  test('ends before the quote that closes its header', () => {
    expect(
      argv('bash', '-c', "curl -H 'Authorization: Bearer hTq8Zr41bVw9''Kq7vT2mX' https://acme.io")[2],
    ).toContain(' https://acme.io');
  });
});

describe('a PIN', () => {
  test('of four digits and more goes where it is named', () => {
    expect(env('YUBIKEY_PIN=821556')).toBe('YUBIKEY_PIN=[REDACTED:password]');
    expect(text('export PIN=6034 && ./unlock')).toBe('export PIN=[REDACTED:password] && ./unlock');
  });

  test('of a board stays, and so does a length of time', () => {
    expect(env('LED_PIN=13')).toBe('LED_PIN=13');
    expect(text('otp: 30')).toBe('otp: 30');
  });
});

describe('words with dots between them', () => {
  test('are a passphrase where an option is set to them', () => {
    expect(argv('mvn', '-Dgpg.passphrase=cactus.horse.violet', 'deploy')[1]).toBe(
      '-Dgpg.passphrase=[REDACTED:passphrase]',
    );
  });

  test('are one where there are four of them that say nothing of programs', () => {
    expect(text('password: cactus.horse.violet.tiger')).toBe('password: [REDACTED:password]');
  });

  test.each([
    'password=config.db.password',
    'password = this.props.form.values',
    'password: user.profile.login.value',
  ])('are an expression otherwise: %s', (line) => {
    expect(text(line)).toBe(line);
  });
});

describe('digits alone', () => {
  test('are a password where a sentence says so', () => {
    expect(text('The password is 8196011889 and the host is db.')).toBe(
      'The password is [REDACTED:password] and the host is db.',
    );
    expect(text("define( 'DB_PASSWORD', '642929505' );")).toBe(
      "define( 'DB_PASSWORD', '[REDACTED:password]' );",
    );
  });

  test.each(['password changed at 1795340000', 'the password is 20261122', 'password is 4096 long'])(
    'are a time or a count otherwise: %s',
    (line) => {
      expect(text(line)).toBe(line);
    },
  );
});

test('a program of Windows is known by its whole name', () => {
  expect(argv('sqlcmd.exe', '-S', 'db', '-U', 'sa', '-P', 'lantern42', '-Q', 'select 1').slice(5)).toEqual([
    '-P',
    '[REDACTED:password]',
    '-Q',
    'select 1',
  ]);
});

test('a document whose name promises credentials keeps all but them', () => {
  expect(
    env(
      'COMPOSER_AUTH={"http-basic":{"repo.acme.io":{"username":"ci","password":"dp.pt.PWvoscUJ4MCpjOIqXdi2dE27SLeGG8nDXwqKUr3lJKe"}}}',
    ),
  ).toBe(
    'COMPOSER_AUTH={"http-basic":{"repo.acme.io":{"username":"ci","password":"[REDACTED:doppler-token]"}}}',
  );
});

test('what passwd is given twice goes', () => {
  expect(text("printf 'summer-autumn\\nsummer-autumn\\n' | passwd alice")).not.toContain('summer');
});

test('a key whose comment is quoted goes to where the text ends', () => {
  const body = 'BN19OraFibh9lSuXcW1tM64tJzu6KCFbAcZavXvb5quajeGcHB';
  expect(
    text(`key:\n---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "2048-bit rsa, ops"\n${body}`),
  ).not.toContain(body.slice(0, 8));
});

describe('an address of a server that was cut before its host', () => {
  test.each(['rtsp://root:orange_i', 'mongodb+srv://app:qwerty-anchor-sha', 'amqp://mq:dragon77'])(
    'loses its password: %s',
    (url) => {
      expect(text(`connect ${url}`)).toBe(`connect ${url.replace(/[^:]*$/, '')}[REDACTED:password]`);
    },
  );

  test.each([
    'postgres://db:5432',
    'redis://cache.internal:6379x',
    'https://registry:tag-2',
    'docker://alpine:latest',
  ])('stays where that may be a port or a tag: %s', (url) => {
    expect(text(`connect ${url}`)).toBe(`connect ${url}`);
  });
});

test('a key of Adyen goes with the signs at its end', () => {
  const key = `AQEqhmfxKYjPaRFKw0m/n3Q5qf3Ve4RZBZZIQXb/Ch0/SF7EM3PdAO17Wo9bEMFdWw2+5HzctViMSCJMYAc=-6iqrgBLu/gEU3oAxIl2z23OvuKhDiMHyLLox5tKO2uA=-Q4VUyp$7yY9)r<r{`;
  expect(text(`const key = '${key}';`)).toBe("const key = '[REDACTED:adyen-api-key]';");
});

describe('settings that go on over lines', () => {
  test('of odbc.ini have a password below the user', () => {
    expect(text('[prod]\nServer=db\nUID=alice\nPWD=lantern42\n')).toBe(
      '[prod]\nServer=db\nUID=alice\nPWD=[REDACTED:password]\n',
    );
  });

  test.each(['UID=1000\nPWD=/srv/app', 'HOME=/root\nPWD=srv'])(
    'of an environment have a directory: %j',
    (lines) => {
      expect(text(lines)).toBe(lines);
    },
  );
});

test('a token ends before the line break that a string spells out', () => {
  const token = `hf_${'lykqloxcjLDyeOOgUgCydaZPqLHZnyzqNQ'}`;
  expect(text(`write(5, "GET /\\r\\nAuthorization: Bearer ${token}\\r\\nHost: acme.io\\r\\n", 80)`)).toBe(
    'write(5, "GET /\\r\\nAuthorization: Bearer [REDACTED:huggingface-token]\\r\\nHost: acme.io\\r\\n", 80)',
  );
});

test('the issuer before a key stays', () => {
  expect(argv('aider', '--api-key', 'openai=Kq7vT2mXw9LsR4nB8cYd', '--model', 'x')[2]).toBe(
    'openai=[REDACTED:api-key]',
  );
});

test('the user of basic authentication stays where a shell encodes it', () => {
  expect(text('curl -H "Authorization: Basic $(echo -n alice:lantern4277 | base64)" https://acme.io')).toBe(
    'curl -H "Authorization: Basic $(echo -n alice:[REDACTED:password] | base64)" https://acme.io',
  );
});

test('a command of Redis that goes to its port has its password taken', () => {
  expect(text("printf 'AUTH lantern\\r\\nPING\\r\\n' | nc cache 6379")).toBe(
    "printf 'AUTH [REDACTED:password]\\r\\nPING\\r\\n' | nc cache 6379",
  );
});

test('options of curl from its standard input have the password taken', () => {
  expect(text(`curl -K - <<< 'user = "alice:lantern42"' https://acme.io`)).toBe(
    `curl -K - <<< 'user = "alice:[REDACTED:password]"' https://acme.io`,
  );
});

test('a personal access token may be a UUID in quotes', () => {
  expect(text('{"OVSX_PAT":"50e5c332-f9d1-42fe-a2df-4119118be384"}')).toBe('{"OVSX_PAT":"[REDACTED:token]"}');
});

test('a comma and a sign of equality behind a hyphen end no password', () => {
  expect(text('password HDi8JIX,aNpp-=l0xkQMkNnW%8\nport 587')).not.toContain('aNpp');
});

describe('an address within a path', () => {
  test('loses its password', () => {
    expect(redactor.path('/srv/mirror/https:/alice:7534423142@git.acme.io/a.git', {})).toBe(
      '/srv/mirror/https:/alice:[REDACTED:password]@git.acme.io/a.git',
    );
  });

  test.each(['/cache/https:/registry:8080/@scope/pkg@1.2.3', '/cache/https:/acme.io/@types/node@20.1.0'])(
    'stays: %s',
    (path) => {
      expect(redactor.path(path, {})).toBe(path);
    },
  );
});

test('what follows a key of Adyen in an address stays', () => {
  const key =
    'AQEqhmfxKYjPaRFKw0mn3Q5qf3Ve4RZBZZIQXbCh0SF7EM3PdAO17Wo9bEMFdWw2=-6iqrgBLugEU3oAxIl2z23OvuKhDiMHyLLox5tKO2uAh=-Q4VUyp7yY9rr8Kd2';
  expect(text(`curl "https://acme.io/geo?access_token=${key}&limit=1"`)).toMatch(
    /_token=\[REDACTED:[a-z-]+\]&limit=1"$/,
  );
});

test('an address that is written to a file of credentials keeps its host, however long its password is', () => {
  const token = 'Kq7vT2mXw9LsR4nB8cYd'.repeat(20);
  expect(text(`echo "https://alice:${token}@acme.io" > ~/.git-credentials`)).toBe(
    'echo "https://alice:[REDACTED:password]@acme.io" > ~/.git-credentials',
  );
});
