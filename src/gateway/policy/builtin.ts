/**
 * The built-in layers, in the grammar of documents: credentials that are denied by default, what ordinary
 * programs need to start, and the libraries that may be mapped where no layer has `load`.
 *
 * `${home}` stands here for the home directory of every user of the host. Places that other programs need as
 * well are named by their exact file, so that honest work goes on; names that only ever hold credentials are
 * denied wherever they are.
 */

import type { Category } from '../../contract/pattern.ts';
import type { Effect } from '../../contract/policy.ts';

export interface BuiltinRules {
  category: Category;
  effect: Effect;
  because: string;
  patterns: readonly string[];
}

const CREDENTIALS: readonly { because: string; patterns: readonly string[] }[] = [
  {
    because: 'keys and agents of SSH and GnuPG',
    patterns: [
      '**/.ssh/**',
      '**/.gnupg/**',
      '/etc/ssh/ssh_host_dsa_key',
      '/etc/ssh/ssh_host_ecdsa_key',
      '/etc/ssh/ssh_host_ed25519_key',
      '/etc/ssh/ssh_host_rsa_key',
    ],
  },
  {
    because: 'environment files hold the secrets of an application',
    patterns: [
      '**/.env',
      '**/.env.local',
      '**/.env.development.local',
      '**/.env.production.local',
      '**/.env.test.local',
    ],
  },
  {
    because: 'credentials of a cloud',
    patterns: [
      '**/.aws/**',
      '**/.azure/**',
      '**/.oci/**',
      '**/.boto',
      '**/.s3cfg',
      '**/application_default_credentials.json',
      '${home}/.config/gcloud/**',
      '${home}/.config/doctl/config.yaml',
      '${home}/.config/hcloud/cli.toml',
      '${home}/.config/rclone/rclone.conf',
      '${home}/.config/heroku/**',
      '${home}/.fly/config.yml',
      '${home}/.databrickscfg',
      '${home}/.terraform.d/credentials.tfrc.json',
      '${home}/.terraformrc',
      '${home}/.vault-token',
    ],
  },
  {
    because: 'credentials of a cluster or a container registry',
    patterns: [
      '**/.kube/**',
      '/etc/kubernetes/admin.conf',
      '/etc/kubernetes/super-admin.conf',
      '/etc/kubernetes/pki/**',
      '/etc/rancher/k3s/k3s.yaml',
      '/run/secrets/**',
      '**/.dockercfg',
      '${home}/.docker/config.json',
      '${home}/.config/containers/auth.json',
    ],
  },
  {
    because: 'credentials of a package manager',
    patterns: [
      '**/.pypirc',
      '${home}/.npmrc',
      '${home}/.yarnrc.yml',
      '${home}/.cargo/credentials',
      '${home}/.cargo/credentials.toml',
      '${home}/.gem/credentials',
      '${home}/.local/share/gem/credentials',
      '${home}/.m2/settings.xml',
      '${home}/.m2/settings-security.xml',
      '${home}/.gradle/gradle.properties',
      '${home}/.composer/auth.json',
      '${home}/.config/composer/auth.json',
      '${home}/.config/pypoetry/auth.toml',
      '${home}/.nuget/NuGet/NuGet.Config',
      '${home}/.hex/hex.config',
    ],
  },
  {
    because: 'passwords and tokens of programs that reach other hosts',
    patterns: [
      '**/.netrc',
      '**/_netrc',
      '**/.git-credentials',
      '**/.pgpass',
      '**/.my.cnf',
      '**/.mylogin.cnf',
      '${home}/.config/git/credentials',
      '${home}/.config/gh/hosts.yml',
      '${home}/.config/glab-cli/config.yml',
      '${home}/.config/hub',
      '${home}/.cache/huggingface/token',
      '${home}/.kaggle/kaggle.json',
    ],
  },
  {
    because: 'passwords, cookies and sessions of a browser or mail program',
    patterns: [
      '**/.mozilla/**',
      '**/.thunderbird/**',
      '${home}/.config/google-chrome/**',
      '${home}/.config/google-chrome-beta/**',
      '${home}/.config/chromium/**',
      '${home}/.config/BraveSoftware/**',
      '${home}/.config/microsoft-edge/**',
      '${home}/.config/opera/**',
      '${home}/.config/vivaldi/**',
      '${home}/snap/chromium/**',
      '${home}/.var/app/com.google.Chrome/**',
      '${home}/.var/app/org.chromium.Chromium/**',
    ],
  },
  {
    because: 'a password store',
    patterns: [
      '**/.password-store/**',
      '**/*.kdbx',
      '${home}/.local/share/keyrings/**',
      '${home}/.local/share/kwalletd/**',
      '${home}/.config/Bitwarden/**',
      '${home}/.config/Bitwarden CLI/**',
      '${home}/.config/1Password/**',
      '${home}/.config/op/**',
    ],
  },
  {
    because: 'secrets of the host',
    patterns: [
      '/etc/shadow',
      '/etc/shadow-',
      '/etc/gshadow',
      '/etc/gshadow-',
      '/etc/krb5.keytab',
      '/etc/ssl/private/**',
      '/etc/pki/tls/private/**',
      '/etc/letsencrypt/archive/**',
      '/etc/letsencrypt/live/**',
      '/etc/wireguard/**',
      '/etc/NetworkManager/system-connections/**',
      '/run/credentials/**',
    ],
  },
  {
    because: 'what was typed in a shell often holds a secret',
    patterns: [
      '**/.bash_history',
      '**/.zsh_history',
      '**/.zhistory',
      '**/.sh_history',
      '**/.ash_history',
      '**/.ksh_history',
      '**/.histfile',
      '**/fish_history',
      '**/.python_history',
      '**/.node_repl_history',
      '**/.psql_history',
      '**/.mysql_history',
      '**/.mariadb_history',
      '**/.sqlite_history',
      '**/.rediscli_history',
      '**/.dbshell',
    ],
  },
];

