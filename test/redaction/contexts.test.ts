/** Where values stand: the name, the flag, the quotes and all around them stay, the value goes. One line for each place. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';

const redactor = createRedactor();
const V = 'Kq7vT2mXw9Ls';

/** `§` is the value before, and what the marker stands for after. */
function places(kind: string, lines: readonly string[]): [before: string, after: string][] {
  return lines.map((line) => [line.replaceAll('§', V), line.replaceAll('§', `[REDACTED:${kind}]`)]);
}

test.each([
  ...places('password', [
    'DB_PASSWORD=§',
    'TF_VAR_k8s_password=§',
    'my_DB2_Password=§',
    'export DB_PASSWORD="§"',
    "password: '§'",
    'password: § # for now',
    '{"password":"§","user":"a"}',
    String.raw`{"body":"{\"password\":\"§\"}"}`,
    'app --password § --user a',
    'app --db-password=§ -v',
    'postgres://app:§@db:5432/app?sslmode=require',
    'jdbc:sqlserver://db;user=sa;password=§;encrypt=true',
    'machine example.com login alice password §',
    "CREATE USER 'a' IDENTIFIED BY '§';",
    '<password>§</password>',
    '<add key="Password" value="§"/>',
    'name: DB_PASSWORD\nvalue: "§"',
    'the password is §, keep it',
    'password for alice: §',
    'root:§@tcp(127.0.0.1:3306)/app',
    'db.internal:5432:app:alice:§',
    'mysql -u root -p§ app',
    'sshpass -p § ssh host',
    'curl -u alice:§ https://example.com',
    'curl -fsSu alice:§ https://example.com',
    'bash -c "mysql -p\'§\' app"',
    'openssl rsa -in k.pem -passin pass:§ -out x',
    'echo § | docker login -u a --password-stdin',
    'echo "alice:§" | chpasswd',
    "builder.setPassword('§')",
    'HTTPBasicAuth("alice", "§")',
    'execve("/usr/bin/mysql", ["mysql", "-p§", "x"], 0x7ffe)',
    'https://example.com/?user=a&password=§&x=1',
    'let password: &str = "§";',
    '{"password":{"value":"§"}}',
    '{"passwords":["§"]}',
    'sops --set \'["db"]["password"] "§"\' s.yaml',
    'a1 LOGIN alice §',
    'USER alice\r\nPASS §',
    'forticlient vpn -u alice -p § connect',
    'anything --proxy-user alice:§ x',
    'supervisorctl -u admin -p § status',
    'kaggle config set -n key -v §',
    'mysqlsh alice:§@db:33060',
    'mysql.sh; kubectl create secret generic s --from-literal=any=§',
    'userPassword:: §',
    '~ db_password = "old" -> "§"',
    '"db_password": { "type": "string", "default": "§" }',
    'std::string db_password{"§"};',
    '<add name="DbPassword" connectionString="x" value="§"/>',
    '<param-name>db.password</param-name><param-value>§</param-value>',
    '::debug::db_password: §',
    'htpasswd -bn alice §',
    'chpasswd:\n  expire: false\n  list: |\n    root:§\n    alice:§\npackages: [git]',
    'db_password: Some("§"), port: 1',
    'hostname r1\npassword 7 §',
    'rootpw --plaintext §',
    'argocd account update-password --current-password § --new-password §',
    'type=EXECVE argc=3 a0="app" a1="--password" a2="§"',
    'reg add HKCU\\Env /v DB_PASSWORD /d §',
    '##vso[task.setvariable variable=X;issecret=true]§',
    "lftp -e 'open -u alice,§ host; ls'",
    'secretsdump.py corp/alice:§@host',
    'networksetup -setairportnetwork en0 Home §',
    'zerotier-cli -T§ info',
    'choco apikey -k § -s src',
    'cryptsetup open d x --key-file <(printf %s §)',
    "restic -r r --password-command 'echo -n §' snapshots",
    "printf 'host=x\\npassword=§\\n' | git credential approve",
    `expect -c 'spawn su; expect "Password:"; send "§\\n"'`,
    'kcadm.sh config credentials --user alice --password §',
    'docker buildx build --secret id=npm,src=f --build-arg db_password=§ .',
    "ENV['DB_PASSWORD'] ||= '§'",
    "smbclient //srv/share '§' -U alice",
    'restic --password-command "echo §"',
    'wg set wg0 private-key <(echo §)',
    'hcloud context create x <<< §',
    'openconnect --passwd-on-stdin vpn <<< §',
    'printf § | passwd --stdin alice',
    'echo § | hcloud context create x',
    "redis-cli AUTH default '§'",
    'redis-cli AUTH §',
    'pm2 link § pub',
    'pulumi config set --secret db §',
    'the SMTP pass is §',
    'my SMTP pass "§" is old',
    String.raw`net use Z: \\srv\share /user:CORP\alice §`,
    'vault login -method=userpass username=alice password=§',
    'dotnet nuget push a.nupkg -k § -s nuget.org',
    '<token/><password value="§"/>',
    '<b>Password:</b> § end',
    'password： §',
    'login/password: alice / §',
    'auth-user-pass: alice / §',
    'logged in as alice with §.',
    'alice * § *',
    '"alice" * "§" *\nbob * x *',
    'createUser -e 0x8000 alice SHA-256 § AES128',
    'tacacs-server host 192.0.2.1 key 7 §',
    'alice:{PLAIN}§:1000:1000::/home/alice',
    'Use the following password to proceed:\n\n§\n\nIt is kept at: /var/lib/app',
    'Password for the elastic user (reset with `bin/elasticsearch-reset-password -u elastic`):\n  §',
    'New-LocalUser -Password (ConvertTo-SecureString § -AsPlainText -Force)',
    '{"type":"random_password","instances":[{"attributes":{"length":24,"result":"§"}}]}',
    'CURL_OPTS="-u alice:§ -s"',
    'expect password:; send §\\r',
    'gh variable set DEFAULT_DB_PASS --body §',
    'az webapp config set --name DB_PASSWORD --value=§',
    'DB_PASSWORD="".join(["§"])',
    'ppp chap password §',
    '${DB_PASSWORD:-§}',
    'passwd: §',
    "redis.Redis('h', 6379, 0, '§')",
    'adminpw = §',
    'ip ftp password 0 §',
    'wireless wpa-psk ascii 0 §',
    'snmp-server user u g v3 auth sha x priv aes 128 §',
    '{password, "§"}',
    'cache_peer p parent 1 0 login=alice:§',
    'http -A bearer -a § https://example.com',
    "ConvertTo-SecureString -String '§' -AsPlainText -Force",
    '("§" | ConvertTo-SecureString -AsPlainText -Force)',
    "Password for 'https://alice@example.com': §",
    'пароль: §',
    'AUTHENTICATE PLAIN §',
    '[smtp.example.com]:587 alice:§',
    'hdfs dfs -Ddb.password=§ -ls /',
    "user.set_password('§')",
    "SELECT '§' AS db_password;",
    'db_password;§',
    'db_password = var.x != "" ? var.x : "§"',
    'req.Header = http.Header{"X-Password": {"§"}}',
    'sys/§@//db:1521/XE',
    ':pserver:alice:§@h:/cvs',
    'DEBUG password=[§] accepted',
    'db_password = <§>',
    'erl -sname a -setcookie §',
    'eas secret:create --name DB_PASSWORD --value §',
    'db_password: String::from("§"),',
    'Server=h;UID=sa;PWD=§;x=1',
    'password = "Kq7v" + "T2mXw9Ls"'.replace('"Kq7v" + "T2mXw9Ls"', '"§"'),
  ]),
  ...places('secret', [
    '{"SecretString":"{\\"username\\":\\"alice\\",\\"pin\\":\\"§\\"}"}',
    'ERLANG_COOKIE=§',
    'kubectl create secret docker-registry r --docker-password=§',
  ]),
  ...places('token', [
    'stats auth alice:§',
    "requests.get(u, auth=('alice', '§')) # later",
    'token: §',
    '**Token:** `§`',
    'echo "::set-output name=token::§"',
    'Set-Item -Path Env:TOKEN -Value §',
    '\x1b[1mToken:\x1b[22m \x1b[32m§\x1b[39m',
    String.raw`\u001b[1mToken:\u001b[22m \u001b[32m§\u001b[39m`,
    'jenkins-cli -auth alice:§ who-am-i',
    'TOKEN=§',
    '-H "X-Auth-Token: §"',
    '#access_token=§&type=bearer'.replace('#', 'https://x/cb#'),
  ]),
  ...places('authorization', [
    'Authorization: Bearer §',
    'Authorization: token §',
    'curl -H "Authorization: §" https://x',
  ]),
  ...places('api-key', ['ike: pre-shared-key ascii-text §', 'API_KEY=§', 'X-Api-Key: §', '"apiKey": "§"']),
  ...places('secret', ['client_secret=§', 'JWT_SECRET: §']),
  ...places('cookie', ['Cookie: theme=dark; sid=§; lang=en', 'Set-Cookie: sessionid=§; Path=/; HttpOnly']),
])('%j becomes %j', (before, after) => {
  expect(redactor.text(before, {})).toBe(after);
});

