/**
 * The events that a page shows: the newest KEPT of them, in order of the log, told to the view at most once a frame.
 */
import { useEffect, useReducer, useRef } from 'preact/hooks';
import { type Batch, call, type Logged, watch } from './api.ts';

/** What a browser scrolls through with ease; older ones are asked for by time or run. */
export const KEPT = 10_000;
const FIRST = 1000;

export class EventBuffer {
  events: Logged[] = [];
  /** That were seen here, those no longer kept included. */
  total = 0;
  missed = 0;

  add({ events = [], missed }: Batch): void {
    if (missed) this.missed += Number(missed.toIndex ?? 0) - Number(missed.fromIndex ?? 0);
    this.total += events.length;
    this.events.push(...events);
    // In one step, not once an event.
    if (this.events.length > KEPT + 1000) this.events = this.events.slice(-KEPT);
  }
}

export interface LiveEvents {
  events: readonly Logged[];
  total: number;
  missed: number;
  live: boolean;
}

/** What is in the log, the newest FIRST of it, and then what comes. `filter` is of the stream: run, agent. */
export function useLiveEvents(filter: Record<string, string>): LiveEvents {
  const buffer = useRef(new EventBuffer());
  const live = useRef(false);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const key = JSON.stringify(filter);
  useEffect(() => {
    let frame = 0;
    let stop = (): void => {};
    let gone = false;
    buffer.current = new EventBuffer();
    const soon = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        draw(0);
      });
    };
    const begin = async (): Promise<void> => {
      const past = await newest(filter);
      if (gone) return;
      buffer.current.add({ events: past.events, next: '', end: '' });
      soon();
      const from = past.next === undefined ? {} : { from: past.next };
      stop = watch(
        { ...filter, ...from },
        {
          onBatch: (batch) => {
            buffer.current.add(batch);
            soon();
          },
          onState: (state) => {
            live.current = state;
            soon();
          },
        },
      );
    };
    begin().catch(() => soon());
    return () => {
      gone = true;
      stop();
      cancelAnimationFrame(frame);
    };
  }, [key]);
  const { events, total, missed } = buffer.current;
  return { events, total, missed, live: live.current };
}

/** Oldest first. `next`: the index behind the newest. */
async function newest({ run, agent }: Record<string, string>): Promise<{ events: Logged[]; next?: string }> {
  const filter = { runs: run ? [run] : [], agents: agent ? [agent] : [] };
  const page = await call<{ events?: Logged[] }>('query', { filter, newestFirst: true, pageSize: FIRST });
  const events = (page.events ?? []).reverse();
  const last = events.at(-1)?.index;
  return last === undefined ? { events, next: '0' } : { events, next: String(Number(last) + 1) };
}
