/**
 * Asks the runtime about the run that this process is in: at its socket, or where that is out of reach in its file.
 *
 * In:  WARDER_WHY, as the runtime set it.
 * Throws: WHY_NOT_IN_RUN outside a run, WHY_SOCKET where a question needs the socket, and what the runtime says.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';
import {
  type Answer,
  type AnswerError,
  type MayAnswer,
  type Question,
  WHY_FILE,
  WHY_SOCKET,
  WHY_VARIABLE,
  type WhyDocument,
} from '../../runtime/why/words.ts';

const ANSWER_MS = 5000;
const FILE_MS = 150;
/** Of one answer: KEPT refusals with long arguments, and the lists. */
const ANSWER_BYTES = 8 << 20;

export async function askWhy(): Promise<WhyDocument> {
  const directory = whyDirectory();
  const answer = await asked(directory, { ask: 'why' });
  if (answer && 'why' in answer) return answer.why;
  if (answer && 'error' in answer) throw asError(answer.error);
  // What was refused a moment ago may be on its way into the file.
  await sleep(FILE_MS);
  return fromFile(directory);
}

export async function askMay(category: string, target: string): Promise<MayAnswer> {
  const answer = await asked(whyDirectory(), { ask: 'may', category, target });
  if (answer && 'may' in answer) return answer.may;
  if (answer && 'error' in answer) throw asError(answer.error);
  throw new WarderError(
    'WHY_SOCKET',
    'this run may connect to no unix socket, so that nobody can be asked before',
    'try it, and see `warder why`; or have the operator put `connect: [{allow: "unix:/run/warder/why/**"}]` into the policy',
  );
}

function whyDirectory(): string {
  const directory = process.env[WHY_VARIABLE];
  if (directory?.startsWith('/')) return directory;
  throw new WarderError(
    'WHY_NOT_IN_RUN',
    `${WHY_VARIABLE} is not set: this is no process of an agent that Warder started`,
    'ask from inside the run; from outside: warder tail --run RUN --verdict deny',
  );
}

/** Undefined where the socket is not there, or out of reach. */
function asked(directory: string, question: Question): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(directory, WHY_SOCKET));
    let text = '';
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.once('connect', () => socket.write(`${JSON.stringify(question)}\n`));
    socket.on('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end < 0 && text.length < ANSWER_BYTES) return;
      socket.destroy();
      try {
        resolve(JSON.parse(text.slice(0, end)) as Answer);
      } catch (error) {
        reject(unreadable(WHY_SOCKET, error as Error));
      }
    });
  });
}

function fromFile(directory: string): WhyDocument {
  try {
    return JSON.parse(readFileSync(join(directory, WHY_FILE), 'utf8')) as WhyDocument;
  } catch (error) {
    throw unreadable(join(directory, WHY_FILE), error as Error);
  }
}

function unreadable(what: string, error: Error): WarderError {
  return new WarderError(
    'WHY_UNREADABLE',
    `${what} cannot be read: ${error.message}`,
    'see whether the run is still under way, and whether its policy denies reading /run/warder/why',
    { cause: error },
  );
}

function asError({ code, message, fix }: AnswerError): WarderError {
  return new WarderError(code, message, fix);
}
