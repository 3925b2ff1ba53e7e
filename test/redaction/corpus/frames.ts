/**
 * Frames: the places in which secrets stand. Each puts a value into one event.
 *
 * Groups as they are judged: `plain` (the value stands there as it is, and either its own characters or a name tell it),
 * `grammar` (only the program's own grammar tells it), `encoded` (encoded, cut up, or cut off).
 */

import { FURTHER_TEXTS, FURTHER_VECTORS } from './further-places.ts';
import type { Kind } from './kinds.ts';
import { MORE_TEXTS, MORE_VECTORS } from './more-places.ts';
import { PATHS, TEXTS, VECTORS } from './places.ts';
import type { Random } from './random.ts';

export interface Event {
  readonly argv?: readonly string[];
  readonly env?: readonly string[];
  readonly path?: string;
  readonly text?: string;
}

export type Group = 'plain' | 'grammar' | 'encoded';

export interface Frame {
  readonly id: string;
  readonly group: Group;
  /** Which values can stand there at all. */
  readonly fits: (kind: Kind, value: string) => boolean;
  readonly make: (value: string, names: Names, r: Random) => Event;
}

/** The kind's name in the spellings of different places. */
export interface Names {
  readonly upper: string;
  readonly snake: string;
  readonly kebab: string;
  readonly camel: string;
  /** `X-Datadog-Api-Key`. */
  readonly header: string;
  /** In prose: `datadog api key`. */
  readonly words: string;
}

export function namesOf(kind: Kind): Names {
  const snake = kind.name.toLowerCase();
  const parts = snake.split('_');
  const capital = parts.map((part) => part[0]!.toUpperCase() + part.slice(1));
  return {
    upper: kind.name,
    snake,
    kebab: parts.join('-'),
    camel: parts[0]! + capital.slice(1).join(''),
    header: `X-${capital.join('-')}`,
    words: parts.join(' '),
  };
}

