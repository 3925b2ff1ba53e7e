/** Assignments that a table of names, operators, quotings and values came upon: `"password" to "…"`, `[[…]]`, `password........: …`. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const text = (line: string): string => redactor.text(line, {});

test.each([
  // A sign of equality within the value.
  ['password is §', 'KJdt3JWf=3CW7i'],
  ['Use password § to log in', '4Mjb=o^oDBQc8T'],
  ['password\t§', 'iUkD1A=y0K5vTQ'],
  ['password += §', 'K-qh1NIxOmFp=0'],
  // Strings that languages write in ways of their own.
  ['"user" to "alice", "password" to "§"', 'Xk29fQmR7tVw3'],
  ['local password = [[§]]', 'Xk29fQmR7tVw3'],
  ['local password = [==[§]==]', 'Xk29fQmR7tVw3'],
  ['my $password = q(§);', 'c6KX53Wn'],
  ['password = %q{§}', 'Xk29fQ#R7'],
  ['password = <<~EOS\n  §\nEOS', 'Xk29fQmR7tVw3'],
  ["password = <<-'EOS'\n§\nEOS", 'Xk29fQmR7tVw3'],
  ['<input value="§" type="hidden" name="password">', 'Xk29fQmR7tVw3'],
  // What leads to the value.
  ['Password........: §', 'Xk29fQmR7tVw3'],
  ['Password…: §', 'Xk29fQmR7tVw3'],
  ['password – §', 'Xk29fQmR7tVw3'],
  ['password ⇒ §', 'Xk29fQmR7tVw3'],
  ['password ＝ §', 'Xk29fQmR7tVw3'],
  // Other languages.
  ['Das Passwort lautet §.', 'Xk29fQmR7tVw3'],
  ['La contraseña es §', 'Xk29fQmR7tVw3'],
  ['contraseña=§', 'Xk29fQmR7tVw3'],
  ['heslo: §', 'Xk29fQmR7tVw3'],
  ['lösenord: §', 'Xk29fQmR7tVw3'],
  ['비밀번호: §', 'Xk29fQmR7tVw3'],
])('in %j the value goes, and nothing else', (place, value) => {
  const after = redactor.text(place.replace('§', value), {});
  expect(after.replace(/\[REDACTED:[a-z-]+\]/, '§')).toBe(place);
});

test.each([
  // A type by its look, two letters to a hump.
  ['export DB_PASSWORD=Lm5Wlpkl', 'export DB_PASSWORD=[REDACTED:password]'],
  ['password: Intxvg9VfPc', 'password: [REDACTED:password]'],
  ['export DB_PASSWORD=QeOqDx9Fz', 'export DB_PASSWORD=[REDACTED:password]'],
  // A word by its letters, digits here and there.
  ['token=9COA4roQ', 'token=[REDACTED:token]'],
  ['accessToken=olltl7rm2m', 'accessToken=[REDACTED:token]'],
  // It ends in `pw` by chance.
  ['motdepasse: "hbipfcewufexrtpw"', 'motdepasse: "[REDACTED:password]"'],
  ['otp_seed=8GCeOxiO', 'otp_seed=[REDACTED:secret]'],
])('%j says a secret by its name', (line, expected) => {
  expect(redactor.text(line, {})).toBe(expected);
});

test.each([
  'password = Utf8View',
  'password: PyObject',
  'token = oauth2ClientV1Token',
  'password = userpw',
  'rename "password" to "passphrase"',
  'local token = [[name]]',
  'token = [[1,2],[3,4]]',
  'password = q(?)',
  '<input value="" name="password">',
  '<input value="next" type="submit" name="token_name">',
  'Password........: not set',
  'Password..........: ********',
  'Tokens – 12 left',
  'cat <<EOF > token.txt\n$TOKEN\nEOF',
  'Das Passwort lautet anders als beim letzten Mal.',
  'La contraseña es incorrecta.',
  'contraseña: obligatoria',
  'Hasło: wymagane',
  'heslo: povinné pole',
  'Passwort: ungültig',
])('%j stays', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test('a name that a value has swallowed has a value of its own', () => {
  const after = redactor.text('token=Iga7nSRC0X&password: 9AWqlF78AT', {});
  expect(after).not.toMatch(/Iga7nS|9AWqlF/);
  const quoted = redactor.text('"the password is z5MowloGXO"","apiKey":"75ZuQ9PHS16q8m3g"', {});
  expect(quoted).not.toMatch(/z5Mowl|75ZuQ9/);
});

test('a text may be what /proc has of a process, its words parted by NULs', () => {
  expect(redactor.text('mysql\0-uroot\0-pXk29fQmR7tVw3\0shop\0', {})).toBe(
    'mysql\0-uroot\0-p[REDACTED:password]\0shop\0',
  );
  expect(redactor.text('PATH=/bin\0DB_PASSWORD=Xk29fQmR7tVw3\0HOME=/root\0', {})).toBe(
    'PATH=/bin\0DB_PASSWORD=[REDACTED:password]\0HOME=/root\0',
  );
});

test.each(['\u001b]8;;https://x.example\u0007', '\u001b]0;a title\u001b\\', '\u001b(B\u001b[m'])(
  'a command of a terminal between a name and its value is left out: %j',
  (command) => {
    const after = redactor.text(`export DB_PASSWORD=${command}wSA1n8zJ3tcXecV9`, {});
    expect(after).not.toContain('wSA1n8');
  },
);

describe('words that were drawn for a password', () => {
  test.each([
    ['PGPASSWORD=thunder.anchor.walnut.falcon psql -h x', 'PGPASSWORD=[REDACTED:password] psql -h x'],
    [
      'create secret x --docker-password=marble.glacier.harbor.pebble',
      'create secret x --docker-password=[REDACTED:password]',
    ],
    [
      'argocd login x --password willow.ribbon.maple.tundra --insecure',
      'argocd login x --password [REDACTED:password] --insecure',
    ],
  ])('go although they read as a member: %s', (line, left) => {
    expect(text(line)).toBe(left);
  });

  test.each([
    'login(password=params.item.inner.leaf)',
    'x --password=config.database.settings.password',
    'x --password app.vault.database.value',
  ])('are not what a program names: %s', (line) => {
    expect(text(line)).toBe(line);
  });
});

test('a UUID is the token that an error says is invalid', () => {
  expect(text('401: invalid token ca0427ff-844f-48ab-80e9-438b31c8c119 for alice')).toBe(
    '401: invalid token [REDACTED:token] for alice',
  );
});

test('behind the path of a setting the name of what is set stays', () => {
  expect(text('vault kv put secret/auth-svc smtp_password=xapuzs-sqwbmj-l0hoC2')).toBe(
    'vault kv put secret/auth-svc smtp_password=[REDACTED:password]',
  );
});
