/** What stands around a secret stays: of the text no more goes than the value. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const VALUE = 'Xk29fQmR7tVw3Zp8Ls4B';
const WITHOUT = (text: string): string => text.replace(/\[REDACTED:[a-z0-9-]+\]/g, '#');

test.each([
  'failed to call https://api.example.com/x?api_key=#: connection refused',
  'chpasswd <<< "root:#"',
  'kubectl create secret generic db --from-literal=username=svc --from-literal=password=# -n prod',
  "sed -i 's/API_KEY=.*/API_KEY=#/' .env && systemctl restart app",
  'user_pass=alice:#',
  '; creds\napi_token=#\nregion=eu',
])('in a text: %j', (text) => {
  expect(WITHOUT(redactor.text(text.replace('#', VALUE), {}))).toBe(text);
});

test('in a path the extension stays', () => {
  expect(WITHOUT(redactor.path(`/tmp/export/api_key=${VALUE}.txt`, {}))).toBe('/tmp/export/api_key=#.txt');
});

test.each([
  [['sh', '-c', 'export API_KEY=#; ./run.sh --env prod']],
  [['az', 'deployment', 'group', 'create', '-g', 'rg', '-p', 'adminPassword=#', 'location=westeurope']],
])('in arguments: %j', (argv) => {
  const filled = argv.map((element) => element.replace('#', VALUE));
  expect(redactor.argv(filled, {}).map(WITHOUT)).toEqual(argv);
});

test('a whole token and the address behind it in a row are not one', () => {
  const row =
    "INSERT INTO t (name, token, email) VALUES ('a', 'ghp_Ab3dEf6hIj9kLmNoPqRsTuVwXyZ0123d4e5f', 'alice@example.com');";
  expect(redactor.text(row, {})).toContain("', 'alice@example.com'");
});
