/**
 * One run: its processes as a tree, its refusals with their reasons, a time line, and its events as they come.
 */
import { useState } from 'preact/hooks';
import { printable } from '../base/printable.ts';
import { type ApiError, call, type Decision, type Exec, type Logged, type Session } from './api.ts';
import { useLiveEvents } from './events.ts';
import { Watched } from './live.tsx';
import { Empty, Shown, Table } from './parts.tsx';
import { endText, type RunSummary } from './runs.tsx';
import { TimeLine } from './time-line.tsx';
import { useAsked } from './use.ts';
import { agentName, baseName, eventWords, isRefusal, rulingWord, whyText } from './words.ts';

interface ProcessNode {
  execId?: string;
  parentExecId?: string;
  pid?: number;
  user?: string;
  firstIndex?: string;
  endedUnixNs?: string;
  exited?: { code?: number; signal?: number };
  programs?: { exec?: Exec; decision?: Decision }[];
  refused?: string;
}

const PARTS = ['events', 'processes', 'refused'] as const;

export function Run({ run, who }: { run: string; who: Session }) {
  const [part, setPart] = useState<(typeof PARTS)[number]>('events');
  const shown = useLiveEvents({ run });
  const summary = useAsked(() => summaryOf(run), 3000, run);
  return (
    <div class="full">
      <h1>Run {run}</h1>
      <Shown asked={summary}>{(found) => <Summary summary={found} who={who} />}</Shown>
      <TimeLine events={shown.events} />
      <div class="bar" role="tablist">
        {PARTS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={name === part}
            onClick={() => setPart(name)}
          >
            {name}
          </button>
        ))}
      </div>
      {part === 'events' && <Watched shown={shown} />}
      {part === 'processes' && <Tree run={run} />}
      {part === 'refused' && <Refused events={shown.events} />}
    </div>
  );
}

async function summaryOf(run: string): Promise<RunSummary> {
  const { runs = [] } = await call<{ runs?: RunSummary[] }>('listRuns', { pageSize: 500 });
  return runs.find((one) => one.run === run) ?? { run };
}

function Summary({ summary, who }: { summary: RunSummary; who: Session }) {
  const { agent, host, started, ended } = summary;
  return (
    <div class="summary">
      <p>
        {agentName(agent)} on {printable(host ?? '')}: {endText(summary)}.{' '}
        <code>{printable((started?.argv ?? []).join(' '))}</code>
      </p>
      {(started?.unenforced ?? []).length > 0 && (
        <details>
          <summary>
            {started!.unenforced!.length} parts of the policy that this host keeps by less than prevention
          </summary>
          <ul>
            {started!.unenforced!.map((text) => (
              <li key={text}>{printable(text)}</li>
            ))}
          </ul>
        </details>
      )}
      {!ended && who.roles.includes('host-admin') && <Commands run={summary.run!} />}
    </div>
  );
}

/** CommandKind of the contract. */
const KINDS = { suspend: 1, resume: 2, kill: 3 } as const;

function Commands({ run }: { run: string }) {
  const [said, setSaid] = useState('');
  const give = async (name: keyof typeof KINDS): Promise<void> => {
    try {
      type Answer = { result?: { done?: boolean; message?: string } };
      const { result } = await call<Answer>('commandRun', { run, kind: KINDS[name], because: 'console' });
      setSaid(result?.done ? `${name}: done` : `${name}: ${result?.message ?? 'waits for its host'}`);
    } catch (error) {
      setSaid((error as ApiError).message);
    }
  };
  return (
    <p class="bar">
      {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((name) => (
        <button key={name} type="button" onClick={() => give(name)}>
          {name}
        </button>
      ))}
      <span role="status">{printable(said)}</span>
    </p>
  );
}

function Refused({ events }: { events: readonly Logged[] }) {
  const groups = new Map<
    string,
    { action: string; target: string; word: string; why: string; count: number }
  >();
  for (const logged of events) {
    if (!isRefusal(logged)) continue;
    const { action, target, word, why } = eventWords(logged);
    const key = JSON.stringify([action, target, word, why]);
    const group = groups.get(key) ?? { action, target, word, why, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  if (groups.size === 0) return <Empty of="refusals among the events here" />;
  return (
    <div class="scroll">
      <Table head={['Outcome', 'Action', 'Target', 'Times', 'Rule, and why']}>
        {[...groups].map(([key, { action, target, word, why, count }]) => (
          <tr key={key} class={word}>
            <td class="word">{word}</td>
            <td>{action}</td>
            <td class="target">{target}</td>
            <td>{count}</td>
            <td>{why}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Tree({ run }: { run: string }) {
  const asked = useAsked(
    () => call<{ processes?: ProcessNode[] }>('getProcessTree', { run, pageSize: 5000 }),
    2000,
    run,
  );
  return (
    <div class="scroll tree" role="tree" aria-label="processes">
      <Shown asked={asked}>{({ processes = [] }) => <Branches processes={processes} />}</Shown>
    </div>
  );
}

function Branches({ processes }: { processes: readonly ProcessNode[] }) {
  const ids = new Set(processes.map(({ execId }) => execId));
  const children = new Map<string, ProcessNode[]>();
  for (const process of processes) {
    const above =
      ids.has(process.parentExecId) && process.parentExecId !== process.execId ? process.parentExecId! : '';
    children.set(above, [...(children.get(above) ?? []), process]);
  }
  const lines: { process: ProcessNode; depth: number }[] = [];
  const waiting = [...(children.get('') ?? [])].reverse().map((process) => ({ process, depth: 0 }));
  // Not by recursion: an agent chooses how deep it forks.
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    lines.push(at);
    const { process, depth } = at;
    for (const child of [...(children.get(process.execId ?? '') ?? [])].reverse())
      waiting.push({ process: child, depth: depth + 1 });
  }
  return (
    <>
      {lines.map(({ process, depth }) => (
        <Branch key={process.execId} process={process} depth={depth} />
      ))}
    </>
  );
}

function Branch({ process, depth }: { process: ProcessNode; depth: number }) {
  const { pid, user, exited, endedUnixNs, programs = [], refused } = process;
  const end = exited
    ? exited.signal
      ? `signal ${exited.signal}`
      : `status ${exited.code ?? 0}`
    : endedUnixNs
      ? 'ended'
      : '';
  return (
    <div
      role="treeitem"
      aria-level={depth + 1}
      tabIndex={-1}
      class={end ? 'over' : 'running'}
      style={{ paddingLeft: `${Math.min(depth, 40) * 18}px` }}
    >
      <b>{pid}</b> {programs.length === 0 && <i>forked</i>}
      {programs.map(({ exec, decision }, at) => {
        const word = rulingWord(decision);
        const shown = word === 'allowed' ? '' : word;
        return (
          <span key={at} class={`program ${shown}`} title={whyText(decision)}>
            {baseName(exec?.path) && printable([exec?.path ?? '', ...(exec?.argv ?? []).slice(1)].join(' '))}
            {shown && <b class="word"> {shown}</b>}
          </span>
        );
      })}
      <span class="quiet">
        {' '}
        {printable(user ?? '')} {end}
        {Number(refused ?? 0) > 0 ? ` ${refused} refused` : ''}
      </span>
    </div>
  );
}
