/**
 * What waits for a person, to be answered here by an approver; and what was answered lately.
 */
import { useState } from 'preact/hooks';
import { printable, printableWord } from '../base/printable.ts';
import { type ApiError, call, type RuleRef } from './api.ts';
import { Empty, Shown } from './parts.tsx';
import { type Asked, useAsked } from './use.ts';
import { agentName, dateText, short } from './words.ts';

export interface Hold {
  action?: {
    id?: string;
    run?: string;
    agent?: string;
    category?: string;
    target?: string;
    pid?: number;
    argv?: string[];
    rule?: RuleRef;
    expiresUnixMs?: string;
  };
  host?: string;
  askedUnixMs?: string;
  state?: string;
  answeredBy?: string;
  because?: string;
  history?: string[];
}

export interface HoldList {
  holds: Hold[];
  /** That wait, and had no room in the answer. */
  leftOut: number;
}

export function useHolds(): Asked<HoldList> {
  return useAsked(
    async () => {
      const { holds = [], leftOut = 0 } = await call<Partial<HoldList>>('listHolds', { all: true });
      return { holds, leftOut };
    },
    1500,
    'holds',
  );
}

export function Holds({ holds, mayAnswer }: { holds: Asked<HoldList>; mayAnswer: boolean }) {
  return (
    <Shown asked={holds}>
      {({ holds: all, leftOut }) => {
        const waiting = all.filter(({ state }) => state === 'pending');
        const answered = all
          .filter(({ state }) => state !== 'pending')
          .reverse()
          .slice(0, 100);
        return (
          <>
            <h1>Waiting for a person</h1>
            {waiting.length === 0 && <Empty of="held actions" />}
            {waiting.map((hold) => (
              <Card key={hold.action?.id} hold={hold} mayAnswer={mayAnswer} again={holds.again} />
            ))}
            {leftOut > 0 && <p class="why">{leftOut} more wait than one answer takes: answer these first</p>}
            <h1>Answered</h1>
            {answered.length === 0 && <Empty of="answers yet" />}
            {answered.map((hold) => (
              <Card key={hold.action?.id} hold={hold} mayAnswer={false} again={holds.again} />
            ))}
          </>
        );
      }}
    </Shown>
  );
}

function Card({ hold, mayAnswer, again }: { hold: Hold; mayAnswer: boolean; again(): void }) {
  const { action = {}, host, askedUnixMs, state, answeredBy, because, history = [] } = hold;
  const [why, setWhy] = useState('');
  const [error, setError] = useState('');
  const answer = async (allow: boolean): Promise<void> => {
    try {
      await call('answerHold', { id: action.id, allow, because: why });
    } catch (failure) {
      setError((failure as ApiError).message);
    }
    again();
  };
  const { rule } = action;
  return (
    <section class={`card ${state}`}>
      <h2>
        {action.category} {printable(action.target ?? '')}
      </h2>
      {(action.argv ?? []).length > 0 && <code>{action.argv!.map(printableWord).join(' ')}</code>}
      <p>
        {agentName(action.agent)} on {printable(host ?? '')}, process {action.pid}, run{' '}
        <a href={`#/run/${action.run}`}>{short(action.run)}</a>, asked {dateText(Number(askedUnixMs ?? 0))}
        {state === 'pending' && action.expiresUnixMs
          ? `, a no from ${dateText(Number(action.expiresUnixMs))} on`
          : ''}
      </p>
      {rule && (
        <p class="why">
          {printable(
            `${rule.effect} ${rule.pattern} (${rule.layer})${rule.because ? `: ${rule.because}` : ''}`,
          )}
        </p>
      )}
      {history.length > 0 && <pre>{history.map((line) => printable(line)).join('\n')}</pre>}
      {state !== 'pending' && (
        <p>
          {state}
          {answeredBy ? ` by ${printable(answeredBy)}` : ''}
          {because ? `: ${printable(because)}` : ''}
        </p>
      )}
      {mayAnswer && (
        <form class="bar" onSubmit={(submit) => submit.preventDefault()}>
          <label>
            because{' '}
            <input
              type="text"
              value={why}
              maxLength={500}
              onInput={(input) => setWhy(input.currentTarget.value)}
            />
          </label>
          <button type="button" class="yes" onClick={() => answer(true)}>
            Approve
          </button>
          <button type="button" class="no" onClick={() => answer(false)}>
            Refuse
          </button>
        </form>
      )}
      {error && (
        <p class="error" role="alert">
          {printable(error)}
        </p>
      )}
    </section>
  );
}
