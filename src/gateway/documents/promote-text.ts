/**
 * `spec.mode: enforce` written into a document's text; comments, order and layout stay.
 *
 * In:  the text of one document that loads.
 * Out: the text with that one word changed or added.
 */
import { parseDocument } from 'yaml';

export function enforcing(text: string): string {
  const document = parseDocument(text);
  document.setIn(['spec', 'mode'], 'enforce');
  return document.toString({ lineWidth: 0 });
}
