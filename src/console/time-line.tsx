/**
 * When things happened: events by time in BINS bars, those that were refused on top in their own colour.
 */
import type { Logged } from './api.ts';
import { dateText, isRefusal, milliseconds } from './words.ts';

const BINS = 120;
const HEIGHT = 40;

export function TimeLine({ events }: { events: readonly Logged[] }) {
  const times = events.map(({ event }) => milliseconds(event?.timeUnixNs)).filter((ms) => ms > 0);
  if (times.length < 2) return null;
  const first = times.reduce((a, b) => Math.min(a, b));
  const span = Math.max(1, times.reduce((a, b) => Math.max(a, b)) - first);
  const bins = Array.from({ length: BINS }, () => ({ all: 0, refused: 0 }));
  for (const logged of events) {
    const ms = milliseconds(logged.event?.timeUnixNs);
    const bin = bins[Math.min(BINS - 1, Math.floor(((ms - first) / span) * BINS))];
    if (!bin || ms === 0) continue;
    bin.all++;
    if (isRefusal(logged)) bin.refused++;
  }
  const most = Math.max(...bins.map(({ all }) => all));
  // By the square root: one refusal beside a thousand opens still shows.
  const height = (count: number) => (count === 0 ? 0 : Math.max(2, Math.sqrt(count / most) * HEIGHT));
  return (
    <svg
      class="time-line"
      viewBox={`0 0 ${BINS} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${events.length} events from ${dateText(first)} on`}
    >
      {bins.map(({ all, refused }, at) => (
        <g key={at}>
          <rect x={at} width={0.8} y={HEIGHT - height(all)} height={height(all)} class="all" />
          <rect x={at} width={0.8} y={HEIGHT - height(refused)} height={height(refused)} class="refused" />
        </g>
      ))}
    </svg>
  );
}
