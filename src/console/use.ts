/**
 * Data of a view: asked for at once, and again every so often while the page is looked at.
 */
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Asked<T> {
  value: T | undefined;
  error: (Error & { fix?: string }) | undefined;
  again(): void;
}

export function useAsked<T>(ask: () => Promise<T>, everyMs: number, key: string): Asked<T> {
  const [state, setState] = useState<{ value?: T; error?: Error }>({});
  const again = useCallback(() => {
    ask().then(
      (value) => setState({ value }),
      (error: Error) => setState((before) => ({ ...before, error })),
    );
  }, [key]);
  useEffect(() => {
    setState({});
    again();
    const timer = setInterval(() => !document.hidden && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value: state.value, error: state.error, again };
}
