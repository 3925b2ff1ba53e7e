/**
 * Runs, the newest first, with what was refused in them.
 */
import { printable } from '../base/printable.ts';
import { call } from './api.ts';
import { Empty, Shown, Table } from './parts.tsx';
import { useAsked } from './use.ts';
import { agentName, dateText, milliseconds, short } from './words.ts';

export interface RunSummary {
  run?: string;
  agent?: string;
  host?: string;
  events?: string;
  firstUnixNs?: string;
  lastUnixNs?: string;
  tallies?: { kind?: string; verdict?: string; would?: string; events?: string }[];
  started?: { argv?: string[]; adopted?: string; user?: string; workspace?: string; unenforced?: string[] };
  ended?: { code?: number; signal?: number };
}

const REFUSED = ['VERDICT_DENY', 'VERDICT_HOLD'];

export function refusedIn({ tallies = [] }: RunSummary): number {
  return sum(tallies.filter(({ verdict }) => REFUSED.includes(verdict ?? '')));
}

function wouldIn({ tallies = [] }: RunSummary): number {
  return sum(
    tallies.filter(({ verdict, would }) => !REFUSED.includes(verdict ?? '') && REFUSED.includes(would ?? '')),
  );
}

function sum(tallies: { events?: string }[]): number {
  return tallies.reduce((total, { events }) => total + Number(events ?? 0), 0);
}

export function endText({ ended }: RunSummary): string {
  if (!ended) return 'under way';
  return ended.signal ? `signal ${ended.signal}` : `status ${ended.code ?? 0}`;
}

export function Runs() {
  const asked = useAsked(() => call<{ runs?: RunSummary[] }>('listRuns', { pageSize: 200 }), 3000, 'runs');
  return (
    <>
      <h1>Runs</h1>
      <Shown asked={asked}>
        {({ runs = [] }) =>
          runs.length === 0 ? (
            <Empty of="runs" />
          ) : (
            <Table head={['Run', 'Agent', 'Host', 'Command', 'Began', 'End', 'Events', 'Refused']}>
              {runs.map((run) => (
                <tr key={run.run}>
                  <td>
                    <a href={`#/run/${run.run}`}>{short(run.run)}</a>
                  </td>
                  <td>{agentName(run.agent)}</td>
                  <td>{printable(run.host ?? '')}</td>
                  <td class="command">
                    {printable(run.started?.adopted ?? (run.started?.argv ?? []).join(' '))}
                  </td>
                  <td>{dateText(milliseconds(run.firstUnixNs))}</td>
                  <td>{endText(run)}</td>
                  <td>{run.events}</td>
                  <td class={refusedIn(run) > 0 ? 'bad' : ''}>
                    {refusedIn(run) || ''}
                    {wouldIn(run) > 0 ? ` (${wouldIn(run)} would be)` : ''}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
    </>
  );
}