test.each([
  [
    ['mysql', '-uroot', `-p${V}`],
    ['mysql', '-uroot', '-p[REDACTED:password]'],
  ],
  [
    ['app', '--token', V, '-v'],
    ['app', '--token', '[REDACTED:token]', '-v'],
  ],
  [
    ['docker', 'run', '-e', `DB_PASSWORD=${V}`, 'x'],
    ['docker', 'run', '-e', 'DB_PASSWORD=[REDACTED:password]', 'x'],
  ],
  [
    ['npm', 'config', 'set', '//r.example.com/:_authToken', V],
    ['npm', 'config', 'set', '//r.example.com/:_authToken', '[REDACTED:token]'],
  ],
  [
    ['vault', 'kv', 'put', 'secret/app', `db=${V}`],
    ['vault', 'kv', 'put', 'secret/app', 'db=[REDACTED:password]'],
  ],
  [
    ['sh', '-c', `redis-cli -a ${V} ping`],
    ['sh', '-c', 'redis-cli -a [REDACTED:password] ping'],
  ],
  [
    ['curl', '--cookie', `auth=${V}`, 'https://x'],
    ['curl', '--cookie', 'auth=[REDACTED:cookie]', 'https://x'],
  ],
  [
    ['tmux', 'new', '-d', `DB_PASSWORD=${V} ./run -x`],
    ['tmux', 'new', '-d', 'DB_PASSWORD=[REDACTED:password] ./run -x'],
  ],
  [
    ['docker', 'buildx', 'build', '--secret', 'id=npm,src=f', '--build-arg', `DB_PASSWORD=${V}`, '.'],
    [
      'docker',
      'buildx',
      'build',
      '--secret',
      'id=npm,src=f',
      '--build-arg',
      'DB_PASSWORD=[REDACTED:password]',
      '.',
    ],
  ],
  [
    ['gh', 'variable', 'set', 'DB_PASSWORD', '--body', V],
    ['gh', 'variable', 'set', 'DB_PASSWORD', '--body', '[REDACTED:password]'],
  ],
  [
    ['ssh', 'host', `DB_PASSWORD=${V} ./deploy.sh`],
    ['ssh', 'host', 'DB_PASSWORD=[REDACTED:password] ./deploy.sh'],
  ],
  [
    ['psql', `host=db password=${V} dbname=x`],
    ['psql', 'host=db password=[REDACTED:password] dbname=x'],
  ],
  [
    ['curl', '-b', `sid=${V}; theme=dark`, 'https://x'],
    ['curl', '-b', 'sid=[REDACTED:cookie]; theme=dark', 'https://x'],
  ],
])('the arguments %j become %j', (before, after) => {
  expect(redactor.argv(before, {})).toEqual(after);
});

test('in an environment the value goes to its end, whatever is in it', () => {
  expect(redactor.env(['PATH=/bin', 'DB_PASSWORD=a b;c&d "e" k9!', 'LANG=C'], {})).toEqual([
    'PATH=/bin',
    'DB_PASSWORD=[REDACTED:password]',
    'LANG=C',
  ]);
});

