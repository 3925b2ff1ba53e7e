/**
 * Everything that happens, as it happens; or only what was refused.
 */
import { useMemo, useState } from 'preact/hooks';
import { EventList } from './event-list.tsx';
import { type LiveEvents, useLiveEvents } from './events.ts';
import { eventWords, isRefusal } from './words.ts';

export function Live() {
  return (
    <div class="full">
      <h1>Live</h1>
      <Watched shown={useLiveEvents({})} />
    </div>
  );
}

/** Events with a choice of what is shown of them. */
export function Watched({ shown }: { shown: LiveEvents }) {
  const [refused, setRefused] = useState(false);
  const [text, setText] = useState('');
  const { events, total, missed, live } = shown;
  const wanted = useMemo(
    () => events.filter((logged) => (!refused || isRefusal(logged)) && (text === '' || has(logged, text))),
    [events, events.length, events.at(-1)?.index, refused, text],
  );
  return (
    <>
      <p class="bar">
        <label>
          <input
            type="checkbox"
            checked={refused}
            onChange={(change) => setRefused(change.currentTarget.checked)}
          />
          only refused
        </label>
        <label>
          containing
          <input type="search" value={text} onInput={(input) => setText(input.currentTarget.value)} />
        </label>
        <span class={live ? 'good' : 'bad'} role="status">
          {live ? 'live' : 'not connected'}
        </span>
        <span class="quiet">
          {wanted.length} of {total} events{missed > 0 ? `, ${missed} missed` : ''}
        </span>
      </p>
      <EventList events={wanted} label="events" />
    </>
  );
}

function has(logged: Parameters<typeof eventWords>[0], text: string): boolean {
  const { agent, who, action, target, why } = eventWords(logged);
  return `${agent} ${who} ${action} ${target} ${why}`.toLowerCase().includes(text.toLowerCase());
}
