/**
 * Small parts that views share.
 */
import type { ComponentChildren } from 'preact';
import { printable } from '../base/printable.ts';
import type { Asked } from './use.ts';

/** What was asked for, or why it is not there. */
export function Shown<T>({ asked, children }: { asked: Asked<T>; children(value: T): ComponentChildren }) {
  const { value, error } = asked;
  return (
    <>
      {error && (
        <p class="error" role="alert">
          {printable(error.message)}
          {error.fix ? `: ${printable(error.fix)}` : ''}
        </p>
      )}
      {value !== undefined && children(value)}
      {value === undefined && !error && <p class="quiet">…</p>}
    </>
  );
}

export function Table({ head, children }: { head: readonly string[]; children: ComponentChildren }) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((text) => (
            <th key={text} scope="col">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

export function Empty({ of }: { of: string }) {
  return <p class="quiet">No {of}.</p>;
}
