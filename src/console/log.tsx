/**
 * The log as evidence: its last checkpoint as it is signed, and what was lost on the way into it.
 */
import { printable } from '../base/printable.ts';
import { call, type Logged } from './api.ts';
import { Empty, Shown, Table } from './parts.tsx';
import { useAsked } from './use.ts';
import { dateText, eventWords, milliseconds, short } from './words.ts';

interface Evidence {
  note?: string;
  verifierKey?: string;
}

const LOSSES = 200;

export function Log() {
  const checkpoint = useAsked(() => call<Evidence>('getCheckpoint'), 5000, 'checkpoint');
  const request = { filter: { kinds: ['loss'] }, newestFirst: true, pageSize: LOSSES };
  const losses = useAsked(() => call<{ events?: Logged[] }>('query', request), 10_000, 'losses');
  const own = useAsked(
    () =>
      call<{ events?: Logged[] }>('query', {
        filter: { kinds: ['gateway'] },
        newestFirst: true,
        pageSize: 100,
      }),
    5000,
    'own',
  );
  return (
    <>
      <h1>Checkpoint</h1>
      <Shown asked={checkpoint}>
        {({ note = '', verifierKey = '' }) => (
          <>
            <p>
              {note.split('\n')[1]} events, root {note.split('\n')[2]}; signed by {printable(verifierKey)}
            </p>
            <pre>{note.split('\n').map(printable).join('\n')}</pre>
          </>
        )}
      </Shown>
      <h1>Lost before the log</h1>
      <Shown asked={losses}>
        {({ events = [] }) => (events.length === 0 ? <Empty of="losses" /> : <Events events={events} />)}
      </Shown>
      <h1>What was done at this gateway</h1>
      <Shown asked={own}>
        {({ events = [] }) => (events.length === 0 ? <Empty of="acts" /> : <Events events={events} />)}
      </Shown>
    </>
  );
}

function Events({ events }: { events: readonly Logged[] }) {
  return (
    <Table head={['Index', 'Time', 'Host', 'Run', 'What', '']}>
      {events.map((logged) => {
        const { action, target } = eventWords(logged);
        return (
          <tr key={logged.index}>
            <td>{logged.index}</td>
            <td>{dateText(milliseconds(logged.event?.timeUnixNs))}</td>
            <td>{printable(logged.host ?? '')}</td>
            <td>{short(logged.event?.run)}</td>
            <td>{action}</td>
            <td class="target">{target}</td>
          </tr>
        );
      })}
    </Table>
  );
}
