/**
 * Credentials are denied by default, in every home and with every effect of other rules; honest work is not.
 */
import { describe, expect, test } from 'vitest';
import { parsePattern } from '../../src/contract/pattern.ts';
import {
  BASE_RULES,
  credentialRules,
  LIBRARY_RULES,
  liftable,
  nameServiceRules,
} from '../../src/gateway/policy/builtin.ts';
import { decide, prepare } from '../../src/gateway/policy/decide.ts';
import { policy } from './documents.ts';

const EVERYTHING = { rules: { read: { allow: ['/**'] }, write: { allow: ['/**'] } } };
const SETTING = { variables: { workspace: '/work', home: '/home/u' }, homes: ['/home/v', '/root'] };
const all = prepare(policy(EVERYTHING), SETTING);

test.each([
  '/home/u/.ssh/id_ed25519',
  '/home/u/.ssh',
  '/srv/backup/.ssh/config',
  '/root/.aws/credentials',
  '/home/u/.gnupg/private-keys-v1.d/x.key',
  '/work/.env',
  '/work/packages/api/.env',
  '/work/.env.local',
  '/home/u/.config/gcloud/credentials.db',
  '/home/v/.config/gcloud/access_tokens.db',
  '/home/u/.azure/msal_token_cache.json',
  '/home/u/.kube/config',
  '/home/u/.docker/config.json',
  '/home/u/.npmrc',
  '/root/.npmrc',
  '/home/v/.cargo/credentials.toml',
  '/home/u/.pypirc',
  '/home/u/.netrc',
  '/home/u/.git-credentials',
  '/home/u/.config/gh/hosts.yml',
  '/home/u/.gem/credentials',
  '/home/u/.m2/settings.xml',
  '/home/u/.gradle/gradle.properties',
  '/home/u/.mozilla/firefox/x.default/logins.json',
  '/home/u/.config/google-chrome/Default/Login Data',
  '/home/u/.password-store/mail.gpg',
  '/home/u/Documents/secrets.kdbx',
  '/home/u/.local/share/keyrings/login.keyring',
  '/home/u/.bash_history',
  '/home/v/.zsh_history',
  '/home/u/.local/share/fish/fish_history',
  '/etc/shadow',
  '/etc/ssl/private/ssl-cert-snakeoil.key',
  '/etc/ssh/ssh_host_ed25519_key',
  '/run/secrets/kubernetes.io/serviceaccount/token',
])('%s is denied for read and for write', (path) => {
  expect(decide(all, { category: 'read', path }).verdict).toBe('deny');
  expect(decide(all, { category: 'write', path }).verdict).toBe('deny');
});

test.each([
  '/work/.npmrc',
  '/work/.env.example',
  '/work/environment/.envrc',
  '/work/src/env',
  '/work/.yarnrc.yml',
  '/work/.docker/Dockerfile',
  '/work/certs/test.pem',
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssh/ssh_config',
  '/etc/passwd',
  '/etc/gitconfig',
  '/home/u/.gitconfig',
  '/home/u/.config/git/config',
  '/home/u/.config/git/ignore',
  '/home/u/.cargo/config.toml',
  '/home/u/.cargo/registry/index/x',
  '/home/u/.docker/cli-plugins/docker-buildx',
  '/home/u/.m2/repository/a/b.jar',
  '/home/u/.gradle/caches/x',
  '/home/u/.npm/_cacache/index-v5/x',
  '/home/u/.cache/huggingface/hub/model',
  '/home/u/.claude/.credentials.json',
  '/home/u/.local/share/pnpm/store',
  '/usr/lib/python3/dist-packages/keyring/backend.py',
])('%s is left to the rules', (path) => {
  expect(decide(all, { category: 'read', path }).verdict).toBe('allow');
});

test('a lifted deny is lifted, and only that one', () => {
  const lifted = prepare(policy({ ...EVERYTHING, lifted: ['**/.env'] }), SETTING);
  expect(decide(lifted, { category: 'read', path: '/work/.env' }).verdict).toBe('allow');
  expect(decide(lifted, { category: 'read', path: '/work/.env.local' }).verdict).toBe('deny');
});

test('a built-in deny is named by its pattern; with and without /** a name is the same', () => {
  expect(liftable('**/.ssh/**')).toBe('**/.ssh/**');
  expect(liftable('**/.ssh')).toBe('**/.ssh/**');
  expect(liftable('**/.env/**')).toBe('**/.env');
  expect(liftable('${home}/.npmrc')).toBe('${home}/.npmrc');
  expect(liftable('/home/u/.npmrc')).toBeNull();
});

describe('sockets of programs that look names up', () => {
  const by = (connect: readonly string[], lifted: readonly string[] = []) =>
    prepare(policy({ rules: { connect: { allow: connect } }, lifted }), SETTING);
  const told = (rules: ReturnType<typeof by>, path: string) =>
    decide(rules, { category: 'connect', unix: path });
  const EVERY = ['unix:/**', 'api.example.com:443'];

  test.each([
    '/run/systemd/resolve/io.systemd.Resolve',
    '/run/nscd/socket',
    '/run/avahi-daemon/socket',
    '/var/lib/sss/pipes/nss',
    '/run/dbus/system_bus_socket',
  ])('%s is denied to a policy with rules by name, and to no other', (path) => {
    expect(told(by(EVERY), path)).toMatchObject({ verdict: 'deny', reason: 'rule' });
    expect(told(by(['unix:/**']), path).verdict).toBe('allow');
  });

  test('one is lifted by its pattern, and others are left to the rules', () => {
    const lifted = by(EVERY, ['unix:/run/dbus/system_bus_socket']);
    expect(told(lifted, '/run/dbus/system_bus_socket').verdict).toBe('allow');
    expect(told(lifted, '/run/nscd/socket').verdict).toBe('deny');
    expect(told(lifted, '/run/postgresql/.s.PGSQL.5432').verdict).toBe('allow');
  });
});

describe('the lists themselves', () => {
  const rules = [...BASE_RULES, LIBRARY_RULES, ...credentialRules(new Set()), ...nameServiceRules(new Set())];

  test('hold only patterns that parse', () => {
    for (const { category, patterns } of rules) {
      for (const pattern of patterns)
        expect(parsePattern(category, pattern, { builtin: true }), pattern).toHaveProperty('pattern');
    }
  });

  test('say nothing twice', () => {
    for (const { patterns } of rules) expect(new Set(patterns).size).toBe(patterns.length);
  });

  test('base allows nothing that credentials deny', () => {
    const bare = prepare(policy({ rules: { exec: {} } }), SETTING);
    for (const { category, patterns } of BASE_RULES) {
      for (const pattern of patterns.filter((each) => each.startsWith('/'))) {
        const path = pattern.replace(/\/\*\*$/, '');
        expect(decide(bare, { category: category as 'read', path }).verdict, path).toBe('allow');
      }
    }
  });
});
