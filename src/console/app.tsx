/**
 * The page as a whole: logging in, and the views by the address's fragment.
 *
 * Keys: g and then the first letter of a view goes there; ? shows the keys.
 */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { post, type Session, session } from './api.ts';
import { Fleet } from './fleet.tsx';
import { Holds, useHolds } from './holds.tsx';
import { Live } from './live.tsx';
import { Log } from './log.tsx';
import { Login } from './login.tsx';
import { Policy } from './policy.tsx';
import { Run } from './run.tsx';
import { Runs } from './runs.tsx';

const VIEWS = [
  ['fleet', 'Fleet'],
  ['runs', 'Runs'],
  ['live', 'Live'],
  ['holds', 'Holds'],
  ['policy', 'Policy'],
  ['log', 'Log'],
] as const;

export function App() {
  const [who, setWho] = useState<Session | null>();
  useEffect(() => {
    session().then(
      (found) => setWho(found ?? null),
      () => setWho(null),
    );
  }, []);
  if (who === undefined) return null;
  if (who === null) return <Login onSession={setWho} />;
  return <Console who={who} onEnd={() => setWho(null)} />;
}

function Console({ who, onEnd }: { who: Session; onEnd(): void }) {
  const [view = 'fleet', ...rest] = useFragment();
  const [keys, setKeys] = useState(false);
  const holds = useHolds();
  useKeys(() => setKeys((shown) => !shown));
  // The session is over, or its key.
  const over = holds.error && 'status' in holds.error && holds.error.status === 401;
  useEffect(() => {
    if (over) onEnd();
  }, [over]);
  const { holds: told = [], leftOut = 0 } = holds.value ?? {};
  const waiting = told.filter(({ state }) => state === 'pending').length + leftOut;
  const leave = async (): Promise<void> => {
    await post('/api/logout', {}).catch(() => {});
    onEnd();
  };
  return (
    <>
      <header>
        <strong>Warder</strong>
        <nav>
          {VIEWS.map(([name, text]) => (
            <a key={name} href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
              {text}
              {name === 'holds' && waiting > 0 && <b class="count">{waiting}</b>}
            </a>
          ))}
        </nav>
        <span class="session">
          {who.name} ({who.roles.join(', ')})
          <button type="button" onClick={leave}>
            Log out
          </button>
        </span>
      </header>
      <main>
        {view === 'fleet' && <Fleet />}
        {view === 'runs' && <Runs />}
        {view === 'run' && rest[0] && <Run run={rest[0]} who={who} />}
        {view === 'live' && <Live />}
        {view === 'holds' && <Holds holds={holds} mayAnswer={who.roles.includes('approver')} />}
        {view === 'policy' && <Policy who={who} />}
        {view === 'log' && <Log />}
      </main>
      {keys && <Keys onClose={() => setKeys(false)} />}
    </>
  );
}

function Keys({ onClose }: { onClose(): void }) {
  return (
    <dialog open class="keys" aria-label="keys">
      <p>g then f, r, l, h, p, o: fleet, runs, live, holds, policy, log</p>
      <p>in a list: arrows, page up, page down, home, end; enter opens, escape closes</p>
      <p>?: these keys</p>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}

function useFragment(): string[] {
  const read = useCallback(
    () => location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent),
    [],
  );
  const [parts, setParts] = useState(read);
  useEffect(() => {
    const changed = (): void => setParts(read());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return parts;
}

const GOES: Readonly<Record<string, string>> = {
  f: 'fleet',
  r: 'runs',
  l: 'live',
  h: 'holds',
  p: 'policy',
  o: 'log',
};

function useKeys(onHelp: () => void): void {
  useEffect(() => {
    let going = false;
    const pressed = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
      if (
        ctrlKey ||
        metaKey ||
        altKey ||
        (target as HTMLElement).closest('input:not([type=checkbox]), textarea, select')
      )
        return;
      if (key === '?') onHelp();
      if (going && GOES[key]) location.hash = `#/${GOES[key]}`;
      going = key === 'g';
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}