test.each([
  ['base64', Buffer.from(`export DB_PASSWORD=${V}`).toString('base64')],
  ['base64url of JSON', Buffer.from(JSON.stringify({ token: V })).toString('base64url')],
  ['base64 of base64', Buffer.from(Buffer.from(`API_KEY=${V}`).toString('base64')).toString('base64')],
  ['UTF-16 base64', Buffer.from(`$env:TOKEN='${V}'`, 'utf16le').toString('base64')],
  ['hex', Buffer.from(`password=${V}`).toString('hex')],
])('a run of %s that holds a secret goes whole', (_name, run) => {
  expect(redactor.text(`before ${run} after`, {})).toMatch(/^before \[REDACTED:[a-z-]+\] after$/);
});

test.each([
  ['percent', `next=${encodeURIComponent(`https://x/?token=${V}&y=1`)}`],
  ['percent twice', `next=${encodeURIComponent(encodeURIComponent(`token=${V}&y=1`))}`],
  ['unicode escapes', `{"token":"${[...V].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')}"}`],
  ['HTML entities', `data-x="{&quot;token&quot;:&quot;${V}&quot;}"`],
  ['shell quoting', `export TOKEN='${V.slice(0, 5)}''${V.slice(5)}'`],
  ['concatenation', `const token = "${V.slice(0, 5)}" + "${V.slice(5)}";`],
  ['line continuation', `TOKEN=${V.slice(0, 5)}\\\n${V.slice(5)} ./run`],
])('under %s the value goes', (_name, text) => {
  const out = redactor.text(text, {});
  expect(out).toContain('[REDACTED:token]');
  expect(out).not.toContain(V.slice(0, 5));
  expect(out).not.toContain(V.slice(5));
});

test('where findings overlap the most specific kind names them', () => {
  const token = `ghp_${'8fKq2LmX8vTz4RbN7wYc1JdG5hSp3AeUq2Lm'}`;
  expect(redactor.text(`GITHUB_TOKEN=${token}`, {})).toBe('GITHUB_TOKEN=[REDACTED:github-token]');
  expect(redactor.text(`Authorization: Bearer ${token}`, {})).toBe(
    'Authorization: Bearer [REDACTED:github-token]',
  );
  expect(redactor.text('DATADOG_API_KEY=0a1b2c3d4e5f60718293a4b5c6d7e8f9', {})).toBe(
    'DATADOG_API_KEY=[REDACTED:datadog-api-key]',
  );
});

test.each([
  'PWD=/tmp/warder-aB3xYz12Kq9fR/wt-Xk93kdQ2 OLDPWD=/srv/Kq7vT2mXw9Ls ./run',
  'export PWD="/tmp/warder-aB3xYz12Kq9fR/Kq7vT2mXw9Ls"',
])('a working directory stays: %s', (text) => {
  expect(redactor.text(text, {})).toBe(text);
});

test('the working directory of an environment stays, and is not remembered', () => {
  const run = redactor.forRun('cwd');
  const env = ['PWD=/tmp/warder-aB3xYz12Kq/wt-Xk93kd', 'OLDPWD=/srv/Kq7vT2mXw9Ls'];
  expect(run.env(env, {})).toEqual(env);
  expect(run.path('/tmp/warder-aB3xYz12Kq/wt-Xk93kd', {})).toBe('/tmp/warder-aB3xYz12Kq/wt-Xk93kd');
});

test.each([
  ...places('password', [
    'db_password,§',
    'sed -i "s|DB_PASSWORD=.*|DB_PASSWORD=§|" .env',
    "UPDATE config SET value='§' WHERE name='db_password'",
    '["db_password"]=>\n  string(12) "§"',
    'curl -u §: https://api.example.com',
    'vncviewer -passwd <(echo §)',
    "password: {{ x | default('§') }}",
    'const DB_PASSWORD: &str = "§";',
    'sqlplus -s app/§@db:1521/XE @setup.sql',
  ]),
  ...places('credentials', ['dsn: "alice:§@tcp(db:3306)/app"']),
  ...places('cookie', ['curl --cookie "auth_token=§" https://x.example']),
])('no more than the value goes: %s', (before, after) => {
  expect(redactor.text(before, {})).toBe(after);
});

test('of a secret string that is an object of JSON the keys and what is about the secret stay', () => {
  const object = (value: string): string[] => [
    'aws',
    '--secret-string',
    `{"username":"app","x": "${value}"}`,
  ];
  expect(redactor.argv(object(V), {})).toEqual(object('[REDACTED:secret]'));
});

test.each([
  'token, ok := credentials["token"]',
  "UPDATE users SET name = 'Kq7vT2mXw9Ls' WHERE id = '7'",
  '<label for=password> Kq7vT2mXw9Ls </label>',
  'password: !Ref DbPassword',
  'password: {{ x | default(omit) }}',
  '- --db-password\n- --verbose2x7Kq9',
  'urn:oauth:token:abc123def456',
  'log.Printf("token=%s", token2)',
])('what a name does not speak of stays: %s', (text) => {
  expect(redactor.text(text, {})).toBe(text);
});

test('findings are counted by kind', () => {
  const counts = {};
  redactor.text(`password=${V} token=${V} password=${V}x`, counts);
  expect(counts).toEqual({ password: 2, token: 1 });
});

test('an explanation says kind, rule and position, and not the value', () => {
  const found = redactor.explain('argv', ['curl', '-u', `alice:${V}`], 'argv');
  expect(found).toEqual([{ field: 'argv[2]', start: 6, end: 18, kind: 'password', rule: 'tool' }]);
  expect(JSON.stringify(found)).not.toContain(V);
});

test.each([
  'new WebClient("§")',
  "Github('§').get_user()",
  'Client("AC0123", "§")',
  "require('stripe')('§')",
  "bot.run('§')",
  'accounts: ["§"]',
])('the key that a client is made with goes: %s', (line) => {
  const key = '4f9K2mQx7Rb1Zt8Wc5Yv3Ln6';
  expect(redactor.text(line.replace('§', key), {})).toBe(line.replace('§', '[REDACTED:api-key]'));
  for (const plain of ['orders', '/v1/orders', 'https://api.example.com', 'a1b2-service.internal'])
    expect(redactor.text(line.replace('§', plain), {})).toBe(line.replace('§', plain));
});

test('a key on the line below its name, or behind a dash, goes; a commit below its subject stays', () => {
  const key = '4f9K2mQx7Rb1Zt8Wc5Yv3Ln6';
  expect(redactor.text(`Deploy token\n${key}\nthanks`, {})).toBe('Deploy token\n[REDACTED:token]\nthanks');
  expect(redactor.text(`the api token - ${key}`, {})).toBe('the api token - [REDACTED:token]');
  const commit = '85956ba27e54d0a3c1b7f6e5d4c3b2a190807f6e';
  for (const text of [`fix the access token\n${commit}`, 'token - what it is', 'Token\nDescription-of-v2'])
    expect(redactor.text(text, {})).toBe(text);
});

test('strings below one another are one value, the key of the next pair is none', () => {
  expect(redactor.text('password = ("Kq7vT2"\n            "mXw9Ls")', {})).toBe(
    'password = ("[REDACTED:password]")',
  );
  expect(redactor.text('password: "Kq7vT2mX"\n"region": "eu"', {})).toBe(
    'password: "[REDACTED:password]"\n"region": "eu"',
  );
});

test('the words of an option are no piece of the key behind it', () => {
  const key = '9fKq2LmX8vTz4RbN7wYc1JdG5hSp3AeUq7Lm2Xw8';
  expect(redactor.argv(['op', 'signin', '--secret-key', key], {}).slice(0, 3)).toEqual([
    'op',
    'signin',
    '--secret-key',
  ]);
});

test.each(['ilFmEteYBIfitYsB', 'PFgnt8Lei2amsa', 'IwEtTkpPArPLApXR'])(
  'letters that follow each other as in words by chance only are a key all the same: %s',
  (key) => {
    expect(redactor.text(`X-API-Key: ${key}`, {})).toBe('X-API-Key: [REDACTED:api-key]');
    expect(redactor.text(`{"apiKey": "${key}"}`, {})).toBe('{"apiKey": "[REDACTED:api-key]"}');
    expect(redactor.text(`set_var("DB_PASSWORD", "${key}")`, {})).toBe(
      'set_var("DB_PASSWORD", "[REDACTED:password]")',
    );
  },
);

test.each([
  'token = getAccessToken',
  'api_key = currentUserApiKey',
  'token: EndOfFile',
  '"token": "isUserTokenValid"',
  'set_var("DB_PASSWORD", "databasePassword")',
  'token = oauth2ClientV1Token',
])('a name made of words stays behind a name: %s', (text) => {
  expect(redactor.text(text, {})).toBe(text);
});

test.each([
  ['TOKEN ?= §', 'token'],
  ['token: 12|§', 'token', '12|'],
  ['RABBITMQ_DEFAULT_PASS_STAGING=§', 'password'],
  ['api_key = "4f9K2m" +\n  "a be Rb1Zt8"', 'api-key', '', '4f9K2m" +\n  "a be Rb1Zt8'],
  ["api_key = ('4f9K2m'\n  'Rb1Zt8')", 'api-key', '', "4f9K2m'\n  'Rb1Zt8"],
  ['field "String", "DB_TOKEN", "\\"§\\""', 'token'],
  ['keys.load(in, "§".toCharArray());', 'password'],
  ['load(\\"§\\".toCharArray())', 'password'],
  ['https://dav.example.com/remote.php alice §', 'password'],
  ['echo § | sshfs alice@h:/ /m -o password_stdin', 'password'],
  ['htpasswd -nbB alice § > users', 'password'],
  ["db_password = ''.join(['4f9K2m', 'Rb1Zt8'])", 'password', '', "4f9K2m', 'Rb1Zt8"],
  ['dbPassword = ["4f9K2m", "Rb1Zt8"].join("")', 'password', '', '4f9K2m", "Rb1Zt8'],
  ['<tr><td class="e">DB_PASSWORD</td><td class="v">§</td></tr>', 'password'],
  [`$_SERVER['DB_PASSWORD']</td><td class="v">§`, 'password'],
  ['s:11:"db_password";s:12:"§";', 'password'],
  ['<meta-data android:name="db.password" android:value="§" />', 'password'],
  ['ENV.fetch("DB_PASSWORD") { "§" }', 'password'],
  ['{{ .Values.dbPassword | default "§" }}', 'password'],
  ['db_password:\n  value: §', 'password'],
  ['DbPassword:\n    Type: String\n    NoEcho: true\n    Default: §', 'password'],
  ['-define(db_password, "§").', 'password'],
  ['DB_PASSWORD ::= §', 'password'],
  ['$ printenv DB_PASSWORD\n§', 'password'],
  ['$ echo $DB_PASSWORD\n§\n', 'password'],
  ['QString dbPassword = QStringLiteral("§");', 'password'],
  ['getenv("DB_PASSWORD") ?: "§"', 'password'],
  ["fill_in 'Password', with: '§'", 'password'],
  ["ftp = FTP('h', 'alice', '§')", 'password'],
  ['ip ospf authentication-key §', 'password'],
  ['html2pdfApiKey = "§"', 'api-key'],
  ['const DB_PASSWORD: &\'static str = "§";', 'password'],
  ['db_password = debug ? "§" : null', 'password'],
  ['db_password = "4f9K2m" "Rb1Zt8"', 'password', '', '4f9K2m" "Rb1Zt8'],
  ['SECRET_KEY_BASE=$(echo §)', 'password'],
  ['initdb --pwfile=<(echo §)', 'password'],
  ['geth account import <(echo §)', 'password'],
  ['echo § | su - alice', 'password'],
  ['keepassxc-cli show a.kdbx x <<< §', 'password'],
  ['echo 4f9K%m=§ > token.txt', 'password', '4f9K%m='],
  [String.raw`printf 'bob\n§\n' > auth.txt`, 'password'],
  ['> PASS §', 'password'],
  ['quote PASS §', 'password'],
  ['auth_pass §', 'password'],
  ['sql.Open("mysql", "alice:§@/shop")', 'password'],
  ['http://db:8086/write?db=x&u=alice&p=§', 'password'],
  ['openssl passwd -1 -salt ab §', 'password'],
  ['bundle config gems.corp alice:4f9K@§', 'password', '4f9K@'],
  ['frobnicate --all -p Kq7vT2mXw9Ls4f9K', 'password', '', `${V}4f9K`],
])('the value in %j is %s', (line, kind, before = '', value = V) => {
  const whole = line.includes('§');
  const text = line.replace('§', V);
  const expected = text.replace(`${before}${whole ? V : value}`, `[REDACTED:${kind}]`);
  expect(redactor.text(text, {})).toBe(expected);
});

test.each(["VAULT_SECRET_ID='§'", 'secret_id: §', 'login --vault-secret-id §'])(
  'the secret of an AppRole is one although it is a UUID and called an id: %s',
  (line) => {
    const id = '1996663a-a590-4f3b-a8f8-6f967479bc44';
    expect(redactor.text(line.replace('§', id), {})).toBe(line.replace('§', '[REDACTED:secret]'));
    expect(redactor.text(`"session_id": "${id}"`, {})).toBe(`"session_id": "${id}"`);
  },
);

test.each([
  'keys.load(in, "0123456789abcdef".toCharArray());',
  '"someWords".toCharArray()',
  'https://example.com/a.tgz v4 85956ba27e54d0a3c1b7f6e5d4c3b2a190807f6e',
  'https://example.com/a.tgz alice bob',
  'see https://example.com/a.tgz alice Kq7vT2mXw9Ls',
  'https://example.com/a.tgz alice Kq7vT2mXw9Ls 7',
  'pass_test=Kq7vT2mXw9Ls',
])('what only stands as secrets do stays: %s', (text) => {
  expect(redactor.text(text, {})).toBe(text);
});

test.each([
  [
    ['redis-cli', 'AUTH', '0ECGc6rKgC=LwcJ'],
    ['redis-cli', 'AUTH', '§'],
  ],
  [
    ['vault', 'login', 'username=alice', `password=${V}`],
    ['vault', 'login', 'username=alice', 'password=§'],
  ],
  [
    ['vault', 'kv', 'put', 'secret/app', 'username=alice', `x=${V}`, 'ttl=12h'],
    ['vault', 'kv', 'put', 'secret/app', 'username=alice', 'x=§', 'ttl=12h'],
  ],
  [
    ['vault', 'write', 'auth/approle/login', 'role_id=web', `secret_id=${V}`],
    ['vault', 'write', 'auth/approle/login', 'role_id=web', 'secret_id=§'],
  ],
  [
    ['curl', `-sSualice:${V}`, 'https://x.example'],
    ['curl', '-sSualice:§', 'https://x.example'],
  ],
  [
    ['curl', '-u', 'M1wteaQ4!A%Kq7vT2:', 'https://x.example'],
    ['curl', '-u', '§:', 'https://x.example'],
  ],
])('of the arguments %j the secret goes and no more', (argv, expected) => {
  expect(redactor.argv(argv, {})).toEqual(expected.map((word) => word.replace('§', '[REDACTED:password]')));
});

test('the name of a setting and the value behind it are no token put together', () => {
  const key = 'at5vvatlqhtctl1iu5vgq9m6eltzudq1vxw5muy59s8rionkr8py';
  expect(redactor.argv(['aws', 'configure', 'set', 'aws_secret_access_key', key], {})[3]).toBe(
    'aws_secret_access_key',
  );
});

test.each([
  'Cookie: theme=dark; session_id=§',
  'Set-Cookie: session=§; Path=/',
  'GET /x?sid=§ HTTP/1.1',
  'JSESSIONID=§',
  'session_token=§',
])('a UUID that lets a browser in goes: %s', (line) => {
  const uuid = '0b5c8f3a-7d21-4c6e-9f04-1e8a62d3b975';
  expect(redactor.text(line.replace('§', uuid), {})).not.toContain(uuid.slice(0, 8));
});

test.each([
  [`println("db_password=" + "§");`, `println("db_password=" + "[REDACTED:password]");`],
  [`$dsn = "host=h;password=" . '§';`, `$dsn = "host=h;password=" . '[REDACTED:password]';`],
  [`send('X-Api-Key: ' + '§')`, `send('X-Api-Key: ' + '[REDACTED:api-key]')`],
])('a string that is added to one that ends with a name goes: %s', (line, after) => {
  expect(redactor.text(line.replace('§', 'mAMVnOfM6vrCqXqZHM'), {})).toBe(after);
});

test.each([
  `prompt("Enter password: " + "again")`,
  `log("token: " + "expired")`,
  `"password: " + password`,
  `msg = "api_key: " + "required" + field`,
])('a word that is added to one stays: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test('of the digest of a certificate beside a token nothing goes', () => {
  const digest = `sha256:${'85956ba27e54d0a3'.repeat(4)}`;
  const argv = ['kubeadm', 'join', 'h:6443', '--discovery-token-ca-cert-hash', digest];
  expect(redactor.argv(argv, {})).toEqual(argv);
});

