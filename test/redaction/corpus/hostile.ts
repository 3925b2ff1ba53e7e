/**
 * Strings built to cost a scanner as much as they can: anchors without end, quotes that never close, encodings in
 * encodings. The key says what each aims at.
 */
import { RULES } from '../../../src/runtime/redaction/rules/index.ts';
import { Random } from './random.ts';

export function hostileStrings(length: number): Record<string, string> {
  const fill = (unit: string): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const r = new Random(1);
  const nested = (): string => {
    let text = `password=${r.alnum(30)} `;
    while (text.length < length * 0.7) text = Buffer.from(text).toString('base64');
    return text.slice(0, length);
  };
  const bytes = r.bytes(length);
  return {
    'one letter': fill('a'),
    spaces: fill(' '),
    newlines: fill('\n'),
    NULs: fill('\0'),
    'equals signs': fill('='),
    'at signs': fill('@'),
    'colons and ats': fill('a:@'),
    'user info without end': fill('a:b@c'),
    URLs: fill('http://a:b@c/'),
    'URL with endless user info': `http://u:${fill('x/')}`,
    'scheme signs': fill('://'),
    names: fill('password'),
    'names and equals': fill('password='),
    'names and short values': fill('password=a1 '),
    'names and values': fill('password=aB3dE5fG7 '),
    'names and colons': fill('token: '),
    'names in underscores': fill('api_key_'),
    'keys in prose': fill('key is '),
    'keys for': fill('password for a b c '),
    'names and newlines': fill('password:\n'),
    'names and quotes': fill('password="'),
    'names and escaped quotes': fill('password=\\"'),
    'names in quotes': fill('"password":"'),
    'names in tags': fill('<password>'),
    'names in attributes': fill('<add key="password" value="'),
    'name fields': fill('name: password\nvalue:'),
    'block scalars': fill('password: |\n  a\n'),
    quotes: fill('"'),
    apostrophes: fill("'"),
    'mixed quotes': fill(`"'`),
    backslashes: fill('\\'),
    'backslashes and quotes': fill('\\"'),
    'joined quotes': fill("a''"),
    'joined strings': fill('a" + "'),
    'percent signs': fill('%'),
    'percent escapes': fill('%25'),
    'percent letters': fill('%61'),
    'unicode escapes': fill('\\u0061'),
    'hex escapes': fill('\\x61'),
    entities: fill('&#97;'),
    'named entities': fill('&quot;'),
    'base64 in base64': nested(),
    'base64 of one byte': Buffer.from(fill('a').slice(0, length * 0.7))
      .toString('base64')
      .slice(0, length),
    'base64 of names': Buffer.from(fill('password=a1b2c3d4 ').slice(0, length * 0.7)).toString('base64'),
    'short base64 runs': fill(`${Buffer.from('password=a1b2c3').toString('base64')} `),
    'hex of names': Buffer.from(fill('password=a1 ').slice(0, length / 2)).toString('hex'),
    'hex runs': fill('6162636465666768 '),
    'random bytes': bytes.toString('latin1'),
    'random base64': bytes.toString('base64').slice(0, length),
    'random letters': r.of('abcdefghijklmnopqrstuvwxyz ', length),
    'random alnum words': fill(`${r.alnum(31)} `),
    'PEM headers': fill('-----BEGIN PRIVATE KEY-----'),
    'PEM without end': `-----BEGIN PRIVATE KEY-----${fill('A')}`,
    'PEM footers': fill('-----END PRIVATE KEY-----'),
    'PEM footers behind bodies': fill('AAAA-----END PRIVATE KEY-----'),
    cookies: fill('Cookie: a=b; '),
    bearers: fill('Bearer '),
    basics: fill('Basic YTpi '),
    digests: fill('Authorization: Digest a=b '),
    programs: fill('mysql '),
    'programs and options': fill('curl -u '),
    'programs and pairs': fill('curl -u a:b '),
    'echo pipes': fill('echo a | docker login --password-stdin '),
    'words of a wallet': fill('abandon '),
    'JWT heads': fill('eyJ'),
    'JWT heads and dots': fill('eyJhbGciOi.'),
    'JWT without end': `eyJ${fill('a')}`,
    'every anchor': fill(RULES.flatMap((rule) => rule.anchors).join('')),
    'every anchor apart': fill(RULES.flatMap((rule) => rule.anchors).join(' ')),
    'every anchor and zeros': fill(RULES.flatMap((rule) => rule.anchors).join('0123456789abcdef ')),
    'AWS keys': fill('AKIA'),
    'AWS keys, nearly': fill('AKIAABCDEFGHIJKLMNO '),
    'GitHub tokens': fill('ghp_'),
    'session tokens': fill('IQoJb3JpZ2lu'),
    issuers: fill('datadog '),
    'issuers and equals': fill('datadog='),
    markers: fill('[REDACTED:x]'),
    'marker heads': fill('[REDACTED:'),
    brackets: fill('([{'),
    'lone surrogates': fill('\ud800'),
    'other scripts': fill('пароль: '),
    'crypt hashes': fill('$6$a$'),
    'passwd lines': fill('h:5432:d:u:p\n'),
    tables: fill('| password | '),
    SQL: fill("identified by '"),
  };
}