/** Sockets of programs that look names up for others, past the resolver that a policy with rules by name has. */
const NAME_SERVICES: readonly BuiltinRules[] = [
  {
    category: 'connect',
    effect: 'deny',
    because: 'names are looked up by DNS, where the policy answers: libraries do that without this socket',
    patterns: [
      'unix:/run/systemd/resolve/**',
      'unix:/run/nscd/**',
      'unix:/run/unscd/**',
      'unix:/run/avahi-daemon/**',
      'unix:/run/mdnsd',
      'unix:/run/dnsmasq/**',
      'unix:/var/lib/sss/pipes/nss',
      'unix:/var/lib/sss/pipes/autofs',
      'unix:/run/nslcd/**',
      'unix:/run/samba/winbindd/**',
    ],
  },
  {
    category: 'connect',
    effect: 'deny',
    because: 'systemd-resolved and avahi look up any name for whoever asks on the system bus',
    patterns: ['unix:/run/dbus/system_bus_socket'],
  },
];

/** Every pattern that `lift_builtin` can name. */
export const BUILTIN_DENIES: readonly string[] = [...CREDENTIALS, ...NAME_SERVICES].flatMap(
  ({ patterns }) => patterns,
);

/** Denies of `builtin:name-services`, for policies with rules by host name, without those that were lifted. */
export function nameServiceRules(lifted: ReadonlySet<string>): BuiltinRules[] {
  return NAME_SERVICES.map((rules) => ({
    ...rules,
    patterns: rules.patterns.filter((pattern) => !lifted.has(pattern)),
  }));
}

// With and without a `/**` behind it, a name means the same.
/** The built-in deny that a text names, or null. */
export function liftable(text: string): string | null {
  const plain = (pattern: string) => (pattern.startsWith('**/') ? pattern.replace(/\/\*\*$/, '') : pattern);
  return BUILTIN_DENIES.find((pattern) => plain(pattern) === plain(text)) ?? null;
}

/** Denies of `builtin:credentials`, for read and for write, without those that were lifted. */
export function credentialRules(lifted: ReadonlySet<string>): BuiltinRules[] {
  return (['read', 'write'] as const).flatMap((category) =>
    CREDENTIALS.map(({ because, patterns }) => ({
      category,
      effect: 'deny' as const,
      because,
      patterns: patterns.filter((pattern) => !lifted.has(pattern)),
    })),
  );
}