test.each(['-H "X-Api-Key: §"', 'xhr.setRequestHeader("X-Auth-Token", "§");', 'api_key="§"'])(
  'letters that hold a word of secrets by chance are a key all the same: %s',
  (line) => {
    for (const key of ['DeDUMnMaPbHWnkOgTPiOdhoB', 'rqlblkpasvvabzefkndoomvajqfavjkhflemqqsspwgqejqijflv'])
      expect(redactor.text(line.replace('§', key), {})).not.toContain(key);
  },
);

test('a UUID is a key where a URL calls it one', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  expect(redactor.text(`https://x.example/?key=${id}`, {})).toBe('https://x.example/?key=[REDACTED:key]');
  expect(redactor.text(`cache key=${id}`, {})).toBe(`cache key=${id}`);
});

test.each(['export SOME_KEY=§', 'setx SOME_KEY "§" /M', '"SOME_KEY": "§"', '$ printenv SOME_KEY\n§'])(
  'behind the name of a variable a UUID is a key: %s',
  (line) => {
    const id = '90c952fd-16e6-4dba-a600-d9923bfa3ad8';
    expect(redactor.text(line.replace('§', id), {})).toBe(line.replace('§', '[REDACTED:key]'));
    for (const plain of ['PRIMARY_KEY', 'some_key', 'CACHE_KEY']) {
      const other = line.replace('SOME_KEY', plain).replace('§', id);
      if (!line.includes('printenv')) expect(redactor.text(other, {})).toBe(other);
    }
  },
);

