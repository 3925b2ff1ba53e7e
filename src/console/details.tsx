/**
 * One event, whole: what the log has of it, every string as printable text.
 */
import { printable } from '../base/printable.ts';
import type { Logged } from './api.ts';
import { eventWords } from './words.ts';

export function Details({ logged, onClose }: { logged: Logged; onClose(): void }) {
  const { action, target, word, why } = eventWords(logged);
  return (
    <aside class="details" aria-label="event">
      <button type="button" class="close" onClick={onClose} aria-label="close">
        ×
      </button>
      <h2>
        {action} <span class={`word ${word}`}>{word}</span>
      </h2>
      <p class="target">{target}</p>
      {why && <p class="why">{why}</p>}
      <dl>
        {fields(logged).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

function fields(value: unknown, name = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((one, at) => fields(one, `${name}[${at}]`));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => fields(inner, name ? `${name}.${key}` : key));
  }
  return [[name, printable(String(value))]];
}
