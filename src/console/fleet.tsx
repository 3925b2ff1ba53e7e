/**
 * Hosts with what runs on them now, and agents with what they did.
 */
import { printable } from '../base/printable.ts';
import { call } from './api.ts';
import { Empty, Shown, Table } from './parts.tsx';
import { useAsked } from './use.ts';
import { dateText, milliseconds, short } from './words.ts';

interface Host {
  host?: string;
  enrolledUnixMs?: string;
  expiresUnixMs?: string;
  revokedUnixMs?: string;
  attached?: boolean;
}

interface Active {
  host?: string;
  run?: { run?: string; agent?: string; startedUnixMs?: string; suspended?: boolean };
}

interface Agent {
  agent?: string;
  runs?: string;
  events?: string;
  firstUnixNs?: string;
  lastUnixNs?: string;
}

interface FleetData {
  hosts: Host[];
  active: Active[];
  /** Runs under way that had no room in the answer. */
  leftOut: number;
  agents: Agent[];
}

async function fleet(): Promise<FleetData> {
  const [{ hosts = [] }, { runs = [], leftOut = 0 }, { agents = [] }] = await Promise.all([
    call<{ hosts?: Host[] }>('listHosts'),
    call<{ runs?: Active[]; leftOut?: number }>('listActiveRuns'),
    call<{ agents?: Agent[] }>('listAgents'),
  ]);
  const known = new Set(hosts.map(({ host }) => host));
  // The gateway's own machine is no host that enrolled.
  const local = [...new Set(runs.map(({ host }) => host))].filter((host) => !known.has(host));
  return {
    hosts: [...hosts, ...local.map((host) => ({ host: host ?? '', attached: true }))],
    active: runs,
    leftOut,
    agents,
  };
}

export function Fleet() {
  const asked = useAsked(fleet, 3000, 'fleet');
  return (
    <Shown asked={asked}>
      {({ hosts, active, leftOut, agents }) => (
        <>
          <h1>Hosts</h1>
          {hosts.length === 0 ? <Empty of="hosts" /> : <Hosts hosts={hosts} active={active} />}
          {leftOut > 0 && <p class="why">{leftOut} more runs are under way than one answer takes</p>}
          <h1>Agents</h1>
          {agents.length === 0 ? <Empty of="agents" /> : <Agents agents={agents} active={active} />}
        </>
      )}
    </Shown>
  );
}

function Hosts({ hosts, active }: Pick<FleetData, 'hosts' | 'active'>) {
  return (
    <Table head={['Host', 'State', 'Certificate until', 'Runs now']}>
      {hosts.map(({ host = '', attached, expiresUnixMs, revokedUnixMs }) => (
        <tr key={host}>
          <td>{printable(host)}</td>
          <td class={attached ? 'good' : 'bad'}>
            {revokedUnixMs ? 'revoked' : attached ? 'attached' : 'away'}
          </td>
          <td>{dateText(Number(expiresUnixMs ?? 0))}</td>
          <td>
            {active
              .filter((one) => one.host === host)
              .map(({ run }) => (
                <a key={run?.run} class="chip" href={`#/run/${run?.run}`}>
                  {printable(run?.agent?.split('/').at(-1) ?? '')} {short(run?.run)}
                  {run?.suspended ? ' suspended' : ''}
                </a>
              ))}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Agents({ agents, active }: Pick<FleetData, 'agents' | 'active'>) {
  return (
    <Table head={['Agent', 'Running', 'Runs', 'Events', 'Last seen']}>
      {agents.map(({ agent = '', runs, events, lastUnixNs }) => (
        <tr key={agent}>
          <td>
            <a href={`#/policy/${encodeURIComponent(agent)}`}>{printable(agent)}</a>
          </td>
          <td>{active.filter(({ run }) => run?.agent === agent).length || ''}</td>
          <td>{runs}</td>
          <td>{events}</td>
          <td>{dateText(milliseconds(lastUnixNs))}</td>
        </tr>
      ))}
    </Table>
  );
}
