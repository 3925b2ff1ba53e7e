/**
 * The literals that a scan looks for, and which context each of their hits goes to.
 *
 * In:  compiled rules.
 * Out: anchors: those of the rules, the stems of sensitive names, the programs, and what the other contexts begin with.
 */
import { CALLS, CLIENTS, SIGN_INS } from './calls.ts';
import { PLAIN_SETTINGS } from './context/settings.ts';
import { MARKER } from './finding.ts';
import { type Program, TOOLS } from './programs.ts';
import type { CompiledRule } from './rule.ts';
import { EXACT_STEMS, STEMS } from './sensitive-words.ts';

/** Which context an anchor's hit goes to. */
export const Context = {
  issued: 0,
  issuer: 1,
  stem: 2,
  exactStem: 3,
  url: 4,
  at: 5,
  keyBegin: 6,
  keyEnd: 7,
  putty: 8,
  scheme: 9,
  cookie: 10,
  program: 11,
  stdin: 12,
  marker: 13,
  identified: 14,
  pgpass: 15,
  hereString: 16,
  call: 17,
  signIn: 18,
  setting: 19,
  oracle: 20,
  send: 21,
  jwk: 22,
  login: 23,
  pass: 24,
  loneOption: 25,
  userOption: 26,
  client: 27,
} as const;
export type Context = (typeof Context)[keyof typeof Context];

export interface Anchor {
  readonly literal: string;
  /** As written in the table that it comes from. */
  readonly name: string;
  readonly context: Context;
  readonly rule: CompiledRule | undefined;
  readonly program?: Program;
}

export function anchorsOf(rules: readonly CompiledRule[]): Anchor[] {
  const anchors: Anchor[] = [];
  const add = (literal: string, context: Context, rule?: CompiledRule): void => {
    anchors.push({ literal: literal.toLowerCase(), name: literal, context, rule });
  };
  for (const rule of rules) {
    for (const anchor of rule.rule.anchors)
      add(anchor, rule.rule.boundary === 'name' ? Context.issuer : Context.issued, rule);
  }
  for (const stem of STEMS) add(stem, Context.stem);
  for (const stem of EXACT_STEMS) add(stem, Context.exactStem);
  add(MARKER, Context.marker);
  add('identified by', Context.identified);
  add('identified with', Context.identified);
  add('://', Context.url);
  add('@', Context.at);
  for (const quote of ['"', "'", '\\"']) add(`kty${quote}`, Context.jwk);
  add(':5432:', Context.pgpass);
  add('jdbc:oracle:thin:', Context.oracle);
  add('jdbc:oracle:oci:', Context.oracle);
  add(':*:*:', Context.pgpass);
  for (const begin of ['-----begin', '---- begin']) add(begin, Context.keyBegin);
  for (const end of ['-----end', '---- end']) add(end, Context.keyEnd);
  add('private-lines:', Context.putty);
  add('private-mac:', Context.putty);
  add('bearer', Context.scheme);
  add('basic', Context.scheme);
  add('cookie:', Context.cookie);
  // With the space or the border behind it: most programs' names are parts of words.
  for (const [name, program] of TOOLS)
    for (const behind of [' ', '\0', '"', "'"])
      anchors.push({
        literal: name + behind,
        name: name + behind,
        context: Context.program,
        rule: undefined,
        program,
      });
  for (const echo of ['echo ', 'printf ']) add(echo, Context.stdin);
  add('<<<', Context.hereString);
  for (const send of ['send "', 'send \\"', 'send -- "', '; send ', "sendline('", 'sendline("'])
    add(send, Context.send);
  add(' login ', Context.login);
  add('pass ', Context.pass);
  for (const letter of 'pPwtk')
    for (const option of [` -${letter} `, `\0-${letter}\0`]) add(option, Context.loneOption);
  for (const option of ['--user', '--proxy-user', '-auth', '--creds'])
    for (const behind of [' ', '=', '\0']) add(option + behind, Context.userOption);
  // Options that a variable keeps: `CURL_OPTS=-u alice:…`.
  for (const sign of ['=', '="', "='"]) add(`${sign}-u `, Context.userOption);
  add(' login=', Context.userOption);
  for (const name of CALLS.keys()) add(name, Context.call);
  for (const name of CLIENTS) for (const behind of ['(', "')(", '")(']) add(name + behind, Context.client);
  add('accounts: [', Context.client);
  for (const name of SIGN_INS) add(`${name}(`, Context.signIn);
  for (const setting of PLAIN_SETTINGS) add(setting, Context.setting);
  return anchors;
}
