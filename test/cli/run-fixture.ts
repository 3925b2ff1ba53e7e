/**
 * `warder run` with a start that governs nothing: it spawns the command and tells made-up events, so that the
 * command around it (options, stdio, signals, exit status) can be tested without root. Run as a program.
 *
 * In: FIXTURE in the environment: `fail:CODE` makes the start fail, `lose` makes the run fail once under way.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { WarderError } from '../../src/base/error.ts';
import type { StartEmbedded } from '../../src/cli/embedding.ts';
import { main } from '../../src/cli/program.ts';
import { runCommand } from '../../src/cli/run.ts';
import { exec, own, RUN } from './events.ts';

const [scenario, code = ''] = (process.env.FIXTURE ?? '').split(':');

const start: StartEmbedded = async ({ request }, { onEvent, onProblem }) => {
  if (scenario === 'fail') throw new WarderError(code, `it failed with ${code}`, 'mend it');
  const [program = '', ...rest] = request.command;
  onEvent(own(0, { agent: request.agent, runStarted: { argv: [...request.command] } }));
  const child = spawn(program, rest, { stdio: 'inherit', env: request.environment });
  onEvent(exec(1, [...request.command]));
  for (let time = 0; time < 3; time++)
    onProblem(new WarderError('TEST_PROBLEM', 'something to know', 'look'));
  const ended = new Promise<{
    run: string;
    stragglers: number;
    unstored: number;
    waiting: number;
    code?: number;
    signal?: number;
  }>((resolve, reject) => {
    child.on('exit', (status, signal) => {
      const how = signal ? { signal: constants.signals[signal] } : { code: status ?? 0 };
      onEvent(own(2, { runEnded: how }));
      if (scenario === 'lose') reject(new WarderError('TEST_LOST', 'the run was lost', 'start again'));
      else resolve({ run: RUN, stragglers: 0, unstored: 0, waiting: 0, ...how });
    });
  });
  ended.catch(() => {});
  return { run: RUN, pid: child.pid!, ended, signal: (number) => void child.kill(number) };
};

await main(process.argv.slice(2), [{ name: 'run', summary: 'run', load: async () => runCommand(start) }]);
process.exit();
