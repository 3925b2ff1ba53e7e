/**
 * Logging in with a key of the gateway. The key goes to the gateway once and is kept nowhere in the browser.
 */
import { useState } from 'preact/hooks';
import { type ApiError, post, type Session, session } from './api.ts';

export function Login({ onSession }: { onSession(session: Session): void }) {
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const logIn = async (form: HTMLFormElement): Promise<void> => {
    const field = form.elements.namedItem('key') as HTMLInputElement;
    const key = field.value.trim();
    setBusy(true);
    setError(undefined);
    try {
      await post('/api/login', { key });
      const found = await session();
      if (found) onSession(found);
    } catch (failure) {
      field.value = '';
      field.focus();
      setError(failure as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class="login"
      onSubmit={(submit) => {
        submit.preventDefault();
        void logIn(submit.currentTarget);
      }}
    >
      <h1>Warder</h1>
      <label>
        Key
        <input name="key" type="password" autocomplete="off" required autofocus />
      </label>
      <button type="submit" disabled={busy}>
        Log in
      </button>
      {error && (
        <p class="error" role="alert">
          {error.message}
          <br />
          {error.fix}
        </p>
      )}
    </form>
  );
}
