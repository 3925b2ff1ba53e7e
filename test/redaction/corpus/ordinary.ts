/**
 * Lines without secrets, of the kinds that agents' hosts are full of, many of which look like secrets.
 * Fresh values each time: what must stay does so by its form, not because it is in a list.
 */
import type { Random } from './random.ts';

type Maker = (r: Random) => string;

const WORD =
  'server client config module package build test deploy cache index worker queue handler parser router widget report user order invoice stream buffer socket thread cluster node image volume bucket table column branch commit release version update install remove create delete fetch parse render compile format lint docs example main core utils common shared internal public vendor assets static'.split(
    ' ',
  );
const word = (r: Random): string => r.pick(WORD);
const camel = (r: Random): string => word(r) + word(r).replace(/^./, (c) => c.toUpperCase());
const path = (r: Random): string =>
  `/${r.pick(['usr/lib', 'home/alice', 'opt', 'var/lib', 'srv/app', 'workspace'])}/${word(r)}/${word(r)}-${word(r)}/${camel(r)}.${r.pick(['ts', 'js', 'py', 'go', 'so.1', 'json', 'md', 'yaml'])}`;
const version = (r: Random): string => `${r.int(0, 30)}.${r.int(0, 40)}.${r.int(0, 99)}`;
const time = (r: Random): string =>
  `20${r.int(20, 29)}-0${r.int(1, 9)}-${r.int(10, 28)}T${r.int(10, 23)}:${r.int(10, 59)}:${r.int(10, 59)}.${r.digits(3)}Z`;
const host = (r: Random): string => `${word(r)}-${r.int(1, 99)}.${word(r)}.example.com`;
const ip = (r: Random): string => `${r.int(1, 250)}.${r.int(0, 250)}.${r.int(0, 250)}.${r.int(1, 250)}`;
const holder = (r: Random): string =>
  r.pick([
    '$TOKEN',
    '${TOKEN}',
    '$(cat /run/secrets/token)',
    '{{ token }}',
    '<token>',
    'xxxxxxxx',
    '********',
    'vault://secret/app#token',
    'op://vault/item/password',
    'YOUR_API_KEY',
    '${{ secrets.TOKEN }}',
    '%TOKEN%',
    '[REDACTED]',
    '$(pass show db)',
    'changeme',
    '""',
    "''",
    'null',
    'None',
    '{token}',
    '<your-api-key>',
    '${DB_PASSWORD:-}',
    'arn:aws:secretsmanager:eu-west-1:123456789012:secret:app',
    '!vault',
    'process.env.API_KEY',
    'os.environ["API_KEY"]',
    'config.apiKey',
    'true',
    'false',
    'sk-...',
    'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'AKIAIOSFODNN7EXAMPLE',
  ]);
const secretName = (r: Random): string =>
  r.pick([
    'API_KEY',
    'DB_PASSWORD',
    'GITHUB_TOKEN',
    'CLIENT_SECRET',
    'AUTH_TOKEN',
    'STRIPE_SECRET_KEY',
    'password',
    'token',
    'apiKey',
    'secret',
  ]);

