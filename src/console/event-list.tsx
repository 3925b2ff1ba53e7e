/**
 * A list of events of which only the rows in sight are in the page: ten thousand cost as much as fifty.
 *
 * Keys: up, down, page up, page down, home, end move the choice; enter opens it, escape closes it. At the end it follows
 * what comes, until somebody scrolls up.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Logged } from './api.ts';
import { Details } from './details.tsx';
import { eventWords } from './words.ts';

const ROW = 24;
const MARGIN = 12;

export function EventList({ events, label }: { events: readonly Logged[]; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [follow, setFollow] = useState(true);
  const [chosen, setChosen] = useState<string>();
  const [open, setOpen] = useState<Logged>();

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const resize = new ResizeObserver(() => setHeight(element.clientHeight));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = events.length * ROW;
  }, [events.length, follow, height]);

  const at = chosen === undefined ? -1 : events.findIndex(({ index }) => index === chosen);
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const last = Math.min(events.length, Math.ceil((top + height) / ROW) + MARGIN);
  const choose = (index: number): void => {
    const next = Math.max(0, Math.min(events.length - 1, index));
    setChosen(events[next]?.index);
    setFollow(next === events.length - 1);
    const element = box.current;
    if (!element) return;
    if (next * ROW < element.scrollTop) element.scrollTop = next * ROW;
    else if ((next + 1) * ROW > element.scrollTop + height) element.scrollTop = (next + 1) * ROW - height;
  };
  const page = Math.max(1, Math.floor(height / ROW) - 1);
  const from = at < 0 ? events.length - 1 : at;
  const moves: Record<string, () => void> = {
    ArrowDown: () => choose(at < 0 ? events.length - 1 : at + 1),
    ArrowUp: () => choose(from - 1),
    PageDown: () => choose(from + page),
    PageUp: () => choose(from - page),
    Home: () => choose(0),
    End: () => choose(events.length - 1),
    Enter: () => setOpen(events[at]),
    Escape: () => setOpen(undefined),
  };

  return (
    <div class="events">
      <div
        ref={box}
        class="rows"
        role="listbox"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={chosen === undefined ? undefined : `event-${chosen}`}
        onScroll={(scroll) => {
          const { scrollTop, clientHeight, scrollHeight } = scroll.currentTarget;
          setTop(scrollTop);
          setFollow(scrollTop + clientHeight >= scrollHeight - ROW);
        }}
        onKeyDown={(key) => {
          const move = moves[key.key];
          if (!move) return;
          key.preventDefault();
          move();
        }}
      >
        <div class="spacer" style={{ height: `${events.length * ROW}px` }}>
          {events.slice(first, last).map((logged, offset) => (
            <Row
              key={logged.index ?? '0'}
              logged={logged}
              y={(first + offset) * ROW}
              chosen={logged.index === chosen}
              onOpen={() => {
                setChosen(logged.index);
                setOpen(logged);
              }}
            />
          ))}
        </div>
      </div>
      {open && <Details logged={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

interface RowProps {
  logged: Logged;
  y: number;
  chosen: boolean;
  onOpen(): void;
}

function Row({ logged, y, chosen, onOpen }: RowProps) {
  const { time, agent, who, action, target, word, why } = eventWords(logged);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the list's
    <div
      id={`event-${logged.index}`}
      class={`row ${word}${chosen ? ' chosen' : ''}`}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      style={{ top: `${y}px` }}
      onClick={onOpen}
    >
      <span class="time">{time}</span>
      <span class="agent">{agent}</span>
      <span class="who">{who}</span>
      <span class="action">{action}</span>
      <span class="word">{word === 'allowed' ? '' : word}</span>
      <span class="target">
        {target}
        {why && <em> ← {why}</em>}
      </span>
    </div>
  );
}
