/**
 * Rules of the configuration: what is to be adopted, and as which agent.
 *
 * In:  things of the host that can be adopted, as they are called; rules in the order in which they stand.
 * Out: the agent of the first rule that names the thing; nothing for what no rule names.
 *
 * In an agent's name `${name}`, `${instance}` and `${label:KEY}` stand for what the thing says of itself. Each becomes
 * part of one name: it can never reach into the next level, so that whoever chooses a container's label chooses among
 * the agents that the rule's own words leave open, and no others.
 */
import { isAgentName, parseAgentId } from '../../contract/agent-id.ts';
import { TRUST_DOMAIN } from '../local/permissions.ts';
import type { Container } from './engine.ts';

export interface AdoptionRule {
  /** `ORG/TEAM/NAME` with `${…}` in it. */
  agent: string;
  workspace?: string | undefined;
  units: readonly string[];
  cgroups: readonly string[];
  executables: readonly string[];
  containers?: ContainerRule | undefined;
}

/** All of these must hold. */
export interface ContainerRule {
  name?: string | undefined;
  image?: string | undefined;
  labels: Readonly<Record<string, string>>;
}

/** What a thing says of itself. */
export interface Naming {
  name: string;
  instance?: string;
  labels?: Readonly<Record<string, string>>;
}

export type TemplateKind = 'units' | 'cgroups' | 'executables' | 'containers';

const VARIABLE = /\$\{(name|instance|label:[^}]*)\}/g;
const NAME_MOST = 64;
const UNNAMED = 'unnamed';

/** `*` is any text but a slash, `**` any text, `?` one character; a label's `*` may hold slashes. */
export function matchesGlob(pattern: string, text: string, slashes = false): boolean {
  const source = pattern.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return slashes ? '.*' : '[^/]*';
    return part === '?' ? '[^/]' : `\\${part}`;
  });
  return new RegExp(`^${source}$`, 's').test(text);
}

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

export function containerMatches({ name, image, labels }: ContainerRule, container: Container): boolean {
  return (
    (name === undefined || matchesGlob(name, container.name)) &&
    (image === undefined || matchesGlob(image, container.image, true)) &&
    Object.entries(labels).every(([key, pattern]) => {
      const value = container.labels[key];
      return value !== undefined && matchesGlob(pattern, value, true);
    })
  );
}

/** `agent@coder.service` is called agent, its instance coder. */
export function unitNaming(unit: string): Naming {
  const [, name = unit, instance] = /^([^@]+)(?:@(.*))?\.(?:service|scope|slice)$/.exec(unit) ?? [];
  return { name, ...(instance ? { instance } : {}) };
}

/** The SPIFFE ID. Every value becomes a name, whatever is in it: what a rule names is never left alone for its name. */
export function agentOf(template: string, { name, instance, labels = {} }: Naming): string {
  const path = template.replace(VARIABLE, (_, variable: string) => {
    const value =
      variable === 'name'
        ? name
        : variable === 'instance'
          ? (instance ?? name)
          : (labels[variable.slice('label:'.length)] ?? '');
    return namePart(value);
  });
  const [org = '', team = '', agent = ''] = path.split('/');
  const id = `spiffe://${TRUST_DOMAIN}/${[org, team, agent].map(wholeName).join('/')}`;
  parseAgentId(id);
  return id;
}

function namePart(value: string): string {
  return value.replace(/[^A-Za-z0-9._-]/g, '_') || UNNAMED;
}

function wholeName(name: string): string {
  const cut = name.slice(0, NAME_MOST);
  return cut === '.' || cut === '..' ? UNNAMED : cut;
}

/** What is wrong with a template for rules of these kinds; undefined for nothing. */
export function templateFault(template: string, kinds: readonly TemplateKind[]): string | undefined {
  const rest = template.replace(VARIABLE, 'x');
  const parts = rest.split('/');
  if (parts.length !== 3) return 'has not three parts';
  if (!parts.every(isAgentName)) {
    const unknown = /\$\{[^}]*\}?/.exec(rest)?.[0];
    return unknown ? `has ${unknown} in it, which stands for nothing` : 'has a part that is no name';
  }
  const variables = [...template.matchAll(VARIABLE)].map(([, variable = '']) => variable);
  if (variables.some((one) => one.startsWith('label:')) && !kinds.every((kind) => kind === 'containers')) {
    return 'has ${label:…} in it, which only containers have';
  }
  if (variables.includes('instance') && !kinds.every((kind) => kind === 'units')) {
    return 'has ${instance} in it, which only units have';
  }
  return undefined;
}
