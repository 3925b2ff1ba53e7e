/**
 * The thread that answers questions: one read-only connection, one question at a time.
 *
 * In:  messages {id, method, request} with an encoded request; workerData.path names the database.
 * Out: {id, response} with an encoded response, or {id, failure}.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { WarderError } from '../../base/error.ts';
import { storeError } from '../store/database.ts';
import { QueryEngine } from './engine.ts';
import type { Answer, Question } from './questions.ts';

const { path } = workerData as { path: string };
const BUSY_TIMEOUT_MS = 2000;

let engine: QueryEngine | undefined;

function open(): QueryEngine {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  database.exec('PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF');
  return new QueryEngine(database);
}

parentPort!.on('message', ({ id, method, request }: Question) => {
  let answer: Answer;
  try {
    engine ??= open();
    answer = { id, response: engine.answer(method, request) };
  } catch (thrown) {
    const error = storeError(thrown, path);
    const { code, fix } = error instanceof WarderError ? error : { code: '', fix: '' };
    answer = { id, failure: { code, message: error.message, fix } };
  }
  parentPort!.postMessage(answer);
});