const LIBRARY_DIRECTORIES = [
  '/lib/**',
  '/lib32/**',
  '/lib64/**',
  '/libx32/**',
  '/usr/lib/**',
  '/usr/lib32/**',
  '/usr/lib64/**',
  '/usr/libx32/**',
  '/usr/local/lib/**',
  '/usr/local/lib64/**',
];

const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '${terminal}'];

/** Allows of `builtin:base`, in every layer's name. */
export const BASE_RULES: readonly BuiltinRules[] = [
  {
    category: 'read',
    effect: 'allow',
    because: 'what ordinary programs need to start',
    patterns: [
      ...DEVICES,
      '/dev/random',
      '/dev/urandom',
      // With its list of numbers, as ps(1) reads it. Of these only the run's own processes are /proc/self.
      '/proc',
      '/proc/self/**',
      // Facts of the host that runtimes size themselves by.
      '/proc/cpuinfo',
      '/proc/filesystems',
      '/proc/loadavg',
      '/proc/meminfo',
      '/proc/stat',
      '/proc/uptime',
      '/proc/version',
      '/proc/sys/kernel/cap_last_cap',
      '/proc/sys/kernel/ngroups_max',
      '/proc/sys/kernel/osrelease',
      '/proc/sys/kernel/pid_max',
      '/proc/sys/kernel/random/**',
      '/proc/sys/kernel/threads-max',
      '/proc/sys/net/core/somaxconn',
      '/proc/sys/vm/max_map_count',
      '/proc/sys/vm/overcommit_memory',
      '/sys/devices/system/cpu/**',
      '/sys/devices/system/node/**',
      '/sys/fs/cgroup/**',
      '/sys/kernel/mm/transparent_hugepage/**',
      // Loader.
      '/etc/ld.so.cache',
      '/etc/ld.so.conf',
      '/etc/ld.so.conf.d/**',
      '/etc/ld.so.preload',
      ...LIBRARY_DIRECTORIES,
      // Locale, time zone, terminals.
      '/etc/default/locale',
      '/etc/locale.alias',
      '/etc/locale.conf',
      '/etc/localtime',
      '/etc/timezone',
      '/usr/share/i18n/**',
      '/usr/share/locale/**',
      '/usr/share/locale-langpack/**',
      '/usr/share/zoneinfo/**',
      '/etc/inputrc',
      '/etc/terminfo/**',
      '/usr/share/terminfo/**',
      // Users and names of hosts and services.
      '/etc/ethers',
      '/etc/gai.conf',
      '/etc/group',
      '/etc/host.conf',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/networks',
      '/etc/nsswitch.conf',
      '/etc/os-release',
      '/etc/passwd',
      '/etc/protocols',
      '/etc/resolv.conf',
      '/etc/rpc',
      '/etc/services',
      // Public certificates and how TLS is set up.
      '/etc/ca-certificates/**',
      '/etc/crypto-policies/**',
      '/etc/pki/ca-trust/extracted/**',
      '/etc/pki/tls/cert.pem',
      '/etc/pki/tls/certs/**',
      '/etc/pki/tls/openssl.cnf',
      '/etc/ssl/cert.pem',
      '/etc/ssl/certs/**',
      '/etc/ssl/openssl.cnf',
      '/usr/local/share/ca-certificates/**',
      '/usr/share/ca-certificates/**',
    ],
  },
  {
    category: 'write',
    effect: 'allow',
    because: 'what ordinary programs need to start',
    patterns: DEVICES,
  },
  {
    category: 'listen',
    effect: 'allow',
    because: 'a socket with a name in the file system is made there by writing, and that is judged',
    patterns: ['unix:/**'],
  },
];

/** Allows of `builtin:libraries`, where no layer has `load`. */
export const LIBRARY_RULES: BuiltinRules = {
  category: 'load',
  effect: 'allow',
  because: 'libraries in the directories of the system, where no layer has load',
  patterns: LIBRARY_DIRECTORIES,
};