const anyValue = (): boolean => true;
const oneLine = (_kind: Kind, value: string): boolean => !value.includes('\n');
/** No white space, no characters that the place itself would read: a URL, a connection string, a key block. */
const word = (_kind: Kind, value: string): boolean => !/[\s;&'"`]|:\/\//.test(value);
const shellWord = (_kind: Kind, value: string): boolean =>
  /^[\w.~:@%+=/-]+$/.test(value) && !value.includes('://');
const markedWord = (kind: Kind, value: string): boolean => kind.marked && word(kind, value);
const markedLine = (kind: Kind, value: string): boolean => kind.marked && oneLine(kind, value);
/** A kind that is a password or stands for one; no URL and no key block. */
const password = (kind: Kind, value: string): boolean => word(kind, value) && value.length <= 260;
const userinfo = (kind: Kind, value: string): boolean => password(kind, value) && /^[\w.~=-]+$/.test(value);
const secretName = (kind: Kind): boolean =>
  !/_URL$|_ID$|_CONNECTION$|_CONNECTION_STRING$|_ACCESS_KEY$/.test(kind.name);
const namedWord = (kind: Kind, value: string): boolean =>
  word(kind, value) && (kind.marked || secretName(kind) || true);

const frames: Frame[] = [];
function add(group: Group, fits: Frame['fits'], list: Record<string, Frame['make']>): void {
  for (const [id, make] of Object.entries(list)) frames.push({ id, group, fits, make });
}

// The value alone: its own characters tell it.
add('plain', markedLine, {
  'bare-text': (v) => ({ text: v }),
  'bare-argument': (v) => ({ argv: ['deploy', v] }),
  'bare-first': (v) => ({ text: `${v} was found in the build log` }),
});
add('plain', markedWord, {
  'sentence-middle': (v) => ({ text: `please rotate ${v} before Friday, thanks` }),
  'sentence-end': (v) => ({ text: `The old one was ${v}.` }),
  'in-double-quotes': (v) => ({ text: `login failed for "${v}"` }),
  'in-single-quotes': (v) => ({ text: `login failed for '${v}'` }),
  'in-backticks': (v) => ({ text: `use \`${v}\` for staging` }),
  'in-parentheses': (v) => ({ text: `accepted (${v}) at 10:32` }),
  'in-brackets': (v) => ({ text: `values: [${v}, none]` }),
  'in-angles': (v) => ({ text: `<code>${v}</code>` }),
  'array-literal': (v) => ({ text: `const keys = ["${v}", "second"];` }),
  'positional-argument': (v) => ({ argv: ['./run.sh', '--verbose', v, 'production'] }),
  'unnamed-option': (v) => ({ argv: ['tool', '-x', v] }),
  'option-attached': (v) => ({ argv: ['git', 'log', `-S${v}`] }),
  'option-attached-in-text': (v) => ({ text: `git log -S${v} -- src` }),
  'unnamed-assignment': (v) => ({ argv: ['make', `X=${v}`] }),
  'comment-trailing': (v) => ({ text: `connect(); // ${v}` }),
  'log-line': (v) => ({ text: `2026-03-01T10:00:00Z INFO [worker-3] using ${v} for upstream` }),
  'stack-trace': (v) => ({
    text: `Error: 401 for ${v}\n    at request (/app/node_modules/got/index.js:12:3)`,
  }),
  'json-array': (v) => ({ text: `{"values":["${v}"]}` }),
  'csv-cell': (v) => ({ text: `alice,42,${v},2026-01-01` }),
  'markdown-cell': (v) => ({ text: `| staging | ${v} | alice |` }),
  'file-name': (v) => ({ path: `/tmp/${v.replaceAll('/', '_')}.txt` }),
  'url-path': (v) => ({ text: `GET https://api.example.com/v1/${v.replaceAll('/', '_')}/items` }),
});

// Environment and assignment.
add('plain', anyValue, {
  env: (v, n) => ({ env: ['PATH=/usr/bin', `${n.upper}=${v}`, 'HOME=/root'] }),
  'env-prefixed': (v, n) => ({ env: [`MYAPP_${n.upper}=${v}`] }),
  'env-lower': (v, n) => ({ env: [`${n.snake}=${v}`] }),
  'env-suffixed': (v, n) => ({ env: [`${n.upper}_PROD=${v}`] }),
  'argument-assignment': (v, n) => ({ argv: ['env', `${n.upper}=${v}`, 'node', 'server.js'] }),
  'docker-run-e': (v, n) => ({ argv: ['docker', 'run', '--rm', '-e', `${n.upper}=${v}`, 'acme/app'] }),
  'docker-run-env': (v, n) => ({ argv: ['docker', 'run', `--env=${n.upper}=${v}`, 'acme/app'] }),
  'build-arg': (v, n) => ({ argv: ['docker', 'build', '--build-arg', `${n.upper}=${v}`, '.'] }),
  'flag-next': (v, n) => ({ argv: ['app', `--${n.kebab}`, v, '--port', '80'] }),
  'flag-equals': (v, n) => ({ argv: ['app', `--${n.kebab}=${v}`, '--port=80'] }),
  'flag-snake': (v, n) => ({ argv: ['app', `--${n.snake}`, v] }),
  'flag-single-dash': (v, n) => ({ argv: ['app', `-${n.camel}`, v] }),
  'java-property': (v, n) => ({
    argv: ['java', `-D${n.snake.replaceAll('_', '.')}=${v}`, '-jar', 'app.jar'],
  }),
  'json-camel': (v, n) => ({ text: JSON.stringify({ host: 'db', [n.camel]: v, port: 5432 }) }),
  'json-snake': (v, n) => ({ text: JSON.stringify({ [n.snake]: v }) }),
  'json-pretty': (v, n) => ({ text: JSON.stringify({ service: { name: 'x', [n.kebab]: v } }, null, 2) }),
  'json-in-string': (v, n) => ({
    text: JSON.stringify({ body: JSON.stringify({ user: 'a', [n.snake]: v }) }),
  }),
  'json-in-argument': (v, n) => ({
    argv: ['curl', '-d', JSON.stringify({ [n.camel]: v, ttl: 3600 }), 'https://api.example.com'],
  }),
  'k8s-env-json': (v, n) => ({ text: JSON.stringify({ env: [{ name: n.upper, value: v }] }) }),
  'python-dict': (v, n) => ({ text: `config = {'${n.snake}': ${JSON.stringify(v)}, 'debug': True}` }),
  'triple-quotes': (v, n) => ({ text: `${n.upper} = """${v}"""\n` }),
});
add('plain', oneLine, {
  export: (v, n) => ({ text: `export ${n.upper}='${v}'` }),
  'export-double': (v, n) => ({ text: `export ${n.upper}="${v}" && ./start` }),
  dotenv: (v, n) => ({ text: `PORT=8080\n${n.upper}="${v}"\nLOG=info\n` }),
  'yaml-quoted': (v, n) => ({ text: `app:\n  ${n.snake}: "${v}"\n  replicas: 3\n` }),
  'yaml-single': (v, n) => ({ text: `${n.camel}: '${v}'\n` }),
  toml: (v, n) => ({ text: `[auth]\n${n.snake} = "${v}"\n` }),
  'python-assign': (v, n) => ({ text: `${n.upper} = "${v}"` }),
  'python-environ': (v, n) => ({ text: `os.environ["${n.upper}"] = "${v}"` }),
  'python-kwarg': (v, n) => ({ text: `client = Client(region="eu", ${n.snake}="${v}")` }),
  'js-const': (v, n) => ({ text: `const ${n.camel} = '${v}';` }),
  'js-object': (v, n) => ({ text: `new Client({ ${n.camel}: '${v}', retries: 3 })` }),
  'js-env': (v, n) => ({ text: `process.env.${n.upper} = '${v}';` }),
  'go-assign': (v, n) => ({ text: `${n.camel} := "${v}"` }),
  'go-setenv': (v, n) => ({ text: `os.Setenv("${n.upper}", "${v}")` }),
  'java-field': (v, n) => ({ text: `private static final String ${n.upper} = "${v}";` }),
  'csharp-index': (v, n) => ({ text: `Configuration["${n.camel}"] = "${v}";` }),
  'ruby-hash': (v, n) => ({ text: `{ :${n.snake} => "${v}", :port => 1 }` }),
  'php-array': (v, n) => ({ text: `'${n.snake}' => '${v}',` }),
  'perl-hash': (v, n) => ({ text: `my %c = (${n.snake} => '${v}');` }),
  powershell: (v, n) => ({ text: `$env:${n.upper} = "${v}"` }),
  'fish-set': (v, n) => ({ text: `set -x ${n.upper} '${v}'` }),
  'csh-setenv': (v, n) => ({ text: `setenv ${n.upper} '${v}'` }),
  systemd: (v, n) => ({ text: `[Service]\nEnvironment="${n.upper}=${v}"\nExecStart=/bin/app\n` }),
  makefile: (v, n) => ({ text: `${n.upper} := ${v}\n` }),
  'k8s-env-yaml': (v, n) => ({ text: `env:\n  - name: ${n.upper}\n    value: "${v}"\n` }),
  'xml-attribute': (v, n) => ({ text: `<service ${n.camel}="${v}" port="80"/>` }),
  'xml-add-key': (v, n) => ({ text: `<add key="${n.camel}" value="${v}" />` }),
  'sh-c': (v, n) => ({ argv: ['sh', '-c', `${n.upper}='${v}' ./deploy.sh`] }),
  'bash-lc-export': (v, n) => ({ argv: ['bash', '-lc', `export ${n.upper}="${v}"; exec app`] }),
  'python-c': (v, n) => ({ argv: ['python3', '-c', `import x; x.run(${n.snake}='${v}')`] }),
  'node-e': (v, n) => ({ argv: ['node', '-e', `require('x')({${n.camel}: '${v}'})`] }),
  'ruby-e': (v, n) => ({ argv: ['ruby', '-e', `ENV['${n.upper}'] = '${v}'; run`] }),
  'perl-e': (v, n) => ({ argv: ['perl', '-e', `$ENV{'${n.upper}'} = '${v}';`] }),
  'php-r': (v, n) => ({ argv: ['php', '-r', `putenv('${n.upper}=${v}');`] }),
  heredoc: (v, n) => ({ text: `cat > .env <<EOF\n${n.upper}=${v}\nEOF\n` }),
});
add('plain', namedWord, {
  'env-file-line': (v, n) => ({ text: `${n.upper}=${v}` }),
  'yaml-bare': (v, n) => ({ text: `db:\n  host: x\n  ${n.snake}: ${v}\n` }),
  'compose-environment': (v, n) => ({ text: `    environment:\n      - ${n.upper}=${v}\n      - LOG=1\n` }),
  ini: (v, n) => ({ text: `[main]\n${n.snake} = ${v}\n` }),
  properties: (v, n) => ({ text: `spring.datasource.${n.snake.replaceAll('_', '-')}=${v}` }),
  'helm-set': (v, n) => ({ argv: ['helm', 'install', 'x', './chart', '--set', `auth.${n.camel}=${v}`] }),
  'terraform-var': (v, n) => ({ argv: ['terraform', 'apply', '-var', `${n.snake}=${v}`] }),
  'ansible-extra': (v, n) => ({ argv: ['ansible-playbook', '-e', `${n.snake}=${v}`, 'site.yml'] }),
  'from-literal': (v, n) => ({
    argv: ['kubectl', 'create', 'secret', 'generic', 'x', `--from-literal=${n.kebab}=${v}`],
  }),
  'dockerfile-env': (v, n) => ({ text: `FROM node:22\nENV ${n.upper}=${v}\n` }),
  'dockerfile-env-old': (v, n) => ({ text: `ENV ${n.upper} ${v}\nRUN make\n` }),
  'cmd-set': (v, n) => ({ text: `set ${n.upper}=${v}` }),
  setx: (v, n) => ({ argv: ['setx', n.upper, v] }),
  'log-key-value': (v, n) => ({ text: `level=info msg="started" ${n.snake}=${v} port=80` }),
  'log-colon': (v, n) => ({ text: `[debug] ${n.words}: ${v}` }),
  'xml-element': (v, n) => ({ text: `<config><${n.camel}>${v}</${n.camel}></config>` }),
  plist: (v, n) => ({ text: `<key>${n.camel}</key>\n<string>${v}</string>` }),
  'header-argument': (v, n) => ({ argv: ['curl', '-H', `${n.header}: ${v}`, 'https://api.example.com/v1'] }),
  'header-dump': (v, n) => ({
    text: `GET /v1 HTTP/1.1\r\nHost: api.example.com\r\n${n.header}: ${v}\r\nAccept: */*\r\n`,
  }),
  'header-shell': (v, n) => ({ text: `curl -sS -H "${n.header}: ${v}" https://api.example.com` }),
  'httpie-header': (v, n) => ({ argv: ['http', 'GET', 'api.example.com', `${n.header}:${v}`] }),
  'bearer-argument': (v) => ({
    argv: ['curl', '-H', `Authorization: Bearer ${v}`, 'https://api.example.com'],
  }),
  'bearer-shell': (v) => ({ text: `curl -H 'Authorization: Bearer ${v}' https://api.example.com/v1/x` }),
  'bearer-json': (v) => ({ text: JSON.stringify({ headers: { Authorization: `Bearer ${v}` } }) }),
  'authorization-token': (v) => ({ text: `Authorization: token ${v}` }),
  'authorization-raw': (v) => ({ text: `> Authorization: ${v}\n> Accept: */*` }),
  'prose-colon': (v, n) => ({ text: `${n.words}: ${v}` }),
  'prose-is': (v, n) => ({ text: `the ${n.words} is ${v}, keep it safe` }),
  'markdown-bold': (v, n) => ({ text: `**${n.words}**: \`${v}\`` }),
  'comment-hash': (v, n) => ({ text: `# ${n.snake}: ${v}` }),
  'cell-table': (v, n) => ({ text: `| ${n.upper} | ${v} |` }),
  npmrc: (v) => ({ text: `//registry.npmjs.org/:_authToken=${v}` }),
  'npm-config-set': (v) => ({ argv: ['npm', 'config', 'set', '//registry.npmjs.org/:_authToken', v] }),
  'config-set': (v, n) => ({ argv: ['app', 'config', 'set', n.snake, v] }),
  'flag-in-text': (v, n) => ({ text: `running: app --${n.kebab} ${v} --port 80` }),
  'flag-equals-in-text': (v, n) => ({ text: `running: app --${n.kebab}=${v} --port 80` }),
  'process-list': (v, n) => ({ text: `root  4242  0.0  node server.js --${n.kebab}=${v}` }),
  'heroku-config': (v, n) => ({ argv: ['heroku', 'config:set', `${n.upper}=${v}`, '-a', 'x'] }),
  'powershell-secure': (v, n) => ({ argv: ['pwsh', '-Command', `$${n.camel} = '${v}'; ./run.ps1`] }),
  'windows-flag': (v, n) => ({ argv: ['app.exe', `/${n.camel}:${v}`] }),
});
const parameter = (kind: Kind, value: string): boolean =>
  word(kind, value) && /^[\w.~$!*:@/=+-]+$/.test(value);
add('plain', parameter, {
  query: (v, n) => ({ text: `GET https://api.example.com/v1?user=a&${n.snake}=${v}&x=1` }),
  'query-first': (v, n) => ({ argv: ['curl', `https://api.example.com/v1?${n.camel}=${v}`] }),
  'form-body': (v, n) => ({
    argv: ['curl', '-d', `grant_type=x&${n.snake}=${v}&scope=all`, 'https://id.example.com/token'],
  }),
  fragment: (v) => ({ text: `https://app.example.com/cb#access_token=${v}&token_type=bearer` }),
  cookie: (v) => ({
    argv: ['curl', '-H', `Cookie: theme=dark; session=${v}; lang=en`, 'https://x.example.com'],
  }),
  'set-cookie': (v) => ({ text: `Set-Cookie: sessionid=${v}; Path=/; HttpOnly` }),
  multipart: (v, n) => ({
    text: `--b\r\nContent-Disposition: form-data; name="${n.snake}"\r\n\r\n${v}\r\n--b--`,
  }),
});
add('plain', userinfo, {
  'git-remote': (v) => ({
    argv: ['git', 'remote', 'add', 'origin', `https://oauth2:${v}@gitlab.example.com/a/b.git`],
  }),
  'git-clone': (v) => ({ argv: ['git', 'clone', `https://x-access-token:${v}@github.com/a/b.git`] }),
  'pip-index': (v) => ({
    argv: ['pip', 'install', '--index-url', `https://user:${v}@pypi.example.com/simple`, 'x'],
  }),
  'postgres-url': (v) => ({ text: `DSN postgres://app:${v}@db.internal:5432/app?sslmode=require` }),
  'redis-url': (v) => ({ env: [`CACHE=redis://:${v}@cache:6379/0`] }),
  'mongodb-url': (v) => ({ text: `connecting to mongodb+srv://app:${v}@c0.example.net/app` }),
  'amqp-url': (v) => ({ argv: ['worker', '--broker', `amqp://app:${v}@mq:5672//`] }),
  'proxy-url': (v) => ({ env: [`HTTPS_PROXY=http://proxy:${v}@10.0.0.1:3128`] }),
  'ftp-url': (v) => ({ argv: ['wget', `ftp://user:${v}@files.example.com/x.tgz`] }),
  jdbc: (v) => ({ text: `jdbc:postgresql://db:5432/app?user=app&password=${v}` }),
  'jdbc-sqlserver': (v) => ({
    text: `jdbc:sqlserver://db:1433;databaseName=app;user=sa;password=${v};encrypt=true`,
  }),
  odbc: (v) => ({ text: `Driver={ODBC Driver 18};Server=db;Uid=sa;Pwd=${v};Database=x` }),
  conninfo: (v) => ({ argv: ['psql', `host=db user=app password=${v} dbname=x`] }),
  netrc: (v) => ({ text: `machine api.example.com login alice password ${v}` }),
  'sql-identified': (v) => ({ text: `CREATE USER 'app'@'%' IDENTIFIED BY '${v}';` }),
  'sql-password': (v) => ({ argv: ['psql', '-c', `ALTER USER app WITH PASSWORD '${v}'`] }),
  'go-dsn': (v) => ({ text: `sql.Open("mysql", "root:${v}@tcp(127.0.0.1:3306)/app")` }),
  pgpass: (v) => ({ text: `db.internal:5432:app:alice:${v}` }),
});

// Only the program's own grammar tells.
add('grammar', password, {
  'mysql-p': (v) => ({ argv: ['mysql', '-u', 'root', `-p${v}`, '-h', 'db'] }),
  'mysqldump-p': (v) => ({ argv: ['/usr/bin/mysqldump', `-p${v}`, 'app'] }),
  sshpass: (v) => ({ argv: ['sshpass', '-p', v, 'ssh', 'root@host'] }),
  'sshpass-attached': (v) => ({ argv: ['sshpass', `-p${v}`, 'scp', 'a', 'b:'] }),
  'curl-u': (v) => ({ argv: ['curl', '-u', `alice:${v}`, 'https://api.example.com'] }),
  'curl-su': (v) => ({ argv: ['curl', '-fsSu', `alice:${v}`, 'https://api.example.com'] }),
  'curl-user': (v) => ({ argv: ['curl', `--user=alice:${v}`, 'https://api.example.com'] }),
  'curl-proxy': (v) => ({ argv: ['curl', '--proxy-user', `p:${v}`, '-x', 'http://proxy:3128', 'https://x'] }),
  'redis-cli-a': (v) => ({ argv: ['redis-cli', '-h', 'cache', '-a', v, 'ping'] }),
  'redis-auth': (v) => ({ argv: ['redis-cli', 'AUTH', v] }),
  'mongosh-p': (v) => ({ argv: ['mongosh', 'db/app', '-u', 'app', '-p', v] }),
  'ldapsearch-w': (v) => ({ argv: ['ldapsearch', '-x', '-D', 'cn=admin', '-w', v, '-b', 'dc=x'] }),
  'ldapsearch-bundle': (v) => ({ argv: ['ldapsearch', '-xw', v, '-D', 'cn=admin'] }),
  'openssl-passin': (v) => ({ argv: ['openssl', 'rsa', '-in', 'k.pem', '-passin', `pass:${v}`] }),
  'openssl-k': (v) => ({ argv: ['openssl', 'enc', '-aes-256-cbc', '-k', v, '-in', 'a'] }),
  'gpg-passphrase': (v) => ({ argv: ['gpg', '--batch', '--passphrase', v, '-d', 'x.gpg'] }),
  'zip-P': (v) => ({ argv: ['zip', '-r', '-P', v, 'out.zip', 'dir'] }),
  'unzip-P': (v) => ({ argv: ['unzip', '-P', v, 'out.zip'] }),
  '7z-p': (v) => ({ argv: ['7z', 'a', `-p${v}`, 'out.7z', 'dir'] }),
  'rar-hp': (v) => ({ argv: ['rar', 'a', `-hp${v}`, 'out.rar'] }),
  'smbclient-U': (v) => ({ argv: ['smbclient', '//srv/share', '-U', `alice%${v}`] }),
  'smbmap-p': (v) => ({ argv: ['smbmap', '-u', 'alice', '-p', v, '-H', '10.0.0.1'] }),
  xfreerdp: (v) => ({ argv: ['xfreerdp', '/v:host', '/u:alice', `/p:${v}`] }),
  'sqlcmd-P': (v) => ({ argv: ['sqlcmd', '-S', 'db', '-U', 'sa', '-P', v, '-Q', 'select 1'] }),
  'snmp-A': (v) => ({ argv: ['snmpwalk', '-v3', '-u', 'admin', '-A', v, 'host'] }),
  'ipmitool-P': (v) => ({ argv: ['ipmitool', '-I', 'lanplus', '-U', 'root', '-P', v, 'chassis', 'status'] }),
  'mosquitto-P': (v) => ({ argv: ['mosquitto_pub', '-h', 'mq', '-u', 'a', '-P', v, '-t', 'x', '-m', 'y'] }),
  'docker-login-p': (v) => ({ argv: ['docker', 'login', '-u', 'alice', '-p', v, 'registry.example.com'] }),
  'az-login': (v) => ({
    argv: ['az', 'login', '--service-principal', '-u', 'app', '-p', v, '--tenant', 't'],
  }),
  'vault-login': (v) => ({ argv: ['vault', 'login', v] }),
  'vault-kv-put': (v) => ({ argv: ['vault', 'kv', 'put', 'secret/app', `db=${v}`] }),
  'htpasswd-b': (v) => ({ argv: ['htpasswd', '-b', '/etc/nginx/htpasswd', 'alice', v] }),
  'wpa-passphrase': (v) => ({ argv: ['wpa_passphrase', 'HomeNet', v] }),
  nmcli: (v) => ({ argv: ['nmcli', 'device', 'wifi', 'connect', 'HomeNet', 'password', v] }),
  keytool: (v) => ({ argv: ['keytool', '-list', '-keystore', 'k.jks', '-storepass', v] }),
  rabbitmqctl: (v) => ({ argv: ['rabbitmqctl', 'add_user', 'alice', v] }),
  'mc-alias': (v) => ({ argv: ['mc', 'alias', 'set', 'minio', 'http://10.0.0.1:9000', 'admin', v] }),
  'cargo-login': (v) => ({ argv: ['cargo', 'login', v] }),
  'snyk-auth': (v) => ({ argv: ['snyk', 'auth', v] }),
  ngrok: (v) => ({ argv: ['ngrok', 'config', 'add-authtoken', v] }),
  'twine-p': (v) => ({ argv: ['twine', 'upload', '-u', '__token__', '-p', v, 'dist/x'] }),
  'plink-pw': (v) => ({ argv: ['plink', '-ssh', 'alice@host', '-pw', v] }),
  'bw-unlock': (v) => ({ argv: ['bw', 'unlock', v] }),
  'httpie-a': (v) => ({ argv: ['http', '-a', `alice:${v}`, 'GET', 'api.example.com'] }),
  'wget-password': (v) => ({ argv: ['wget', '--user=alice', `--password=${v}`, 'https://x'] }),
  'sudo-wrapped': (v) => ({ argv: ['sudo', '-E', 'mysql', '-uroot', `-p${v}`] }),
  'docker-exec': (v) => ({ argv: ['docker', 'exec', 'db', 'mysql', `-p${v}`, '-e', 'select 1'] }),
});
add('grammar', shellWord, {
  'text-mysql': (v) => ({ text: `mysql -u root -p${v} -h db app < dump.sql` }),
  'text-sshpass': (v) => ({ argv: ['bash', '-c', `sshpass -p '${v}' ssh root@host uptime`] }),
  'text-curl-u': (v) => ({ text: `$ curl -s -u alice:${v} https://api.example.com | jq .` }),
  'text-curl-quoted': (v) => ({ argv: ['sh', '-c', `curl -u "alice:${v}" https://api.example.com`] }),
  'echo-docker': (v) => ({
    argv: ['sh', '-c', `echo ${v} | docker login -u a --password-stdin registry.example.com`],
  }),
  'echo-sudo': (v) => ({ argv: ['bash', '-c', `echo '${v}' | sudo -S apt-get update`] }),
  chpasswd: (v) => ({ argv: ['sh', '-c', `echo "alice:${v}" | chpasswd`] }),
  herestring: (v) => ({ argv: ['bash', '-c', `gh auth login --with-token <<< "${v}"`] }),
  'text-redis': (v) => ({ text: `redis-cli -h cache -a ${v} ping` }),
  'text-ldap': (v) => ({ text: `ldapsearch -x -D cn=admin -w ${v} -b dc=example` }),
  'text-openssl': (v) => ({ text: `openssl pkcs12 -export -passout pass:${v} -out a.p12` }),
  'text-zip': (v) => ({ text: `cd /tmp && zip -P ${v} a.zip b && rm b` }),
  'text-vault': (v) => ({ text: `vault kv put secret/app db=${v}` }),
});
add('grammar', userinfo, {
  sqlplus: (v) => ({ argv: ['sqlplus', `scott/${v}@//db:1521/ORCL`] }),
  'lftp-u': (v) => ({ argv: ['lftp', '-u', `alice,${v}`, 'sftp://host'] }),
  radtest: (v) => ({ argv: ['radtest', 'alice', v, '127.0.0.1', '0', '$SHARED'] }),
  'mount-cifs': (v) => ({
    argv: ['mount', '-t', 'cifs', '//srv/x', '/mnt', '-o', `username=a,password=${v},vers=3.0`],
  }),
});

// Encoded, cut up, cut off.
const b64 = (v: string): string => Buffer.from(v).toString('base64');
const hex = (v: string): string => Buffer.from(v).toString('hex');
const percent = (v: string): string =>
  [...Buffer.from(v)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
const at = (v: string, r: Random): number => r.int(Math.ceil(v.length * 0.3), Math.floor(v.length * 0.7));
add('encoded', oneLine, {
  'base64-named': (v, n) => ({ env: [`${n.upper}_B64=${b64(v)}`] }),
  'k8s-secret': (v, n) => ({ text: `apiVersion: v1\nkind: Secret\ndata:\n  ${n.kebab}: ${b64(v)}\n` }),
  'base64-line': (v, n) => ({ argv: ['sh', '-c', `echo ${b64(`export ${n.upper}=${v}`)} | base64 -d | sh`] }),
  'base64-json': (v, n) => ({ text: `payload ${b64(JSON.stringify({ user: 'a', [n.camel]: v }))} received` }),
  'base64url-json': (v, n) => ({
    text: `state=${Buffer.from(JSON.stringify({ [n.snake]: v, next: '/' })).toString('base64url')}`,
  }),
  'base64-twice': (v, n) => ({ text: b64(b64(`${n.upper}=${v}`)) }),
  'powershell-encoded': (v, n) => ({
    argv: [
      'powershell',
      '-EncodedCommand',
      Buffer.from(`$env:${n.upper}='${v}'`, 'utf16le').toString('base64'),
    ],
  }),
  'basic-header': (v) => ({
    argv: ['curl', '-H', `Authorization: Basic ${b64(`alice:${v}`)}`, 'https://x.example.com'],
  }),
  'hex-line': (v, n) => ({ text: `dump ${hex(`${n.snake}=${v}`)}` }),
  'percent-body': (v, n) => ({
    text: `POST /login body=${encodeURIComponent(`user=a&${n.snake}=${v}&x=1`)}`,
  }),
  'percent-value': (v, n) => ({ text: `https://x.example.com/?${n.snake}=${percent(v)}&y=2` }),
  'percent-twice': (v, n) => ({
    text: `next=${encodeURIComponent(encodeURIComponent(`https://x/?${n.snake}=${v}`))}`,
  }),
  'json-twice': (v, n) => ({
    text: JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ [n.camel]: v }) }) }),
  }),
  'unicode-escapes': (v, n) => ({
    text: `{"${n.snake}":"${[...v].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
  }),
  'hex-escapes': (v, n) => ({
    text: `${n.snake}=$'${[...v].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join('')}'`,
  }),
  'octal-escapes': (v, n) => ({
    text: `printf '${[...`${n.upper}=${v}`].map((c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`).join('')}'`,
  }),
  'html-quoted': (v, n) => ({ text: `<div data-config="{&quot;${n.camel}&quot;:&quot;${v}&quot;}">` }),
  'html-numeric': (v, n) => ({ text: `${n.snake}=${[...v].map((c) => `&#${c.charCodeAt(0)};`).join('')}` }),
});
add('encoded', word, {
  'shell-joined-named': (v, n, r) => {
    const cut = at(v, r);
    return { text: `export ${n.upper}='${v.slice(0, cut)}''${v.slice(cut)}'` };
  },
  'plus-joined-named': (v, n, r) => {
    const cut = at(v, r);
    return { text: `const ${n.camel} = "${v.slice(0, cut)}" + "${v.slice(cut)}";` };
  },
  'dot-joined-named': (v, n, r) => {
    const cut = at(v, r);
    return { text: `$${n.camel} = '${v.slice(0, cut)}' . '${v.slice(cut)}';` };
  },
  'continued-named': (v, n, r) => {
    const cut = at(v, r);
    return { text: `${n.upper}=${v.slice(0, cut)}\\\n${v.slice(cut)} ./run` };
  },
  'mixed-quotes-named': (v, n, r) => {
    const cut = at(v, r);
    return { text: `${n.upper}=${v.slice(0, cut)}"${v.slice(cut)}" ./run` };
  },
  'cut-off-named': (v, n, r) => ({ text: `starting with --${n.kebab}=${v.slice(0, at(v, r))}` }),
});
add('encoded', markedWord, {
  'base64-bare': (v) => ({ text: b64(v) }),
  'base64-argument': (v) => ({ argv: ['tool', b64(v)] }),
  'hex-bare': (v) => ({ text: `got ${hex(v)}` }),
  'percent-bare': (v) => ({ argv: ['curl', `https://x.example.com/${percent(v)}`] }),
  'data-uri': (v) => ({ text: `data:text/plain;base64,${b64(`key ${v}`)}` }),
  'shell-joined': (v, _n, r) => {
    const cut = at(v, r);
    return { argv: ['sh', '-c', `tool '${v.slice(0, cut)}'"${v.slice(cut)}"`] };
  },
  'plus-joined': (v, _n, r) => {
    const cut = at(v, r);
    return { argv: ['python3', '-c', `f("${v.slice(0, cut)}" + "${v.slice(cut)}")`] };
  },
  continued: (v, _n, r) => {
    const cut = at(v, r);
    return { text: `tool ${v.slice(0, cut)}\\\n${v.slice(cut)} --x` };
  },
  'split-elements': (v, _n, r) => {
    const cut = at(v, r);
    return { argv: ['tool', v.slice(0, cut), v.slice(cut)] };
  },
  'cut-off': (v, _n, r) => ({ text: `request failed with ${v.slice(0, Math.max(at(v, r), 14))}` }),
  'cut-off-argument': (v, _n, r) => ({ argv: ['tool', v.slice(0, Math.max(at(v, r), 14))] }),
});
add('encoded', (kind, value) => kind.id.startsWith('pem') && value.includes('\n'), {
  'pem-one-line': (v) => ({ text: `key: "${v.replaceAll('\n', '\\n')}"` }),
  'pem-spaces': (v) => ({ argv: ['tool', v.replaceAll('\n', ' ')] }),
  'pem-json': (v) => ({
    text: JSON.stringify({
      type: 'service_account',
      private_key: v,
      client_email: 'a@b.iam.gserviceaccount.com',
    }),
  }),
  'pem-cut-off': (v) => ({ text: v.slice(0, 200) }),
  'pem-base64': (v) => ({ env: [`TLS_KEY_DATA=${b64(v)}`] }),
  'pem-percent': (v) => ({ text: `key=${encodeURIComponent(v)}` }),
  'pem-headless': (v) => ({ text: v.slice(80) }),
});