test('a key that stands in an object with its type goes', () => {
  const key = 'iRMfQpuXdRX3dxK48JMy8G1sR';
  expect(redactor.text(`"some_key": {"type": "string", "value": "${key}"}`, {})).toBe(
    '"some_key": {"type": "string", "value": "[REDACTED:key]"}',
  );
  expect(redactor.text(`"key": {"etag": "${key}"}`, {})).toContain(key);
});

test('behind the name of a parameter the value goes', () => {
  for (const name of ['/prod/db_password', 'DB_PASSWORD'])
    expect(redactor.argv(['aws', 'ssm', 'put-parameter', '--name', name, '--value', V], {})[6]).toBe(
      '[REDACTED:password]',
    );
});

test.each([
  ['kubectl', 'get', 'secret', 'web-token-x7k2p', '-o', 'yaml'],
  ['kubectl', 'delete', 'secret', 'gateway-token-4c8bz'],
])('the name of a resource behind a verb that shows or removes it stays: %s', (...argv) => {
  expect(redactor.argv(argv, {})).toEqual(argv);
  expect(redactor.text(argv.join(' '), {})).toBe(argv.join(' '));
  const key = '4f9K2mQx7Rb1Zt8Wc5Yv3Ln6';
  expect(redactor.argv([...argv.slice(0, 3), key], {})[3]).toBe('[REDACTED:secret]');
});

