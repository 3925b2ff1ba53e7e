/**
 * Which function reads on at which anchor.
 *
 * In:  a text, an anchor and where it stands in it. Anchors of rules, markers and stems of names are the scanner's own: they
 *      are most of all.
 * Out: what the context finds.
 */
import { type Anchor, Context } from './anchors.ts';
import { onIdentified } from './context/assigned.ts';
import { onCall, onClient, onSend, onSignIn } from './context/call.ts';
import { onProgram } from './context/command.ts';
import { onCookie, onScheme } from './context/header.ts';
import { onIssuer } from './context/issuer.ts';
import { onJwk } from './context/jwk.ts';
import { onKeyBegin, onKeyEnd, onPuttyLines } from './context/key-block.ts';
import { onEcho, onHereString } from './context/piped.ts';
import { onPlainSetting } from './context/settings.ts';
import { onLogin, onLoneOption, onPass, onUserOption } from './context/sign-in.ts';
import { onAt, onOracle, onPasswordFile, onUrl } from './context/url.ts';
import type { Scan } from './scan.ts';
import type { Text } from './text.ts';

/** `anchor` stands at `[start, end)`. */
export function onContext(scan: Scan, text: Text, anchor: Anchor, start: number, end: number): void {
  switch (anchor.context) {
    case Context.issuer:
      onIssuer(scan, text, anchor.rule!, start, end);
      break;
    case Context.identified:
      onIdentified(scan, text, end);
      break;
    case Context.pgpass:
      onPasswordFile(scan, text, end);
      break;
    case Context.url:
      onUrl(scan, text, start);
      break;
    case Context.at:
      onAt(scan, text, start);
      break;
    case Context.keyBegin:
      onKeyBegin(scan, text, start);
      break;
    case Context.keyEnd:
      onKeyEnd(scan, text, start);
      break;
    case Context.putty:
      onPuttyLines(scan, text, end);
      break;
    case Context.scheme:
      onScheme(scan, text, start, end);
      break;
    case Context.cookie:
      onCookie(scan, text, end);
      break;
    case Context.program:
      onProgram(scan, text, anchor.program!, start, end - 1);
      break;
    case Context.stdin:
      onEcho(scan, text, start, end - 1);
      break;
    case Context.hereString:
      onHereString(scan, text, end);
      break;
    case Context.call:
      onCall(scan, text, anchor.name, start, end);
      break;
    case Context.signIn:
      onSignIn(scan, text, start, end - 1);
      break;
    case Context.client:
      onClient(scan, text, start, end);
      break;
    case Context.send:
      onSend(scan, text, end);
      break;
    case Context.jwk:
      onJwk(scan, text, start);
      break;
    case Context.login:
      onLogin(scan, text, start, end);
      break;
    case Context.pass:
      onPass(scan, text, start, end);
      break;
    case Context.loneOption:
      onLoneOption(scan, text, end);
      break;
    case Context.userOption:
      onUserOption(scan, text, end);
      break;
    case Context.oracle:
      onOracle(scan, text, end);
      break;
    case Context.setting:
      onPlainSetting(scan, text, anchor.literal, end);
      break;
  }
}
