/**
 * Events as JSON, as docs/events.md has them: the contract's form.
 */
export { eventJson, loggedEventJson, plainJson } from '../contract/json.ts';