test.each([
  ...places('api-key', [
    'expect(apiKey).toBe("§")',
    'assertThat(cfg.apiKey()).isEqualTo("§");',
    'if (api_key.equals("§")) return;',
    'assertEquals("§", cfg.getApiKey());',
    "assert_equal('§', api_key)",
    "if (req.headers['x-api-key'] !== '§') return;",
    'api_key, err := "§", nil',
    'api_key, _ := "§", 1',
    'user, api_key = "alice", "§"',
    'const [user, apiKey] = ["alice", "§"];',
    'val api_key by extra("§")',
    'api_key = unquote("§")',
    'api_key[§]',
    '//apiKey: "§"',
    'config.fetch(:api_key, "§")',
    '{api_key, <<"§">>}',
    'api_key: {{ "§" }}',
    'the api_key(§) was refused',
  ]),
  ...places('password', [
    'new SymmetricSecurityKey(Encoding.UTF8.GetBytes("§"))',
    'keyring.set_password("s", "alice", "§")',
    "INSERT INTO users VALUES (1, crypt('§', gen_salt('bf')))",
    'ftp -inv h <<EOF\nuser alice §\nput f\nEOF',
    'copy to alice:§@smb',
    '<input type="password" name="p" value="§"/>',
    "govc -u 'alice:§@h' ls",
  ]),
])('a value that program text says in a way of its own goes: %s', (before, after) => {
  expect(redactor.text(before, {})).toBe(after);
});

test('strings of bytes beside one another are one value', () => {
  expect(redactor.text('db_password = b"Kq7vT2m" b"Xw9Ls"', {})).not.toMatch(/Kq7|9Ls/);
});

test('a word may stand between a name and the option for its value', () => {
  const argv = ['vercel', 'env', 'add', 'API_KEY', 'production', '--value', V];
  expect(redactor.argv(argv, {})[6]).toBe('[REDACTED:api-key]');
});

test.each(['river-stone-falcon-winter', 'copper_maple_orbit_velvet42'])(
  'words that were drawn are a password wherever its name stands before them: %s',
  (phrase) => {
    for (const line of ['| db_password | § |', "db_password must not be '§'", 'if dbPassword == "§" {'])
      expect(redactor.text(line.replace('§', phrase), {})).toBe(line.replace('§', '[REDACTED:password]'));
  },
);

test.each([
  'the password reset-link-has-expired',
  'field password "forgot-your-login-name"',
  'tokens[tokenIndex2]',
  'password: {{ "login.password" | translate }}',
  '<input type="password" name="password" placeholder="Password" />',
  '//password:8080/x',
  'getToken(userAccount12)',
  'password(minLength8)',
  'password, hash := split(line)',
  'token, err := parse("v1.2.3")',
  'expect(token).toBe("expired")',
  'assertEquals("password is wrong", error.getPasswordMessage());',
  'PRIMARY_KEY=4f9a3c2b1d8e7f60a1b2c3d4e5f60718293a4b5c',
  'primary_key = "4f9K2mQx7Rb1Zt8Wc5Yv3Ln6"',
  'image: nginx:1.25.3-alpine@sha256',
  'uses: acme/x:v4aB9@main',
  'npm:string-width@latest',
  "'proxy-authorization': `Basic ${Buffer.from('user:pass').toString('base64')}`",
  '    Session-ID: 3D51BD1B09BB3384EDAF467F62280023EF231D23D45FE74E153C46CC3DD7ACB9',
  '      EAACA45A70E56B5B3185288A85A95CB3DDEDC6CE',
])('what looks like one of them stays: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test('the primary key of a cloud account goes', () => {
  const key = `${'Z0hghL9cVZ42vPElzIq5Qp2WYezRU9ABvNXisPgVllVU4'}==`;
  expect(redactor.text(`"primaryKey": "${key}"`, {})).toBe('"primaryKey": "[REDACTED:key]"');
});

test.each([
  [['imagePullSecrets:', '[{name:', 'regcred-0dpp}]']],
  [['random_password.db:', 'Refreshing', 'state...', '[id=none]']],
  [['password:', 'z.string().min(8),']],
  [['max_new_tokens=256,', 'pad_token_id=tokenizer.eos_token_id']],
  [['token:', 'Option<String>,']],
  [['tokens:', '5275,', 'cost:', '0.021']],
  [['net', 'use', 'Z:', '\\srvshare_9h1au']],
])('a line of a source or a message that a shell split into words stays: %j', (argv) => {
  expect(redactor.argv(argv, {})).toEqual(argv);
});

