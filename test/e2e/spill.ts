/**
 * An agent's script that spills secrets by every route on which the kernel layer tells strings, and a search for them:
 * as they are and encoded.
 */
import { randomBytes } from 'node:crypto';

const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** Fresh for each test: letters of both cases and digits, which survive in file names. */
function drawn(length: number): string {
  let out = 'a7Q';
  for (const byte of randomBytes(length - 3)) out += LETTERS[byte % LETTERS.length];
  return out;
}

/** Each route has a secret of its own, so that one that leaks tells by which. */
const SECRETS = {
  flag: drawn(24),
  flagEquals: drawn(24),
  userPair: drawn(20),
  attached: drawn(20),
  assignment: drawn(28),
  marked: `ghp_${drawn(36)}`,
  markedSplit: `ghp_${drawn(36)}`,
  environment: drawn(32),
  header: drawn(40),
  url: drawn(22),
  query: drawn(26),
  json: drawn(30),
  base64: drawn(27),
  hex: drawn(24),
  percent: `ghp_${drawn(36)}`,
  heredoc: drawn(25),
  fileName: `ghp_${drawn(36)}`,
  directory: `glpat-${drawn(20)}`,
  workingDirectory: `ghp_${drawn(36)}`,
  renamed: `ghp_${drawn(36)}`,
  link: `ghp_${drawn(36)}`,
  missingFile: `ghp_${drawn(36)}`,
  missingProgram: `ghp_${drawn(36)}`,
  script: `ghp_${drawn(36)}`,
  title: `AKIA${drawn(20)
    .toUpperCase()
    .replace(/[^A-Z2-7]/g, 'B')
    .slice(0, 16)}`,
  socket: `ghp_${drawn(36)}`,
  refused: drawn(24),
  cutOff: `ghp_${drawn(36)}`,
  tail: `ghp_${drawn(36)}`,
};

export const SPILL = `
set +e
p=/usr/bin/true
$p --password '${SECRETS.flag}'
$p --token='${SECRETS.flagEquals}'
sh -c 'curl() { :; }; curl -u alice:${SECRETS.userPair} https://x.example.com'
sh -c 'mysql() { :; }; mysql -uroot -p${SECRETS.attached} app'
DB_PASSWORD='${SECRETS.assignment}' $p
env 'DB_PASSWORD=${SECRETS.assignment}' $p
$p '${SECRETS.marked}'
$p '${SECRETS.markedSplit.slice(0, 14)}' '${SECRETS.markedSplit.slice(14)}' 2>/dev/null
env SERVICE_TOKEN='${SECRETS.environment}' $p
$p -H 'Authorization: Bearer ${SECRETS.header}'
$p 'postgres://app:${SECRETS.url}@db.example.com/app'
$p 'https://x.example.com/?access_token=${SECRETS.query}&page=2'
$p '{"user":"a","api_key":"${SECRETS.json}"}'
$p '${Buffer.from(`password=${SECRETS.base64}`).toString('base64')}'
$p '${Buffer.from(`password=${SECRETS.hex}`).toString('hex')}'
$p '${[...SECRETS.percent].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}'
sh -c 'cat > /dev/null <<END
API_SECRET=${SECRETS.heredoc}
END'
: > "file-${SECRETS.fileName}.txt"; cat "file-${SECRETS.fileName}.txt"
mkdir "d-${SECRETS.directory}"; ls "d-${SECRETS.directory}"
mkdir "w-${SECRETS.workingDirectory}"; (cd "w-${SECRETS.workingDirectory}" && $p)
: > one; mv one "r-${SECRETS.renamed}"
ln -s nowhere "l-${SECRETS.link}"; cat "l-${SECRETS.link}" 2>/dev/null
cat "/no/such/${SECRETS.missingFile}" 2>/dev/null
"/usr/bin/no-${SECRETS.missingProgram}" 2>/dev/null
printf '#!/bin/sh\\ntrue\\n' > "s-${SECRETS.script}.sh"; chmod +x "s-${SECRETS.script}.sh"; sh "./s-${SECRETS.script}.sh"
/usr/bin/perl -e '$0 = "${SECRETS.title}"; system("/usr/bin/true")'
/usr/bin/perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => "$ENV{PWD}/${SECRETS.socket}")'
id --password '${SECRETS.refused}' 2>/dev/null
$p '${'x'.repeat(4080)} ${SECRETS.cutOff}'
$p ${'-x '.repeat(300)} '${SECRETS.tail}'
# What an environment named comes back without its name.
cat "back-${SECRETS.environment}" 2>/dev/null
true
`;

/** What a value may stand as: as it is, base64 in each of its three places, hex, percent, UTF-16, backwards. */
function forms(value: string): [string, Buffer][] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((shift): [string, Buffer] => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return [`base64 at ${shift}`, Buffer.from(whole.slice(shift === 0 ? 0 : shift + 1, -2))];
  });
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
  return [
    ['itself', bytes],
    ['its secret half', bytes.subarray(Math.floor(bytes.length / 2))],
    ...base64,
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
    ['percent', Buffer.from(percent)],
    ['UTF-16', Buffer.from(value, 'utf16le')],
    ['backwards', Buffer.from([...value].reverse().join(''))],
  ];
}

/** Which secrets stand in `content`, by route. */
export function leaks(where: string, content: Buffer): string[] {
  return Object.entries(SECRETS).flatMap(([route, value]) =>
    forms(value)
      .filter(([, form]) => content.includes(form))
      .map(([form]) => `${route} in ${where} as ${form}`),
  );
}