/** What stands in a place of places.ts without quoting, and is no URL: a key, a token, a password. */
const simple = (kind: Kind, value: string): boolean =>
  password(kind, value) &&
  /^[\w.~!%#*+=/-]+$/.test(value) &&
  value.length >= 8 &&
  !value.includes('://') &&
  secretName(kind);
/** In a URL before an `@` and in a query some signs would end the value. */
function fitsIn(place: string): Frame['fits'] {
  if (/§@|§%|%§/.test(place)) return (kind, value) => simple(kind, value) && userinfo(kind, value);
  if (/[?&#]\S*=§|=§&|§;|=§,/.test(place))
    return (kind, value) => simple(kind, value) && !/[&#%+=,;!*]/.test(value);
  return simple;
}

for (const text of [...TEXTS, ...MORE_TEXTS, ...FURTHER_TEXTS]) {
  add('plain', fitsIn(text), {
    [`text: ${text.slice(0, 90)}`]: (v) => ({ text: text.replace('§', () => v) }),
  });
}
for (const path of PATHS) {
  add('plain', (kind, value) => simple(kind, value) && !value.includes('/'), {
    [`path: ${path}`]: (v) => ({ path: path.replace('§', () => v) }),
  });
}
for (const vector of [...VECTORS, ...MORE_VECTORS, ...FURTHER_VECTORS]) {
  add('grammar', fitsIn(vector), {
    [`argv: ${vector.slice(0, 110)}`]: (v) => ({
      argv: vector.split('¦').map((element) => element.replace('§', () => v)),
    }),
  });
}

/** All frames, ids unique. */
export const FRAMES: readonly Frame[] = frames;