test('a value in the element behind its name goes as it did', () => {
  expect(redactor.argv(['password:', V], {})).toEqual(['password:', '[REDACTED:password]']);
  expect(redactor.argv(['net', 'use', 'Z:', '\\\\srv\\share', V], {})[4]).toBe('[REDACTED:password]');
});

test.each([
  ...places('password', [
    '{"Name": "db_password", "Type": "SecureString", "Value": "§", "Version": 3}',
    '{"name": "DB_PASSWORD", "protected": true, "masked": false, "value": "§"}',
    '<Setting Name="DbPassword" Type="String"><Value>§</Value></Setting>',
    'db_password = {\n  value = "§"\n}',
    'host;db_password;§;5432',
    'db_password;§;',
    'headers={"X-Neo4jPassword": "§"}',
    'neo4jPassword=§',
    'fix: no password in the source\n\n-dbPassword = "§"\n+dbPassword = os.environ["DB"]',
    'dbPassword = project.findProperty("x") ?: "§"',
    'expect -c "spawn ssh h; expect password:; send \\"§\\\\r\\"; interact"',
    'ldaps://cn=admin,dc=acme:§@ldap.corp',
    'case "§": // db password',
    '  "§", # password',
  ]),
  ...places('token', ['invalid credentials {Token:§ Region:eu}']),
])('a value goes in a place that a set written blind had: %s', (before, after) => {
  expect(redactor.text(before, {})).toBe(after);
});

test('the key of an account, and a key that its issuer is named beside, go from the field behind their name', () => {
  const key = `${'Z0hghL9cVZ42vPElzIq5Qp2WYezRU9ABvNXisPgVllVU4'}==`;
  expect(redactor.text(`{"key": "COSMOS_PRIMARY_KEY", "value": "${key}"}`, {})).not.toContain(key);
  const routing = '40f7608c3295a56f5d9428409de48001';
  const marker = '[REDACTED:pagerduty-routing-key]';
  for (const line of [
    '{"name": "PAGERDUTY_ROUTING_KEY", "value": "§"}',
    '- name: PAGERDUTY_ROUTING_KEY\n  value: §',
  ])
    expect(redactor.text(line.replace('§', routing), {})).toBe(line.replace('§', marker));
});

test('the answer to a question for a key goes', () => {
  expect(redactor.text('what is the maps api key?\nKq7vT2mXw9LsZb4Rt8', {})).toBe(
    'what is the maps api key?\n[REDACTED:api-key]',
  );
});

test('a password that ends with an @ goes with it', () => {
  expect(redactor.text('alice:Letmein2019@@tcp(db:3306)/app', {})).toBe(
    'alice:[REDACTED:password]@tcp(db:3306)/app',
  );
});

test('strings that a backslash puts together are one value', () => {
  const line = 'db_password = "CN3KJFuF5IwZ_jz" \\\n    "jK0H57Be0w7XNfEF"';
  expect(redactor.text(line, {})).toBe('db_password = "[REDACTED:password]"');
});

test('four words that a user signs in with go', () => {
  expect(redactor.text('smtp.login("alice@example.com", "river-stone-falcon-winter")', {})).toBe(
    'smtp.login("alice@example.com", "[REDACTED:password]")',
  );
});

test('what a variable of a shell for a password is set to may look like a type', () => {
  expect(redactor.text('ADMIN_PASSWORD=HunterCoffee', {})).toBe('ADMIN_PASSWORD=[REDACTED:password]');
  for (const line of [
    'password=HunterCoffee',
    'ADMIN_PASSWORD=DefaultPassword',
    'ADMIN_PASSWORD=NewConfigProvider',
  ])
    expect(redactor.text(line, {})).toBe(line);
});

const HEAD = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';
const CLAIMS = 'eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ';
const SIGNATURE = 'SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c';

test.each([
  `${HEAD}.${CLAIMS}.\n${SIGNATURE}`,
  `${HEAD}.${CLAIMS}\n.${SIGNATURE}`,
  `${HEAD}.${CLAIMS}.${SIGNATURE.slice(0, 40)}\n${SIGNATURE.slice(40)}`,
  `${HEAD}.${CLAIMS.slice(0, 30)}\r\n  ${CLAIMS.slice(30)}.${SIGNATURE.slice(0, 9)}\r\n  ${SIGNATURE.slice(9)}`,
])('a token that is broken into lines goes with all of them: %j', (token) => {
  expect(redactor.text(`a ${token}\nb`, {})).toMatch(/^a \[REDACTED:jwt[a-z-]*\]\nb$/);
});

test('what follows a whole token on the next line stays', () => {
  const digest = '9f8e7d6c5b4a9f8e7d6c5b4a9f8e7d6c5b4a9f8E';
  expect(redactor.text(`${HEAD}.${CLAIMS}.${SIGNATURE}\n${digest}\n`, {}).split('\n').slice(1)).toEqual([
    digest,
    '',
  ]);
  expect(redactor.text(`${HEAD}.${CLAIMS}.\nand so on\n`, {})).toMatch(/\]\nand so on\n$/);
});

