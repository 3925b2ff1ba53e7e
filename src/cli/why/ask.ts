/**
 * Asks the runtime about the run that this process is in: at its socket, or where that is out of reach in its file.
 *
 * In:  WARDER_WHY, as the runtime set it; where it is not set, the socket of those that were adopted.
 * Throws: WHY_NOT_IN_RUN outside a run, WHY_SOCKET where a question needs the socket, and what the runtime says.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';
import { SOCKET } from '../../runtime/local/frames.ts';
import {
  type Answer,
  type AnswerError,
  askDirectory,
  type MayAnswer,
  type Question,
  WHY_FILE,
  WHY_SOCKET,
  WHY_VARIABLE,
  type WhyDocument,
} from '../../runtime/why/words.ts';

const ASKED_BY_ADOPTED = askDirectory(SOCKET);
const ANSWER_MS = 5000;
const FILE_MS = 150;
/** Of one answer: KEPT refusals with long arguments, and the lists. */
const ANSWER_BYTES = 8 << 20;

export async function askWhy(): Promise<WhyDocument> {
  const directory = ownDirectory();
  const answer = await asked(directory ?? ASKED_BY_ADOPTED, { ask: 'why' });
  if (answer && 'why' in answer) return answer.why;
  if (answer && 'error' in answer) throw asError(answer.error);
  if (directory === undefined) throw notInRun();
  // What was refused a moment ago may be on its way into the file.
  await sleep(FILE_MS);
  return fromFile(directory);
}

export async function askMay(category: string, target: string): Promise<MayAnswer> {
  const directory = ownDirectory();
  const answer = await asked(directory ?? ASKED_BY_ADOPTED, { ask: 'may', category, target });
  if (answer && 'may' in answer) return answer.may;
  if (answer && 'error' in answer) throw asError(answer.error);
  if (directory === undefined) throw notInRun();
  throw new WarderError(
    'WHY_SOCKET',
    'this run may connect to no unix socket, so that nobody can be asked before',
    'try it, and see `warder why`; or have the operator put `connect: [{allow: "unix:/run/warder/why/**"}]` into the policy',
  );
}

/** Of a run that Warder started. */
function ownDirectory(): string | undefined {
  const directory = process.env[WHY_VARIABLE];
  return directory?.startsWith('/') ? directory : undefined;
}

function notInRun(): WarderError {
  return new WarderError(
    'WHY_NOT_IN_RUN',
    `${WHY_VARIABLE} is not set, and nobody answers at ${ASKED_BY_ADOPTED}`,
    `ask from inside a run; a container needs ${ASKED_BY_ADOPTED} mounted; from outside: warder tail --run RUN --verdict deny`,
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
