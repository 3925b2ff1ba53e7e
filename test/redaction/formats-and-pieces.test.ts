/** Values that a format takes from behind it, addresses in pieces or cut off, passwords that say their own name, keys by their form. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const text = (line: string): string => redactor.text(line, {});
const argv = (...elements: string[]): string[] => [...redactor.argv(elements, {})];

describe('a format', () => {
  test('takes the word behind it that its place says, in a line of a shell', () => {
    expect(text("printf 'user=%s password=%s\\n' alice hunter2299 > x")).toBe(
      "printf 'user=%s password=%s\\n' alice [REDACTED:password] > x",
    );
  });

  test('takes the element that its place says', () => {
    expect(argv('printf', 'user=%s password=%s host=%s', 'alice', 'hunter2299', 'db')).toEqual([
      'printf',
      'user=%s password=%s host=%s',
      'alice',
      '[REDACTED:password]',
      'db',
    ]);
  });

  test('undoes escapes', () => {
    expect(argv('printf', 'password=%b', '\\x68\\x75\\x6e\\x74\\x65\\x72\\x32\\x32\\x39')).toEqual([
      'printf',
      'password=%b',
      '[REDACTED:password]',
    ]);
  });

  test.each([
    'printf("user=%s password=%s\\n", user, pw);',
    'logging.info("token=%s id=%s", tok, request_id)',
    '"password=%s" % secret_value_here',
    'printf \'password=%s\\n\' "$PASSWORD"',
  ])('of program text takes nothing: %s', (line) => {
    expect(text(line)).toBe(line);
  });
});

describe('strings beside one another', () => {
  test.each([
    [
      'MISTRAL_API_KEY = ("b9v8lL0fYx6SBKqH" "KqHqp6AcO9ih" "M2hXQI4a")',
      'MISTRAL_API_KEY = ("[REDACTED:api-key]")',
    ],
    ["api_key = 'b9v8lL0f' 'Yx6SBKqH' 'KqHqp6Ac' 'O9ih'", "api_key = '[REDACTED:api-key]'"],
  ])('are one, however many: %s', (line, left) => {
    expect(text(line)).toBe(left);
  });

  test('of which the last has no end are not put together', () => {
    expect(text('api_key = "b9v8lL0fYx6SBKqH" "KqHqp6AcO9ih" is "good')).toContain('is "good');
  });
});

describe('what follows a token of a known form', () => {
  test('stays when it is a function of the string that ended', () => {
    expect(text('let t = "glagent-DrByeyn8nv61OTdTLzcLkpMzGNaHWE968ECtPmfZUdjRqqP6ad".to_string();')).toBe(
      'let t = "[REDACTED:gitlab-agent-token]".to_string();',
    );
  });

  test('stays when it is a short option', () => {
    expect(argv('java', '-Dgitlab-token=glft-iA1pxl8G4noQgDDXBxw9', '-Xmx512m', '-jar')).toEqual([
      'java',
      '-Dgitlab-token=[REDACTED:gitlab-feed-token]',
      '-Xmx512m',
      '-jar',
    ]);
  });
});

describe('the password of an address', () => {
  test.each([
    [`URL='rediss://default'":Q25uLtUvoTLy"'eSEr@cache:6380/0'`, '[REDACTED:password]@cache:6380/0'],
    ['url = "amqps://mq:l3bk_q" + "f0ohcG@mq/vhost"', 'url = "amqps://mq:[REDACTED:password]@mq/vhost"'],
  ])('goes when quotes part it: %s', (line, rest) => {
    expect(text(line)).toContain(rest);
    expect(text(line)).not.toMatch(/Q25u|eSEr|l3bk|f0oh/);
  });

  test('goes when the border of elements parts it', () => {
    expect(argv('upload', 'mysql://root:BleOZ6sfDW', 'QM3d@10.0.0.5:3306/shop').join(' ')).toBe(
      'upload mysql://root:[REDACTED:password] [REDACTED:password]@10.0.0.5:3306/shop',
    );
  });

  test('goes when its element ends before the @', () => {
    expect(argv('psql', 'postgres://app:0FG0oxkyYnNy876dBw', '-c', 'select 1')).toEqual([
      'psql',
      'postgres://app:[REDACTED:password]',
      '-c',
      'select 1',
    ]);
  });

  test('leaves what stands between a port and the password of a pair', () => {
    expect(text('jdbc:sqlserver://db:1433;databaseName=x;user=sa;password=Kq7vT2mXw9Ls')).toBe(
      'jdbc:sqlserver://db:1433;databaseName=x;user=sa;password=[REDACTED:password]',
    );
  });

  test.each([
    [['curl', 'http://proxy:3128', 'alice@example.com']],
    [['x', '"https://b.example" + "alice@example.com"']],
    [['skopeo', 'copy', 'docker://nginx:1.25-alpine', 'docker://registry:5000']],
    [['skopeo', 'inspect', 'docker://app:3f9a8c7e1b2d4f60']],
  ])('is not what stands there else: %j', (elements) => {
    expect(argv(...elements)).toEqual(elements);
  });
});

describe('a password that says its own name', () => {
  test.each([
    [['mysql', '-u', 'root', '-p§', 'shop'], 'Password123'],
    [['sshpass', '-p§', 'scp', 'a', 'b:/c'], 'Password2024'],
    [['7z', 'a', '-p§', 'x.7z', 'dir'], 'Password1'],
    [['ldapsearch', '-x', '-w', '§', '-b', 'dc=acme,dc=io'], 'Password123'],
  ])('is no option that takes the next argument: %j', (elements, password) => {
    expect(argv(...elements.map((element) => element.replace('§', password)))).toEqual(
      elements.map((element) => element.replace('§', '[REDACTED:password]')),
    );
  });

  test.each(['Monkey_garden', 'Turkey-meadow', 'Compass_rose'])(
    'is one with %s for a word in it',
    (password) => {
      expect([...redactor.env([`DB_PASSWORD=${password}`], {})]).toEqual(['DB_PASSWORD=[REDACTED:password]']);
    },
  );

  test.each(['MySecret99!', 'mypass123'])('is one with digits behind it: %s', (password) => {
    expect(argv('sshpass', '-p', password, 'ssh', 'h')[2]).toBe('[REDACTED:password]');
  });

  test.each(['my_password_123', 'your-secret-99', 'mytoken1', 'YOUR_API_KEY_HERE'])(
    'stands in for one as %s',
    (word) => {
      expect(text(`password: ${word}`)).toBe(`password: ${word}`);
    },
  );

  test.each(['userpass_file', 'apikey_ref', 'SshKey_name'])('is the name of a variable as %s', (name) => {
    expect(text(`password: ${name}`)).toBe(`password: ${name}`);
  });
});

test('a token goes that a list has in pieces, the last of two characters', () => {
  expect(text('const t = ["glffct-2k_M1q-ow4mG", "sdw_BY", "fw"].join("")')).not.toMatch(/M1q|ow4|sdw|fw/);
});

test('the static key of OpenVPN goes', () => {
  const key = `-----BEGIN OpenVPN Static key V1-----\n${'c0d856dca6e86f3feb878aaf9c90c1bf\n'.repeat(16)}-----END OpenVPN Static key V1-----`;
  expect(text(`<tls-auth>\n${key}\n</tls-auth>`)).toBe('<tls-auth>\n[REDACTED:private-key]\n</tls-auth>');
});

test('a key in small letters goes when its form is long enough', () => {
  expect(text('used EZTK4l53m6ts349i2nzvtlc3utwn63rbwn42jjgugw9v8hqui8xkwjnvdt today')).toBe(
    'used [REDACTED:easypost-test-key] today',
  );
});

test('the fingerprint of a host key stays, whatever it begins with', () => {
  const line = 'key SHA256:YCGK3yJTg0sL751rOA64sgw90aDHWvbyLbdDWQ4qe+B alice@host (ED25519)';
  expect(text(line)).toBe(line);
});

describe('in a console', () => {
  test.each([
    '127.0.0.1:6379> AUTH Dragon1990',
    '127.0.0.1:6379[2]> AUTH Dragon1990',
    '127.0.0.1:6379> AUTH app Dragon1990',
  ])('the command of Redis has its password last: %s', (line) => {
    expect(text(line)).toBe(line.replace('Dragon1990', '[REDACTED:password]'));
  });

  test('the prompt of root is no value with a remark behind it', () => {
    expect(text('root@0e99819a2b3c:/app# printenv CLIENT_SECRET\nx')).toBe(
      'root@0e99819a2b3c:/app# printenv CLIENT_SECRET\nx',
    );
  });

  test('a program behind a pipe is no cell of a table', () => {
    const line = 'kubectl get secret app -o jsonpath={.data.sa-password} | base64 -d';
    expect(text(line)).toBe(line);
    expect(text('| sa_password | Kq7vT2mXw9Ls |')).toBe('| sa_password | [REDACTED:password] |');
  });

  test('the key of a setting stays behind the flag that says its kind', () => {
    expect(argv('pulumi', 'config', 'set', '--secret', 'acme:dbPassword', 'hunter2299')).toEqual([
      'pulumi',
      'config',
      'set',
      '--secret',
      'acme:dbPassword',
      '[REDACTED:password]',
    ]);
  });
});

test('a connection of Groovy has its password last', () => {
  expect(text('Sql.newInstance("jdbc:h2:mem", "sa", "hunter22")')).toBe(
    'Sql.newInstance("jdbc:h2:mem", "sa", "[REDACTED:password]")',
  );
});
