/**
 * A document as somebody edits it, held against what was recorded: nothing is changed by it.
 */
import { useState } from 'preact/hooks';
import { printable } from '../base/printable.ts';
import { type ApiError, post } from './api.ts';
import { Empty, Table } from './parts.tsx';
import { agentName } from './words.ts';

interface Group {
  agent: string;
  difference: string;
  category: string;
  after: string;
  why: string;
  count: number;
  examples: string[];
}

interface Answer {
  faults: { line: number; column: number; message: string; fix: string }[];
  groups: Group[];
  same: number;
  undecided: number;
  events: number;
  more: boolean;
}

export function WhatIf({ text: before }: { text: string }) {
  const [text, setText] = useState(before);
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const ask = async (): Promise<void> => {
    setBusy(true);
    setError('');
    try {
      setAnswer(await post<Answer>('/api/what-if', { text }));
    } catch (failure) {
      setError((failure as ApiError).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="what-if">
      <label>
        As it could be
        <textarea value={text} spellcheck={false} onInput={(input) => setText(input.currentTarget.value)} />
      </label>
      <p class="bar">
        <button type="button" disabled={busy} onClick={ask}>
          What if
        </button>
        <span class="quiet">
          Held against the last 10,000 recorded actions of a week. Nothing is changed.
        </span>
      </p>
      {error && (
        <p class="error" role="alert">
          {printable(error)}
        </p>
      )}
      {answer && <Answered answer={answer} />}
    </section>
  );
}

function Answered({ answer: { faults, groups, same, undecided, events, more } }: { answer: Answer }) {
  if (faults.length > 0) {
    return (
      <ul class="error" aria-label="faults">
        {faults.map(({ line, column, message, fix }) => (
          <li key={`${line}:${column}:${message}`}>{printable(`${line}:${column}: ${message}; ${fix}`)}</li>
        ))}
      </ul>
    );
  }
  return (
    <div role="status">
      <p>
        {events} actions{more ? ', and older ones that were not looked at' : ''}: {same} as before,{' '}
        {undecided} that cannot be decided from the record.
      </p>
      {groups.length === 0 ? (
        <Empty of="differences" />
      ) : (
        <Table head={['Agent', '', 'Times', 'What', 'By', 'Such as']}>
          {groups.map((group) => (
            <tr key={JSON.stringify([group.agent, group.difference, group.category, group.why])}>
              <td>{agentName(group.agent)}</td>
              <td class={group.difference === 'newly allowed' ? 'good' : 'bad'}>
                {group.after === 'hold' ? 'newly held' : group.difference}
              </td>
              <td>{group.count}</td>
              <td>{group.category}</td>
              <td>{printable(group.why)}</td>
              <td class="target">{group.examples.map(printable).join('  ')}</td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