test.each([
  'api-dfa8123bc901',
  'x;password;timeout=30;',
  'return token;\nconst a1b2c3d4 = 1;',
  'Name=PASSWORD;issecret=true]x',
  'checkout("3f2a9c1d7e4b"); // page',
  'parse("a1b2c3d4e5f6"); // tokens of a line',
  'see above  # password',
  'invalid credentials {user: alice, retry: true}',
  'what is the password?\nNobody knows.',
  '{"name": "password", "type": "string", "required": true, "description": "at least 8"}',
  '"name": "DATADOG", "value": "on"',
])('what is beside such a place stays: %j', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test('an option behind a token is an argument of its own, and stays', () => {
  const argv = ['mvn', '-Dx=ovsxp_5f0c7a10-1c2d-4e3f-a1b2-c3d4e5f60718', '-DskipTests'];
  expect(redactor.argv(argv, {})).toEqual(['mvn', '-Dx=[REDACTED:openvsx-token]', '-DskipTests']);
});

test('the head of a token of which a UUID is the rest goes at the end of its argument', () => {
  expect(redactor.text('api-3f1c2aa9-5c1d-4e2', {})).toBe('[REDACTED:launchdarkly-key]');
});

test.each([
  'DB_PASSWORD=${TOKEN} inet6 fe80::146f:d6b7:ac2:62e8/64 scope link',
  'DB_PASSWORD: {{ token }} x-amz-request-id: 5RJI6UULCGVEUKEO',
  'token: ${{ secrets.TOKEN }} Sec-WebSocket-Key: lb7QTcHkF+SRAgYrStSa8g==',
  '--header "X-Auth: ${TOKEN} 2dd3c30dadb5" nginx:1.25',
])('what stands behind a name in a reference is not its value: %s', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'password for ${USER} is §',
  'the token of {{ user }}: §',
  'echo ${TOKEN} {"token":"§"}',
  '"${DB_PASSWORD:-§}"',
  'TOKEN=${TOKEN:=§} ./run',
])('beside a reference a value goes as elsewhere: %s', (line) => {
  const value = 'q7Rk2mZx9LwT4vBn8sHd';
  expect(redactor.text(line.replace('§', value), {})).not.toContain(value.slice(0, 8));
});

test.each([
  ...places('password', [
    'WIFI:T:WPA;S:office;P:§;;',
    'COPY public.users (id, db_password, name) FROM stdin;\n1\t§\talice\n2\t§\tbob\n\\.\n',
    'COPY users (db_password) FROM stdin;\n§\n\\.\n',
    'def db_password():\n    return "§"',
    'def db_password(self, x) -> str:\n    return "§"',
    "find_field('Password').set('§')",
    'DB_PASSWORD=$(base64 -d <<< §)',
    'Buffer.from("§", "base64") // db password',
  ]),
  ...places('token', ["function getToken() { return '§'; }", 'String apiToken() {\n  return "§";\n}']),
])('so does one in a place that the next set had: %s', (before, after) => {
  expect(redactor.text(before, {})).toBe(after);
});

test('strings in brackets beside one another are one value', () => {
  expect(redactor.text('api_token = ("Kq7vT2mXw9Ls" "Rb1Zt8Wc5Yv3")', {})).toBe(
    'api_token = ("[REDACTED:token]")',
  );
});

test('a string of C++ that someone made up goes', () => {
  expect(redactor.text('auto db_password = std::string("Hunter2024!");', {})).toBe(
    'auto db_password = std::string("[REDACTED:password]");',
  );
});

test('four words behind PASS are a password', () => {
  expect(redactor.text('PASS river-stone-falcon-winter', {})).toBe('PASS [REDACTED:password]');
});

test('behind an arrow that stands close what no member is like goes', () => {
  const key = '4405740e5c6a0ff53ae9f1d8bedfb38a15db42830f26bdb748bc05f0b0641655';
  expect(redactor.text(`encryption_key->${key}`, {})).toBe('encryption_key->[REDACTED:api-key]');
  for (const line of ['x = api_token->value_1a2b3c;', 'api_token->user_id2 = 3', `token->ops->x${key}(1)`])
    expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'getPassword() { return "password"; }',
  'def get_token():\n    return "access_token"',
  'COPY users (id, name) FROM stdin;\n1\tKq7vT2mXw9Ls\n\\.',
  'COPY users (id, password) FROM stdin;\n\\.\nKq7vT2mXw9Ls\tKq7vT2mXw9Ls',
  'wifi: P:connected; retry',
  "Buffer.from(x, 'base64') // token",
])('what is beside those stays: %j', (line) => {
  expect(redactor.text(line, {})).toBe(line);
});

test.each([
  'property db.password = §',
  'echo "DB_PASSWORD=§" > .env',
  'username=alice,password=§,vers=3.0',
  'AUTH §',
  'warn: db_password=§, retrying',
])('an ampersand may be a sign of a password: %s', (line) => {
  expect(redactor.text(line.replace('§', 'Kq7v&Xw9Ls'), {})).toBe(line.replace('§', '[REDACTED:password]'));
});

test('it is one in a property of the command line', () => {
  expect(redactor.argv(['java', '-Ddb.password=I!&4WycRZmB', '-jar', 'a.jar'], {})[1]).toBe(
    '-Ddb.password=[REDACTED:password]',
  );
});

test.each([
  ['set DB_PASSWORD=§&& node app.js', '&& node app.js'],
  ['run DB_PASSWORD=§&node app.js', '&node app.js'],
  ['user=a&password=§&x=1', '&x=1'],
  ['x a=1&amp;token=§4Rt8Zb2Qk&quot;, y', '&quot;, y'],
])('what separates commands, parameters and entities stays: %s', (line, rest) => {
  expect(redactor.text(line.replace('§', V), {}).endsWith(rest)).toBe(true);
});

test('a name with a digit in one of its words is a name', () => {
  expect(redactor.env(['TF_VAR_s3_secret_key=HmcCvtbj1MDMw0DgttTgDCa1pYce'], {})).toEqual([
    'TF_VAR_s3_secret_key=[REDACTED:api-key]',
  ]);
});

test('an old token is a token', () => {
  expect(redactor.text('old_token = "nxTfzFr9f7ucFFu2pd4BYVKB"', {})).toBe('old_token = "[REDACTED:token]"');
});

test('four words that are set by a function go', () => {
  expect(redactor.text('x.WithDbPassword("river-stone-falcon-winter")', {})).toBe(
    'x.WithDbPassword("[REDACTED:password]")',
  );
});

test('what a chat sets in another typeface behind `pass` goes', () => {
  expect(redactor.text('the db pass for staging is `Kq7vT2mXw9Ls`, ok?', {})).toBe(
    'the db pass for staging is `[REDACTED:password]`, ok?',
  );
  for (const line of ['to pass an empty list: `[]`', 'tests pass when the flag is `--retries2`'])
    expect(redactor.text(line, {})).toBe(line);
});