const MAKERS: Record<string, Maker> = {
  'git commit': (r) => `commit ${r.hex(40)}`,
  'git short log': (r) => `${r.hex(7)} ${word(r)}: ${word(r)} the ${word(r)} ${word(r)}`,
  'git index': (r) => `index ${r.hex(7)}..${r.hex(7)} 100644`,
  'git checkout': (r) => `git checkout ${r.hex(40)} -- ${path(r)}`,
  'docker digest': (r) => `docker pull ghcr.io/acme/${word(r)}@sha256:${r.hex(64)}`,
  'image tag': (r) => `image: registry.example.com/${word(r)}/${word(r)}:${version(r)}@sha256:${r.hex(64)}`,
  'container id': (r) => `Started container ${r.hex(64)}`,
  'container short': (r) => `${r.hex(12)}   nginx:1.25   "/docker-entrypoint.…"   2 hours ago`,
  'uuid line': (r) => `request_id=${r.uuid()} status=200`,
  'uuid alone': (r) => r.uuid(),
  'session of an agent': (r) =>
    `${r.pick(['session_id=', 'sessionId: ', 'Session-ID: ', 'session=', 'export CLAUDE_SESSION_ID=', 'agentSessionId='])}${r.uuid()} resumed`,
  'trace parent': (r) => `traceparent: 00-${r.hex(32)}-${r.hex(16)}-01`,
  'npm integrity': (r) => `"integrity": "sha512-${r.bytes(64).toString('base64')}"`,
  'npm resolved': (r) =>
    `"resolved": "https://registry.npmjs.org/${word(r)}/-/${word(r)}-${version(r)}.tgz",`,
  sri: (r) =>
    `<script src="/${word(r)}.js" integrity="sha384-${r.bytes(48).toString('base64')}" crossorigin="anonymous"></script>`,
  'go sum': (r) => `github.com/acme/${word(r)} v${version(r)} h1:${r.bytes(32).toString('base64')}`,
  'cargo lock': (r) => `checksum = "${r.hex(64)}"`,
  'pip hash': (r) => `    --hash=sha256:${r.hex(64)} \\`,
  'nix store': (r) =>
    `/nix/store/${r.of('0123456789abcdfghijklmnpqrsvwxyz', 32)}-${word(r)}-${version(r)}/bin/${word(r)}`,
  'md5 sum': (r) => `${r.hex(32)}  ${path(r)}`,
  'sha sums': (r) => `${r.hex(64)} *${word(r)}-${version(r)}.tar.gz`,
  fingerprint: (r) => `256 SHA256:${r.base64(43)} alice@${host(r)} (ED25519)`,
  'fingerprint md5': (r) => `MD5:${r.hex(32).match(/../g)!.join(':')}`,
  'public key': (r) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${r.base64(43)} alice@laptop`,
  'rsa public key': (r) => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC${r.base64(300)} alice@laptop`,
  certificate: (r) =>
    `-----BEGIN CERTIFICATE-----\nMIID${r.base64(60)}\n${r.base64(64)}\n-----END CERTIFICATE-----`,
  'public pem': (r) =>
    `-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA${r.base64(16)}\n${r.base64(64)}\n-----END PUBLIC KEY-----`,
  'certificate line': (r) => r.base64(64),
  'gpg key id': (r) => `gpg: using RSA key ${r.hexUpper(40)}`,
  'timestamp log': (r) =>
    `${time(r)} INFO [${word(r)}-${r.int(1, 9)}] ${word(r)} ${word(r)} finished in ${r.int(1, 900)}ms`,
  syslog: (r) =>
    `Mar ${r.int(1, 28)} 10:${r.int(10, 59)}:${r.int(10, 59)} ${word(r)} systemd[1]: Started ${word(r)}.service - ${word(r)} ${word(r)}.`,
  'http log': (r) =>
    `${ip(r)} - - [01/Mar/2026:10:00:00 +0000] "GET /${word(r)}/${r.int(1, 9999)} HTTP/1.1" 200 ${r.int(100, 99999)} "-" "curl/8.5.0"`,
  'key value log': (r) =>
    `level=info ts=${time(r)} caller=${word(r)}.go:${r.int(1, 900)} msg="${word(r)} ${word(r)}" duration=${r.int(1, 99)}ms`,
  'json log': (r) =>
    JSON.stringify({
      level: 30,
      time: 1_700_000_000_000 + r.int(0, 1e9),
      pid: r.int(1, 99999),
      hostname: host(r),
      msg: `${word(r)} ${word(r)}`,
      reqId: r.uuid(),
    }),
  'long path': (r) => `${path(r)}${path(r)}${path(r)}`,
  'path with version': (r) => `/usr/lib/x86_64-linux-gnu/lib${word(r)}-${version(r)}.so.${r.int(1, 9)}`,
  'node modules': (r) =>
    `node_modules/.pnpm/${word(r)}@${version(r)}_${r.lower(26)}/node_modules/${word(r)}/dist/index.js`,
  asset: (r) =>
    `dist/assets/${word(r)}-${r.alnum(8)}.js   ${r.int(1, 300)}.12 kB │ gzip: ${r.int(1, 90)}.3 kB`,
  'source map': (r) => `//# sourceMappingURL=${word(r)}.${r.hex(8)}.js.map`,
  'inline image': (r) =>
    `background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${r.bytes(90).toString('base64')})`,
  'inline font': (r) =>
    `src: url(data:font/woff2;base64,d09GMgABAAAAA${r.bytes(120).toString('base64')}) format("woff2");`,
  'base64 blob': (r) => `"payload": "${r.bytes(120).toString('base64')}"`,
  minified: (r) =>
    `!function(e,t){"object"==typeof exports?t(exports):t(e.${camel(r)}={})}(this,function(e){var n=${r.int(1, 99)},r=e.${word(r)}||{};return n<r.${word(r)}?${r.hex(1)}:t})`,
  'command git': (r) => `git -C ${path(r)} diff --stat ${r.hex(8)}..HEAD`,
  'command ls': (r) => `ls -la ${path(r)}`,
  'command grep': (r) => `grep -rn --include='*.ts' "${camel(r)}" src/${word(r)}`,
  'command npm': (r) =>
    `npm install --save-dev ${word(r)}@^${version(r)} --registry https://registry.npmjs.org/`,
  'command curl': (r) =>
    `curl -fsSL -o /tmp/${word(r)}.tar.gz https://${host(r)}/${word(r)}/v${version(r)}.tar.gz`,
  'command docker': (r) =>
    `docker run --rm -p ${r.int(1000, 9999)}:80 -v /srv:/data -e TZ=UTC -e LOG_LEVEL=debug nginx:${version(r)}`,
  'command mysql': (r) => `mysql -u root -h ${host(r)} -P 3306 ${word(r)}`,
  'command ssh': (r) => `ssh -p 2222 -i ~/.ssh/id_ed25519 alice@${host(r)}`,
  'command psql': (r) =>
    `psql -U app -h ${host(r)} -p 5432 -d ${word(r)} -c 'select count(*) from ${word(r)}'`,
  'command openssl': (r) =>
    `openssl req -x509 -newkey rsa:4096 -keyout ${word(r)}.key -out ${word(r)}.crt -days 365 -nodes -passin file:/run/secrets/p`,
  'command kubectl': (r) =>
    `kubectl get pod ${word(r)}-${r.hex(10)}-${r.of('bcdfghjklmnpqrstvwxz2456789', 5)} -n ${word(r)} -o yaml`,
  'pod name': (r) =>
    `${word(r)}-${word(r)}-${r.hex(9)}-${r.of('bcdfghjklmnpqrstvwxz2456789', 5)}   1/1   Running   0   3d`,
  'password file flag': (r) =>
    `vault server --password-file /run/secrets/${word(r)} --token-path ${path(r)} --key-file=${path(r)}.pem`,
  'token settings': (r) =>
    `{"max_tokens":${r.int(10, 9999)},"token_type":"Bearer","token_count":${r.int(1, 999)},"expires_in":3600}`,
  'usage tokens': (r) =>
    `prompt_tokens=${r.int(1, 9999)} completion_tokens=${r.int(1, 999)} total_tokens=${r.int(1, 9999)}`,
  'placeholder env': (r) => `${secretName(r)}=${holder(r)}`,
  'placeholder yaml': (r) => `  ${secretName(r)}: ${holder(r)}`,
  'placeholder json': (r) => `"${secretName(r)}": ${JSON.stringify(holder(r))}`,
  'placeholder flag': (r) =>
    `app --password ${r.pick(['$PASSWORD', '"$DB_PASS"', '<password>', '${PW}', '"${PW}"'])} --user ${word(r)}`,
  'placeholder header': (r) =>
    `curl -H "Authorization: Bearer ${r.pick(['$TOKEN', '${TOKEN}', '<token>', '$(cat token.txt)', '{{token}}'])}" https://${host(r)}`,
  'placeholder url': (r) =>
    `postgres://app:${r.pick(['${PASSWORD}', '$PASSWORD', '<password>', '****', '{{ pw }}'])}@${host(r)}:5432/app`,
  'password prose': (r) =>
    `${r.pick(['Password', 'password', 'Token', 'token', 'API key', 'secret', 'Credentials', 'passphrase'])}: ${r.pick(['expired', 'required', 'invalid', 'missing', 'ok', 'not set', 'accepted', 'must be at least 12 characters', 'rotated yesterday', 'see the wiki', '(hidden)', 'unknown', 'none', 'unexpected end of input'])}`,
  'password sentence': (r) =>
    `The ${r.pick(['password', 'token', 'secret', 'key', 'passphrase'])} is ${r.pick(['required', 'expired', 'too short', 'not valid', 'stored in the vault', 'read from the environment', 'never logged', 'only shown once', 'the same as before', 'empty'])} ${r.pick(['', 'for this account', 'since Monday'])}`,
  prompt: (r) => `${r.pick(['Enter password for', '[sudo] password for', 'Password for'])} ${word(r)}: `,
  'words with stems': (r) =>
    `${r.pick(['author', 'keyboard', 'monkey', 'compass', 'tokenizer', 'secretary', 'passage', 'keyword', 'hotkey', 'authority', 'turkey', 'bypass'])}=${word(r)} ${r.pick(['author', 'keyboard', 'monkey', 'passenger'])}: ${word(r)}`,
  'code params': (r) =>
    `function ${camel(r)}(token: string, password?: string, apiKey = config.apiKey): Promise<${camel(r)}> {`,
  'code assign': (r) =>
    `const token = await get${camel(r)}(req.headers.authorization); this.password = options.password ?? null;`,
  'code compare': (r) =>
    `if (token === undefined || key.length < ${r.int(1, 64)}) throw new Error('${word(r)} token missing');`,
  'code python': (r) =>
    `password = os.environ.get("DB_PASSWORD"); key = ${word(r)}[${r.int(0, 9)}]; secret = get_secret("${word(r)}")`,
  'code parser': (r) =>
    `SyntaxError: Unexpected token '${r.pick(['<', '}', ','])}', "${word(r)}" is not valid JSON`,
  'lexer token': (r) => `unexpected token: ${word(r)} at line ${r.int(1, 900)}, expected token: identifier`,
  'terraform id': (r) => `aws_instance.${word(r)}: Refreshing state... [id=i-0${r.hex(16)}]`,
  'terraform arn': (r) => `arn:aws:iam::${r.digits(12)}:role/${word(r)}-${word(r)}`,
  'secret arn': (r) =>
    `arn:aws:secretsmanager:eu-west-1:${r.digits(12)}:secret:${word(r)}/${word(r)}-${r.alnum(6)}`,
  kms: (r) => `arn:aws:kms:us-east-1:${r.digits(12)}:key/${r.uuid()}`,
  email: (r) => `Author: ${camel(r)} <${word(r)}.${word(r)}@${host(r)}>`,
  ipv6: (r) => `inet6 fe80::${r.hex(4)}:${r.hex(4)}:${r.hex(4)}:${r.hex(4)}/64 scope link`,
  mac: (r) => `link/ether ${r.hex(12).match(/../g)!.join(':')} brd ff:ff:ff:ff:ff:ff`,
  ulid: (r) => `event ${r.of('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 26)} stored`,
  'object id': (r) => `ObjectId("${r.hex(24)}")`,
  nanoid: (r) => `session ${word(r)} ${r.base64url(21)} opened`,
  ksuid: (r) => `id: ${r.alnum(27)}`,
  etag: (r) => `ETag: "${r.hex(32)}"`,
  'request ids': (r) => `x-amz-request-id: ${r.upper(16)} x-amz-id-2: ${r.bytes(57).toString('base64')}`,
  'cf ray': (r) => `cf-ray: ${r.hex(16)}-FRA`,
  'csp nonce': (r) => `content-security-policy: script-src 'nonce-${r.base64(22)}=='`,
  websocket: (r) => `Sec-WebSocket-Key: ${r.bytes(16).toString('base64')}`,
  sql: (r) =>
    `SELECT ${word(r)}.id, ${word(r)}.name FROM ${word(r)} WHERE primary_key = ${r.int(1, 9999)} AND sort_key > 'a'`,
  'foreign key': (r) =>
    `ALTER TABLE ${word(r)} ADD CONSTRAINT fk_${word(r)} FOREIGN KEY (${word(r)}_id) REFERENCES ${word(r)}(id);`,
  i18n: (r) =>
    `"password": "${r.pick(['Password', 'Enter your password', 'Passwort', 'Mot de passe', 'Your password must have 8 characters'])}", "${word(r)}": "${word(r)}"`,
  'html form': (r) =>
    `<input type="password" name="password" id="${word(r)}" placeholder="Your password" autocomplete="current-password">`,
  schema: (r) =>
    `"password": {"type": "string", "minLength": ${r.int(4, 16)}}, "token": {"type": "string", "format": "uuid"}`,
  'compose secrets': (r) => `secrets:\n  ${word(r)}_password:\n    file: ./secrets/${word(r)}.txt`,
  'k8s reference': (r) => `valueFrom:\n  secretKeyRef:\n    name: ${word(r)}-secrets\n    key: api-key`,
  'env ordinary': (r) =>
    `${r.pick(['PATH', 'HOME', 'LANG', 'SSH_AUTH_SOCK', 'XAUTHORITY', 'GPG_TTY', 'KEYBOARD_LAYOUT', 'PWD', 'OLDPWD', 'XDG_SESSION_ID', 'AWS_PROFILE', 'GOOGLE_APPLICATION_CREDENTIALS', 'TOKENIZERS_PARALLELISM', 'SSH_ASKPASS'])}=${r.pick(['/usr/bin:/bin', '/home/alice', 'C.UTF-8', path(r), '/run/user/1000/keyring/ssh', '3', 'default', 'false'])}`,
  'semver list': (r) =>
    `${word(r)} ${version(r)} ${word(r)}-${version(r)}-beta.${r.int(1, 9)}+build.${r.int(1, 999)}`,
  'hex color': (r) => `.${word(r)} { color: #${r.hex(6)}; background: #${r.hex(3)}; token: #${r.hex(6)} }`,
  hexdump: (r) => `000000${r.hex(2)}  ${r.hex(32).match(/../g)!.join(' ')}  |................|`,
  coverage: (r) =>
    `src/${word(r)}/${word(r)}.ts | ${r.int(1, 99)}.${r.digits(2)} | ${r.int(1, 99)} | ${r.int(1, 100)} | ${r.int(1, 99)}-${r.int(100, 200)}`,
  'test results': (r) =>
    `PASS src/${word(r)}/${camel(r)}.test.ts (${r.int(1, 9)}.${r.digits(3)} s) pass: ${r.int(1, 99)} fail: 0`,
  'go test': (r) => `--- PASS: Test${camel(r)}/${word(r)}_token (0.0${r.int(1, 9)}s)`,
  license: (r) => `SPDX-License-Identifier: Apache-2.0 Copyright (c) 20${r.int(10, 29)} ${camel(r)} authors`,
  'markdown link': (r) => `[${word(r)} ${word(r)}](https://${host(r)}/docs/${word(r)}#${word(r)}-token)`,
  'url plain': (r) =>
    `https://${host(r)}/${word(r)}/${r.uuid()}?page=${r.int(1, 99)}&sort=asc&key=${word(r)}&page_token=`,
  'url google doc': (r) => `https://docs.example.com/document/d/${r.base64url(44)}/edit`,
  video: (r) => `https://www.youtube.example.com/watch?v=${r.base64url(11)}&list=PL${r.base64url(32)}`,
  'bitcoin address': (r) => `sent 0.5 to bc1q${r.of('023456789acdefghjklmnpqrstuvwxyz', 38)}`,
  'ethereum address': (r) => `contract 0x${r.hex(40)} tx 0x${r.hex(64)}`,
  ipfs: (r) => `ipfs://Qm${r.base58(44)}/${word(r)}.json`,
  'account ids': (r) =>
    `account ${r.digits(12)} project ${word(r)}-${r.digits(6)} client_id=${r.digits(12)}-${r.lower(32)}.apps.googleusercontent.com`,
  'stripe object': (r) => `customer cus_${r.alnum(14)} paid ch_${r.alnum(24)} by pm_${r.alnum(24)}`,
  publishable: (r) => `pk_live_${r.alnum(24)}`,
  'twilio sid': (r) => `message SM${r.hex(32)} account AC${r.hex(32)}`,
  'slack ids': (r) => `channel C0${r.upper(9)} user U0${r.upper(9)} team T0${r.upper(8)}`,
  sentence: (r) =>
    `The ${word(r)} ${word(r)} of the ${word(r)} was moved to the new ${word(r)} after the ${word(r)} review on Monday.`,
  'list of words': (r) => Array.from({ length: 16 }, () => word(r)).join(' '),
};

/** The kinds of ordinary lines, for tests that say which one failed. */
export const ORDINARY_KINDS: readonly string[] = Object.keys(MAKERS);

export function ordinaryLine(kind: string, r: Random): string {
  return MAKERS[kind]!(r);
}

/** `count` lines, each kind in turn. */
export function ordinaryLines(count: number, r: Random): string[] {
  return Array.from({ length: count }, (_, i) => ordinaryLine(ORDINARY_KINDS[i % ORDINARY_KINDS.length]!, r));
}
