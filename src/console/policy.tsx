/**
 * Policy documents, and what is effective for an agent, layer by layer.
 */
import { useState } from 'preact/hooks';
import { printable } from '../base/printable.ts';
import { call, type Session } from './api.ts';
import { Empty, Shown, Table } from './parts.tsx';
import { useAsked } from './use.ts';
import { WhatIf } from './what-if.tsx';
import { dateText } from './words.ts';

interface Version {
  scope?: string;
  name?: string;
  version?: string;
  text?: string;
  mode?: number;
  author?: string;
  timeUnixMs?: string;
  file?: string;
}

interface Layer {
  scope?: string;
  name?: string;
  mode?: number;
  categories?: { category?: string; rules?: { effect?: number; pattern?: string; because?: string }[] }[];
}

interface Effective {
  policy?: { layers?: Layer[] };
  address?: string;
  refusal?: string;
}

/** Mode and Effect of the contract. */
const MODES = ['', 'monitor', 'enforce'];
const EFFECTS = ['', 'allow', 'hold', 'deny'];

export function Policy(_: { who: Session }) {
  const agents = useAsked(() => call<{ agents?: { agent?: string }[] }>('listAgents'), 30_000, 'agents');
  const documents = useAsked(() => call<{ policies?: Version[] }>('listPolicies'), 10_000, 'policies');
  const [agent, setAgent] = useState(decodeURIComponent(location.hash.split('/')[2] ?? ''));
  return (
    <>
      <h1>Documents</h1>
      <Shown asked={documents}>
        {({ policies = [] }) =>
          policies.length === 0 ? <Empty of="documents" /> : <Documents versions={policies} />
        }
      </Shown>
      <h1>Effective</h1>
      <Shown asked={agents}>
        {({ agents: known = [] }) => (
          <p class="bar">
            <label>
              for{' '}
              <input
                list="agents"
                size={60}
                value={agent}
                onChange={(change) => setAgent(change.currentTarget.value)}
                placeholder="spiffe://…"
              />
            </label>
            <datalist id="agents">
              {known.map(({ agent: id }) => (
                <option key={id} value={id} />
              ))}
            </datalist>
          </p>
        )}
      </Shown>
      {agent && <EffectiveFor key={agent} agent={agent} />}
    </>
  );
}

function Documents({ versions }: { versions: readonly Version[] }) {
  const [shown, setShown] = useState<string>();
  const kept = versions.find(({ scope, name }) => `${scope}:${name}` === shown)?.file;
  return (
    <>
      <Table head={['Document', 'Mode', 'Version', 'By', 'Since', 'Kept in']}>
        {versions.map(({ scope, name, mode, version, author, timeUnixMs, file }) => (
          <tr key={`${scope}:${name}`}>
            <td>
              <button type="button" class="link" onClick={() => setShown(`${scope}:${name}`)}>
                {printable(`${scope}:${name}`)}
              </button>
            </td>
            <td>{MODES[mode ?? 0]}</td>
            <td>{version}</td>
            <td>{printable(author ?? '')}</td>
            <td>{dateText(Number(timeUnixMs ?? 0))}</td>
            <td>{printable(file ?? 'the gateway')}</td>
          </tr>
        ))}
      </Table>
      {shown && kept && (
        <>
          <p class="quiet">
            {printable(shown)} is kept in {printable(kept)} at the gateway, and its text is not here: paste
            it, with a change.
          </p>
          <WhatIf key={shown} text="" />
        </>
      )}
      {shown && !kept && <Text key={shown} policy={shown} />}
    </>
  );
}

function Text({ policy }: { policy: string }) {
  const asked = useAsked(() => call<Version>('getPolicy', { policy }), 30_000, policy);
  const [edits, setEdits] = useState(false);
  return (
    <Shown asked={asked}>
      {({ text = '' }) =>
        edits ? (
          <WhatIf text={text} />
        ) : (
          <>
            <pre class="text">{text.split('\n').map(printable).join('\n')}</pre>
            <button type="button" onClick={() => setEdits(true)}>
              Try a change
            </button>
          </>
        )
      }
    </Shown>
  );
}

function EffectiveFor({ agent }: { agent: string }) {
  const asked = useAsked(() => call<Effective>('getEffectivePolicy', { agent }), 10_000, agent);
  return (
    <Shown asked={asked}>
      {({ policy, address, refusal }) =>
        refusal ? (
          <p class="error">{printable(refusal)}</p>
        ) : (
          <>
            <p class="quiet">{address}</p>
            {(policy?.layers ?? []).map((layer) => (
              <LayerRules key={`${layer.scope}:${layer.name}`} layer={layer} />
            ))}
          </>
        )
      }
    </Shown>
  );
}

function LayerRules({ layer: { scope, name, mode, categories = [] } }: { layer: Layer }) {
  return (
    <details open={scope !== 'builtin'} class="layer">
      <summary>
        {printable(`${scope}:${name}`)} {MODES[mode ?? 0]}
      </summary>
      {categories.map(({ category, rules = [] }) => (
        <div key={category}>
          <h3>{category}</h3>
          <ul>
            {rules.map(({ effect, pattern, because }, at) => (
              <li key={at} class={EFFECTS[effect ?? 0] ?? ''}>
                <b>{EFFECTS[effect ?? 0]}</b> {printable(pattern ?? '')}
                {because ? <em> {printable(because)}</em> : null}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}
