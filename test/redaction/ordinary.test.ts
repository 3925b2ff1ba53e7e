/** What must stay: ordinary lines that look like secrets, and exact strings that once were, or could be, mistaken. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { ORDINARY_KINDS, ordinaryLine } from './corpus/ordinary.ts';
import { Random } from './corpus/random.ts';

const redactor = createRedactor();

test('of 10,000 ordinary lines five at most are changed', () => {
  const r = new Random(Number(process.env.CORPUS_SEED ?? 1));
  const changed: string[] = [];
  let lines = 0;
  while (lines < 20_000) {
    for (const kind of ORDINARY_KINDS) {
      const line = ordinaryLine(kind, r);
      lines++;
      if (redactor.text(line, {}) !== line) changed.push(`${kind}: ${line}`);
    }
  }
  expect((changed.length / lines) * 10_000, changed.slice(0, 20).join('\n')).toBeLessThanOrEqual(5);
});

test.each([
  'password: arn:aws:secretsmanager:eu-west-1:123456789012:secret:Kx9mQ2LpW8zTn3',
  'token: ${aK8xQ2LpW9zTn3vR}',
  'token: "$aKxQLpWzTnvRbYcD"',
  'password: EXAMPLEaK8xQ2LpW9zTn3vR',
  'apiKey: process.env.aK8xQ2LpW9zTn3vR',
  'apiKey = config.aK8xQ2LpW9zTn3vR7',
  'password: "vault:kv/aK8xQ2LpW9zTn3vR"',
  'secret: keyring:aK8xQ2LpW9zTn3vR7',
  'secret_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'client_secret: secrets.aK8xQ2LpW9zTn3vR',
])('a stand-in or reference stays, however drawn its letters look: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'password: expired',
  'token_type=bearer expires_in=3600',
  'Cache restored from key: Linux-node-0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
  'gpg: key 0xA1B2C3D4E5F60718293A4B5C6D7E8F9001122334: public key "A" imported',
  'login: alice / bob',
  'the password 7 characters long',
  'password text field',
  'a password 0 to 9',
  '{token, "end_of_file"}',
  'authentication-key 1 md5',
  'redirect login=required:yes',
  'login: 12:04 / 13:05',
  'user: alice / group: staff2',
  'a * b2 * c3',
  ' * alice * bob *',
  'width * height2 * 3',
  'createUser(name, "alice1234")',
  'function createUser(user: User): Promise<User> {',
  'const text = atob("aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0");',
  'developer alice2024',
  'logged in as alice with 3 roles',
  'the following passwords:\n\nlong ones',
  '"result": "4f9K2mQx7Rb1Zt8Wc5Yv3Ln6"',
  'token: invalid',
  'Password: ',
  '[sudo] password for alice: ',
  'Enter your password and press return',
  'the token is required',
  'PASS src/token.test.ts',
  'author=alice keyboard=us monkey=1 compass=north',
  'max_tokens=4096 token_type=Bearer token_count: 12',
  'API_KEY=$API_KEY',
  'API_KEY=${API_KEY:-}',
  'password=$(pass show db)',
  'password: {{ vault_password }}',
  'token: ${{ secrets.GITHUB_TOKEN }}',
  'Authorization: Bearer <token>',
  'Authorization: Bearer $TOKEN',
  'export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE',
  'secret: vault://secret/data/app#password',
  'DB_PASSWORD=op://vault/item/field',
  'mysql --password-file=/run/secrets/db -h db',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop',
  'SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8',
  'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUTz0NtBK8mX0l3b6u4W0cO9yH9q8wCgYIKoZIzj0EAwIw\n-----END CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n-----END PUBLIC KEY-----',
  'the file begins with -----BEGIN PRIVATE KEY----- and ends with its footer',
  'const token = await getToken(req); this.password = options.password;',
  'if (token === undefined) throw new Error("token missing");',
  'function login(user: string, password: string): Promise<Token> {',
  'git@github.com:alice/project.git',
  'mailto:alice2@example.com',
  'nginx:1.25@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
  'cloudflare zone_id=023e105f4ecef8ad9ca31a8372d0c353',
  'git push origin HEAD:refs/heads/token-refresh-2',
  'XDG_SESSION_ID=3',
  'SSH_AUTH_SOCK=/run/user/1000/keyring/ssh',
  'GOOGLE_APPLICATION_CREDENTIALS=/etc/gcp/key.json',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'FUNC:_ZNSt7__cxx1119basic_istringstreamIcSt11char_traitsIcE@GLIBCXX_3.4.21',
  'OBJECT:24:_ZTISt19basic_ostringstreamIwSt11char_traitsIwE@@GLIBCXX_3.4',
  'CompositePrivateKey = CompositePrivateKey_1 = tslib_1.__decorate([',
  'const id_SecretBag = "1.2.840.113549.1.12.10.1.5";',
  'private key encrypted block of data formatted according to PKCS#1.',
  'vault login -method=userpass username=alice',
  '~ token = (sensitive value)',
  'LoadCredential=db_password:/etc/app/db',
  'kcadm.sh config credentials --server https://sso.example.com --realm master',
  'docker build --secret id=npmrc,src=/home/alice/.npmrc .',
  'argocd account update-password --account alice',
  'gpg --keyserver hkps://keys.openpgp.org --recv-keys DD792F5973C6DE52C432CBDAC77ABFA00DDBF2B7',
  '#define aes128_set_decrypt_key _nettle_aes128_set_decrypt_key_c',
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod-db-a1B2c3',
  'DB_PASSWORD ||= fetch(name)',
  'base64 -d <<< "$payload"',
  'export DB_PASSWORD=${DB_PASSWORD:?is missing2}',
  'mysqldump -u root -p shop_2x7kq > dump.sql',
  'openssl passwd -1 -salt vHUGsDBl',
  'gpg --list-keys BD5837B36FACDEB7',
  'gpg> key C9597E8F28359AE3',
  'Add new upstream signing key 19882D92DDA4C400C22C0D56CC2AF4472167BE03',
  'PASS: gas/all/warn-1.s',
  'PASS: DWARF2 19 of 20',
  'status half-configured passwd:amd64 1:4.13+dfsg1-1+deb12u2',
  'Preparing to unpack .../9-passwd_1%3a4.13+dfsg1-1+deb12u2_amd64.deb ...',
  'passwd:         compat',
  'passwd: files systemd',
  '       man5/nsswitch.conf.5 man5/passwd.5 man5/proc.5',
  '#define CKM_TLS12_MASTER_KEY_DERIVE_DH 0x000003E2UL',
  'smb: fix use-after-free of signing key (CVE-2024-53179)',
  String.raw`$ gcloud secrets versions destroy 123 \-\-secret=my\-secret`,
  String.raw`.IP "\fB\-\-proxy\-password=\fR\fIpassword\fR" 4`,
  String.raw`a label with the key \f5\fIenvironment\fR\fR and`,
  'git log -p 19882d92dda4c400c22c0d56cc2af4472167be03',
  'lpr -P HP_LaserJet_M404dn report.pdf',
  'path = ["usr2", "lib"].join("/")',
  'index.php?p=b2c4d6e8&u=17',
  'echo PORT=8080 > token.txt',
  "token: &'static str,",
  'checksum/secret: fd095913dd68bf985a4b3cb6ce4f717221ffa5fc0ce5b1bbe792eb654e1ba5ff',
  'terraform import aws_secretsmanager_secret.db arn:aws:secretsmanager:eu-west-1:187955258359:secret:db-opOXSn',
  'docker run -e POSTGRES_PASSWORD_FILE=/run/secrets/pw postgres:16',
  'git config user.signingkey 241030DA776EEEC0',
  'Successfully installed PyJWT-2.8.0 keyring-25.1.0 token-bucket-0.3.0',
  'ok  \tgithub.com/acme/auth/token\t0.021s',
  '10.0.0.17 - - [01/May/2024:10:00:00 +0000] "GET /reset-password HTTP/1.1" 200 5647',
  'passwd:x:42:',
  'GRANT SELECT ON secrets TO app_szks2',
  '<label for="password">Password:</label>',
  'password: ENC[AES256_GCM,data:Yed1xBg5JTyk,iv:LMqukskwNAuARxaedJtZ1JnUA4jLsFANUP11sfeaj46=,tag:mbKxDwwBXPqo+F8lw8D0Xw==,type:str]',
  'existingSecret: app-secret-y2dby',
  'Restored cache from key: v1-deps-328b04c9e4e12fc3e1dcd0d917a49199d764a42a',
  'htpasswd -c .htpasswd user_h5i4v',
  'mount -t cifs //s/x /m -o credentials=/etc/smb-5jcn.cred',
  '<tr><td>password</td><td>required</td></tr>',
  's:5:"token";s:4:"none";',
  'password:\n  type: string\n  description: what you sign in with2',
  'token:\n  default: ""\n  required: false',
  '{{ .Values.token | default "" }}',
  'fill_in "Password", with: user.password',
  '$ echo $TOKEN\n\n',
])('%j stays as it is', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  [['docker', 'run', '-p', '8080:80', '-e', 'TZ=UTC', 'nginx']],
  [['ssh', '-p', '2222', 'alice@host']],
  [['mkdir', '-p', '/tmp/token/cache']],
  [['curl', '-u', '$USER:$PASS', 'https://example.com']],
  [['git', 'commit', '-m', 'fix password reset: token was never checked']],
  [['openssl', 'req', '-x509', '-keyout', 'server.key', '-passin', 'file:/run/secrets/p']],
  [['gpg', '--recipient', 'alice@example.com', '--encrypt', 'secret.txt']],
  [['kubectl', 'get', 'secret', 'db-password', '-o', 'yaml']],
  [['vault', 'kv', 'get', 'secret/app']],
  [['app', '--token-file', '/run/secrets/token', '--password-stdin']],
])('the arguments %j stay as they are', (argv) => {
  expect(redactor.argv(argv, {})).toEqual(argv);
});

test('a string without a secret is handed on, not copied', () => {
  const line = 'x'.repeat(300);
  expect(Object.is(redactor.text(line, {}), line)).toBe(true);
});

test.each([
  '    at OrderController.validateToken (/srv/app/dist/api.js:784:65)',
  '    at async AuthService.refreshToken (file:///srv/app/src/auth.ts:12:7)',
  '    at TokenStore.getSecret (node:internal/modules/cjs/loader:1105:14)',
  '#11 0x00002f70656263a3 in report_set_password (ctx=0xc5fc876ca5ca, len=28) at export.c:551',
  "src/batch/credential-api.java:314:62: error: expected ';' before 'token'",
  "thread 'main' panicked at src/token.rs:237:6:\ncalled `Option::unwrap()` on a `None` value",
  'secret.rs:5842:export function parseSession(input: string): Auth {',
  'const{token:e,password:t,...n}=r;return o.createElement(a,{key:e.id,auth:t})',
  '   Compiling token-export v4.30.16 (https://github.com/acme/metrics?rev=540263df#a920f359)',
  'MD5 (token-import.ts) = 86c41ff0d16986b24f9802932a90106a',
  'SHA256 (secret-5.19.6.tgz) = a447cdcf47a23fee13cfc54fb09c8809454bee8d35ff520aaff1f01a5693dffb',
  '  KeyKit: f5c7fc21a1f4f85e127c7504768b9ed49a203cbb',
  'nodegroup=secret-93744488',
  'arn:aws:secretsmanager:us-east-1:260837312198:secret:prod/secret-sgsOhp',
  'arn:aws:iam::871691046733:role/metrics-key-AZ316R08PUZAK',
  'eks:cluster-name=token nodegroup=api-2d83da43',
  'Unpacking libsecret-dev:amd64 (4.24.17-1) over (1.20.23-1) ...',
  'Requirement already satisfied: queue>=2.3.18 in /usr/lib/python3 (from token==3.5.20) (0.27.31)',
  'config_controller.go:56] "Syncing token" key="default/mail-7db2d26f5"',
  "ld: warning: -L/usr/lib/token undefined reference to `_Z14parseTokenRK9Config'",
  ' rename src/{credential => account}/index.ts (82%)',
  'token = "11.28.16"',
  '"secret-order": "^3.25.11",',
  'FROM acme/secret:2.5.14-alpine AS build',
  'ghcr.io/acme/index-secret:sha-fd4dd15',
  'AUDIT user=carol action=credential.read resource=user/secret result=allow',
  'gcloud secrets versions access latest --secret=proxy-cookie',
])('what tools print beside a name of a secret stays: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'Authorization: Bearer `cat ~/.storage`',
  'api_key = "(hidden)"',
  'Authorization: token @@SECRET@@',
  'DB_PASSWORD=@@OPENAI_API_KEY@@',
  '{"refresh_token": "((secret))", "user": "x"}',
  'AWS_SECRET_ACCESS_KEY=@/run/secrets/secret',
  "session_key: 'projects/legacy/secrets/secret_key/versions/latest'",
  '  session_key: secretKeyRef:codec\n  apiKey: $KEY',
  "secret_key: '__PGPASSWORD__'",
  'Authorization: Bearer arn:aws:secretsmanager:us-east-1:693759451378:secret:webhook/encryption_key',
  'Authorization: Bearer ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  "      'token'    => :TOKEN,",
  'psql postgres://dave:${SLACK_BOT_TOKEN:-}@account.corp.internal:5432/webhook',
  'TWILIO_AUTH_TOKEN=[your secret] make',
])('what is written where a secret would stand stays: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  [['curl', '-u', 'jenkins:CHANGEME', 'https://ci.localhost/']],
  [['curl', '-u', 'jenkins:xxxxxxxx', 'https://ci.localhost/']],
  [['curl', '-u', 'jenkins:((api_key))', 'https://ci.localhost/']],
  [['gh', 'secret', 'set', 'SECRET_KEY', '--body', '(hidden)']],
  [['gcloud', 'secrets', 'versions', 'access', 'latest', '--secret=response-backend']],
  [['gcloud', 'secrets', 'versions', 'access', 'latest', '--secret', 'response-backend']],
  [['bw', 'get', 'password', 'plan.cdn.jsdelivr.net']],
  [['gcloud', 'run', 'deploy', 'auth', '--update-secrets=API_KEY=reports-key:3']],
  [['gcloud', 'run', 'deploy', 'relay', '--set-secrets', 'DB_PASSWORD=profile-db:latest']],
  [['docker', 'run', '--rm', '-v', '/srv/mailer/secrets:/run/secrets:ro', 'acme/vault:10.21.28']],
  [['docker', 'buildx', 'build', '--push', '-t', 'acme/secrets:5721ea2cbff4', '.']],
  [['python', '-m', 'pytest', '-k', 'test_passwd', '-q']],
  [
    [
      'sh',
      '-c',
      'echo "60ad7dcb091dbfb03963ae01de83d2e4538bc73e0f8c91d8be825cdb533d4682  x.tgz" | sha256sum -c -',
    ],
  ],
  [['sh', '-c', `echo ${btoa('batch table admin stream plugin search with account hook')} | base64 -d`]],
])('arguments that name, check or stand in for a secret stay: %j', (argv) => {
  expect(redactor.argv(argv, {})).toEqual(argv);
});

test.each([
  'GPG_KEY=B34D5301DDA09E9F04B1583F705000EA09229E86',
  'GPG_KEYS=E4A64D66D01BFB1BCED6352B87F50A75016A94A9 C12C7EE1A546C4C1C49DF53F88BB061E93606E38',
  'HISTIGNORE=*password*:*token*',
  'WT_SESSION=6bf94e22-6294-4e74-a415-fd7f23dd591f',
  'DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus,guid=09c7c7d226bf3577d7e72e8fbabe00c5',
])('a variable that is about something public stays: %s', (variable) => {
  expect(redactor.env([variable], {})).toEqual([variable]);
});

test.each([
  '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"Pvi5e5DfAZEPeBcTwiXgcU0ttTnCcjmN0H4Jzt5qhno"}]}',
  'api key id: 773d3f30-7820-4c8e-a833-b415d4c0ff2d',
  'client secret id: 773d3f30-7820-4c8e-a833-b415d4c0ff2d',
  `//# sourceMappingURL=data:application/json;base64,${btoa('{"version": 3, "sources": ["batch.ts"], "mappings": "AAAA,"}')}`,
  'function(e){this.token=e.token,this.password=t,var f=61,j="adm";}',
  'this.token=e.token,this.password=t,if(null==e)throw new TypeError("x");',
  'Successfully installed jsonwebtoken-17.0.34 libssl3-18.20.8',
  'TLS handshake: cipher TLS_AES_256_GCM_SHA384, session-id a4a5f1a6347b52ecba99e468aaa827121dc919fdafff3f72b84c82cd88f86bab',
  'passwd[55921]: pam_unix(passwd:chauthtok): password changed for anna',
  "pub fn verify(password: &str, hash: &PasswordHash<'_>) -> Result<(), Error> {",
  'warnings.go:70] secret "agent-token-xlti3" is deprecated',
  ' * [new branch]      indexer/token-refresh -> origin/search/token-refresh',
  'auth.InvalidPassword: mallory',
  "  'Proxy-Authenticate',\n  'Proxy-Authorization',\n  'RTT',\n  'Range',\n  'Referer',\n  'Referrer-Policy',",
  "  'ftp_put',\n  'ftp_pwd',\n  'ftp_quit',\n  'ftp_rawlist',\n  'ftp_rename'",
  "'gss_krb5_lucid_key', 'gss_krb5_rfc1964_keydata'",
  '    "passwd:uid",',
  ' * SecretBag ::= SEQUENCE {',
  'raise exceptions.InvalidSignature\n\n\nclass _Ed448PrivateKey(Ed448PrivateKey):\n    def _',
  'headers["authorization"] = "Basic " + b64encode(b(basic_auth)).decode("utf-8")',
  '  url: kEnumerableProperty,\n  withCredentials: kEnumerableProperty\n})',
  '      key_const_reference r_key =(key_const_reference)PB_DS_V2F(*it);',
  'CREATE SCHEMA AUTHORIZATION \\fIrole_specification\\fR [ \\fIschema_element\\fR [ ... ] ]',
  'By default, credentials are written to \\f5HOME/.kube/config\\fR. You can',
  '* `$PASSWORD` \u2014 takes a string: the',
  '\t* src/passwd.c: do_update_age is only used once',
  "\t* agent/call-pinentry.c (agent_get_passphrase): Don't allocate, it",
  '    "AWS::EMR::StudioSessionMapping": "1176f2aa157a948c",',
  '  <comment xml:lang="kk">SQL \u043a\u043e\u0434\u044b</comment>',
])('lines of other programs, sources and manuals stay: %j', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'dewewf5P2v8iiHqIBm+GBp8FDBtfQiagD32TO8Lb/TIfSDRxh8+PW9KSJ5yVn/Pw\nV4jvHjKrljsslC2DSbL5vlIqkA/30nabZkh1vybXJZCR8X5NXA+xvKml9b6a/nvu\nh7xYGh+mKpK=',
  'dewewf5P2v8iiHqIBm+GBp8FDBtfQiagD32TO8Lb/TIfSDRxh8+PW9KSJ5yVnAPT\nK298gq3emxz6Nh3adU4JxDmVRBW6PAl6GVGKDDADkUDYww3PHR4hn0rZoqxPxHcR\nh7xYGh+mKpK=',
])('the lines of a certificate stay, whatever they look like by chance: %j', (body) => {
  const block = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
  expect(redactor.text(block, {})).toBe(block);
  const inline = JSON.stringify(block);
  expect(redactor.text(inline, {})).toBe(inline);
});

test('what is put among the lines of a certificate goes, for it is none of them', () => {
  const line = 'dewewf5P2v8iiHqIBm+GBp8FDBtfQiagD32TO8Lb/TIfSDRxh8+PW9KSJ5yVnAPT';
  const token = 'ghp_Ab3dEf6hIj9kLmNoPqRsTuVwXyZ0123d4e5f6';
  const block = `-----BEGIN CERTIFICATE-----\n${line}\n${token}\n${line}\n-----END CERTIFICATE-----`;
  expect(redactor.text(block, {})).not.toContain(token);
});

test('a host that was taken for a secret once is not taken out of what follows', () => {
  const run = redactor.forRun('hosts');
  run.argv(['app', '--password', 'plan.cdn.jsdelivr.net'], {});
  expect(run.text('https://plan.cdn.jsdelivr.net/npm/x.js', {})).toBe(
    'https://plan.cdn.jsdelivr.net/npm/x.js',
  );
});

test.each([
  ['password.txt:1:Xk29fQmR7tVw3', 'Xk29fQ'],
  ['config.js:3: password: "Xk29fQmR7tVw3"', 'Xk29fQ'],
  ['password = "1.2.3-Xk29fQmR7tVw3!"', 'Xk29fQ'],
  ['the password (Xk29fQmR7tVw3)', 'Xk29fQ'],
  ['password==Xk29fQmR7tVw3', 'Xk29fQ'],
  ['{password => Xk29fQmR7tVw3}', 'Xk29fQ'],
  ['app --secret=Xk29fQmR7tVw3', 'Xk29fQ'],
  ['Authorization: Bearer `cat Xk29fQmR7tVw3`', 'Xk29fQ'],
  ['password: @Xk29fQmR7tVw3/run', 'Xk29fQ'],
  ['this.password=Xk,29fQmR7tVw3', 'Xk,29fQ'],
  ['token = ((Xk29fQmR7tVw3', 'Xk29fQ'],
  ['echo VzNOZlFtUjd0Vnchc0U5 | base64 -d', 'VzNOZl'],
  ['SIGNING_KEY=B34D5301DDA09E9F04B1583F705000EA09229E8B', 'B34D53'],
  ["'db_password', 'Xk29fQmR7tVw3'", 'Xk29fQ'],
  ['password: InvalidPassword: Xk29fQmR7tVw3', 'Xk29fQ'],
  ['password: &str0ngXk29fQ', '0ngXk29'],
  ['sshpass -pCijPWD=Xk29fQmR7tV ssh u@h', 'CijPWD'],
  ['--set-secrets=DB_PASSWORD=Xk29fQmR7tVw3', 'Xk29fQ'],
  ['SESSION_KEY=773d3f30-Xk29fQmR7tVw3', 'Xk29fQ'],
  ['secret id: 773d3f30-7820-4c8e-a833-b415d4c0ff2d', '773d3f30'],
])('what only looks like it goes: %s', (line, value) => {
  expect(redactor.text(line, {})).not.toContain(value);
});

test('the head of a key goes where its rest is the next argument', () => {
  const after = redactor.argv(['printf', '%s%s', 'key-a8d01ef5b9c627', '3f9a0b1c2d3e4f5a6b'], {});
  expect(after.join(' ')).not.toContain('a8d01e');
});
