/** Passwords drawn from all that can be typed: signs that end a word elsewhere are a part of them, wherever in them they stand. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const MARKER = '[REDACTED:password]';

test.each([
  ...['Xk29fQ;mR7tVw3', 'Xk29fQ|mR7tVw3', 'Xk29fQ<mR7tVw3', 'Xk29fQ>mR7tVw3', 'Xk29fQ&mR7tVw3'].flatMap(
    (value) => [
      ['password = §', value],
      ['level=info password=§ user=x', value],
      ['Server=db;User Id=sa;Password=§;Database=x', value],
    ],
  ),
  ...['[kR7mXw29fQtV', '{kR7mXw29fQtV', ';kR7mXw29fQtV', '|kR7mXw29fQtV', '~kR7mXw29fQtV'].flatMap(
    (value) => [
      ['export DB_PASSWORD=§', value],
      ['Server=db;User Id=sa;Password=§;Database=x', value],
    ],
  ),
  ...[
    'Xk29<mR7tVw3',
    'Xk29>mR7tVw3',
    '<kR7mXw29fQtV',
    '[kR7mXw29fQtV',
    '/kR7mXw29fQtV',
    '#kR7mXw29fQtV',
    ':kR7mXw29fQtV',
  ].map((value) => ['postgres://app:§@db:5432/x', value]),
  ...['DJh6cq(po4Y9Vv', 'hRgbdDf2UmXi7('].flatMap((value) => [
    ['export DB_PASSWORD=§', value],
    ['level=info password=§ user=x', value],
  ]),
] as [string, string][])('in %j the whole of %j goes', (place, value) => {
  expect(redactor.text(place.replace('§', value), {})).toBe(place.replace('§', MARKER));
});

test.each([
  'tool --password <password>;echo done',
  'https://user:<password>@host.example/x',
  'https://user:[password]@host.example/x',
  'git clone https://host:8080<br>mail@example.com',
  'const derivedKey = hkdfSync(secret, salt)',
  'PK11SymKey *PK11_Derive(PK11SymKey *baseKey,',
  'if ($password =~ /^Xk29fQmR7/) {',
  'FunctionPass *createFloat2IntPass();',
])('%j stays', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  [`tool --password Xk29fQmR7tVw3;python3 app.py`, `tool --password ${MARKER};python3 app.py`],
  [`tool --password Xk29fQmR7tVw3|sha256sum`, `tool --password ${MARKER}|sha256sum`],
  [`tool --password Xk29fQmR7tVw3>out.log`, `tool --password ${MARKER}>out.log`],
  [`<password>Xk29fQmR7tVw3</password>`, `<password>${MARKER}</password>`],
  [`Password=Xk29fQmR7tVw3;User=x;`, `Password=${MARKER};User=x;`],
])('what follows the value of %j stays', (line, expected) => {
  expect(redactor.text(line, {})).toBe(expected);
});
