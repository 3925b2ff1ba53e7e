/**
 * How long a verdict takes: a refused system call beside an allowed one, something held that is let go at once, and a
 * run of 1,000 processes that is suspended until every one of them stands.
 */
import { controlService } from '../../src/contract/control-service.ts';
import { CommandKind } from '../../src/contract/messages.ts';
import { crowd, startAgent } from './agents.ts';
import { figure, type Part } from './figure.ts';
import { type Operator, operatorOf } from './operator.ts';
import { workDirectory } from './place.ts';
import { ENFORCED, HELD, HELD_PROGRAM, policies } from './policies.ts';
import { type Host, startHost } from './services.ts';
import { ratio, type Spread, spread } from './statistics.ts';
import { Worker } from './worker.ts';

const CALLS = 1_000;
const CROWD = 1_000;

export async function verdictsPart(rounds: number): Promise<Part> {
  const host = await startHost(policies(1000));
  try {
    const operator = await operatorOf(host);
    try {
      const refused = await refusals(host, rounds);
      const held = await holds(host, operator, rounds);
      const { suspended, resumed } = await suspends(host, operator, Math.ceil(rounds / 3));
      return {
        title: 'Verdicts',
        about: `Medians of ${rounds} rounds. What is held waits for an operator who says yes at once, by two calls to the gateway; the plain exec is of the same program.`,
        figures: [
          figure('verdict/allowed', 'an allowed open + close, 1,000 rules', 'ns', refused.allowed),
          figure(
            'verdict/refused',
            'an open that the policy refuses, beside an allowed one',
            'x',
            refused.ratio,
          ),
          figure('verdict/exec', 'exec of a program, to its end, not held', 'ms', held.plain),
          figure('verdict/held', 'the same, held and approved', 'ms', held.held),
          figure(
            'verdict/suspend',
            `${CROWD.toLocaleString('en')} processes suspended, all of them seen to stand`,
            'ms',
            suspended,
          ),
          figure('verdict/resume', 'and resumed', 'ms', resumed),
        ],
      };
    } finally {
      operator.client.close();
    }
  } finally {
    await host.stop();
  }
}

async function refusals(host: Host, rounds: number): Promise<{ allowed: Spread; ratio: Spread }> {
  const worker = await Worker.start(workDirectory(), host.run(ENFORCED));
  const allowed: number[] = [];
  const refused: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      allowed.push((await worker.ask(`open ${CALLS}`)) / CALLS);
      refused.push((await worker.ask(`refused ${CALLS}`)) / CALLS);
    }
  } finally {
    await worker.end();
  }
  return { allowed: spread(allowed), ratio: ratio(refused, allowed) };
}

async function holds(
  host: Host,
  { ask }: Operator,
  rounds: number,
): Promise<{ plain: Spread; held: Spread }> {
  const worker = await Worker.start(workDirectory(), host.run(HELD));
  const plain: number[] = [];
  const held: number[] = [];
  let over = false;
  const approving = (async () => {
    while (!over) {
      const { holds: waiting } = await ask(controlService.listHolds, { all: false });
      for (const { action } of waiting ?? []) {
        await ask(controlService.answerHold, { id: action!.id!, allow: true, because: 'bench' });
      }
    }
  })();
  try {
    for (let round = 0; round < rounds; round++) {
      plain.push((await worker.ask('run /usr/bin/true')) / 1e6);
      held.push((await worker.ask(`run ${HELD_PROGRAM}`)) / 1e6);
    }
  } finally {
    over = true;
    await approving;
    await worker.end();
  }
  return { plain: spread(plain), held: spread(held) };
}

async function suspends(host: Host, { ask }: Operator, rounds: number) {
  const agent = await startAgent(host, ENFORCED, crowd(CROWD));
  const times: Record<'suspended' | 'resumed', number[]> = { suspended: [], resumed: [] };
  const command = async (kind: CommandKind): Promise<number> => {
    const begin = performance.now();
    const { result } = await ask(controlService.commandRun, { run: agent.run, kind, because: 'bench' });
    if (!result?.done) throw new Error(`a run was not commanded: ${result?.message}`);
    return performance.now() - begin;
  };
  try {
    for (let round = 0; round < rounds; round++) {
      times.suspended.push(await command(CommandKind.COMMAND_KIND_SUSPEND));
      times.resumed.push(await command(CommandKind.COMMAND_KIND_RESUME));
    }
  } finally {
    await agent.end();
  }
  return { suspended: spread(times.suspended), resumed: spread(times.resumed) };
}
