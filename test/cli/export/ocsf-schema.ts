/**
 * What OCSF asks for, of the classes and objects that Warder writes: class ids, categories, activities, required
 * attributes and "at least one of" constraints. Taken from the schema at 1.2.0 and at 1.9.0-dev (schema.ocsf.io); where
 * the two differ, both are asked for.
 */
const BASE = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];

export interface Shape {
  required: readonly string[];
  /** One of them must be there. */
  one?: readonly string[];
  /** Attributes that are objects, by the object's name. */
  objects?: Readonly<Record<string, string>>;
}

export interface ClassShape extends Shape {
  category: number;
  /** 0 and 99 always are. */
  activities: readonly number[];
}

const HOST = { device: 'device', actor: 'actor', metadata: 'metadata' };

export const CLASSES: Readonly<Record<number, ClassShape>> = {
  0: { category: 0, activities: [], required: BASE, objects: HOST },
  1001: {
    category: 1,
    activities: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    required: [...BASE, 'actor', 'device', 'file'],
    objects: { ...HOST, file: 'file', file_result: 'file' },
  },
  1005: {
    category: 1,
    activities: [1, 2],
    required: [...BASE, 'actor', 'device', 'module'],
    objects: { ...HOST, module: 'module' },
  },
  1007: {
    category: 1,
    activities: [1, 2, 3, 4, 5],
    required: [...BASE, 'actor', 'device', 'process'],
    objects: { ...HOST, process: 'process' },
  },
  2004: {
    category: 2,
    activities: [1, 2, 3],
    required: [...BASE, 'finding_info'],
    objects: { ...HOST, finding_info: 'finding_info', policy: 'policy' },
  },
  3003: {
    category: 3,
    activities: [1, 2],
    required: [...BASE, 'user'],
    one: ['privileges', 'group'],
    objects: { ...HOST, user: 'user' },
  },
  4001: {
    category: 4,
    activities: [1, 2, 3, 4, 5, 6],
    required: [...BASE, 'src_endpoint', 'dst_endpoint'],
    objects: {
      ...HOST,
      src_endpoint: 'network_endpoint',
      dst_endpoint: 'network_endpoint',
      connection_info: 'network_connection_info',
    },
  },
  4003: {
    category: 4,
    activities: [1, 2, 6],
    required: [...BASE, 'query', 'query_time', 'src_endpoint'],
    objects: {
      ...HOST,
      query: 'dns_query',
      src_endpoint: 'network_endpoint',
      dst_endpoint: 'network_endpoint',
    },
  },
  6002: {
    category: 6,
    activities: [1, 2, 3, 4],
    required: [...BASE, 'app'],
    objects: { ...HOST, app: 'product' },
  },
};

export const OBJECTS: Readonly<Record<string, Shape>> = {
  metadata: { required: ['product', 'version'], objects: { product: 'product' } },
  dns_query: { required: ['hostname'] },
  product: { required: ['vendor_name'], one: ['name', 'uid'] },
  device: { required: ['type_id'], one: ['hostname', 'uid', 'ip', 'name'], objects: { os: 'os' } },
  os: { required: ['name', 'type_id'] },
  actor: {
    required: [],
    one: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
    objects: { process: 'process', user: 'user' },
  },
  process: {
    required: [],
    one: ['pid', 'uid'],
    objects: { file: 'file', user: 'user', parent_process: 'process' },
  },
  file: { required: ['name', 'type_id'] },
  user: { required: [], one: ['account', 'name', 'uid'] },
  module: { required: ['load_type_id'], objects: { file: 'file' } },
  finding_info: { required: ['title', 'uid'] },
  policy: { required: [], one: ['name', 'uid'] },
  network_endpoint: { required: [], one: ['ip', 'uid', 'name', 'hostname', 'svc_name'] },
  network_connection_info: { required: ['direction_id'] },
};

/** What is wrong with an event; empty when nothing is. */
export function faults(event: Record<string, unknown>): string[] {
  const shape = CLASSES[event.class_uid as number];
  if (!shape) return [`class ${event.class_uid} is not known`];
  const found = shapeFaults(`class ${event.class_uid}`, event, shape);
  const activity = event.activity_id as number;
  if (event.category_uid !== shape.category) found.push(`category ${event.category_uid}`);
  if (event.type_uid !== (event.class_uid as number) * 100 + activity) found.push(`type ${event.type_uid}`);
  if (![0, 99, ...shape.activities].includes(activity)) found.push(`activity ${activity}`);
  if (activity === 99 && !event.activity_name) found.push('activity 99 without activity_name');
  if (!Number.isInteger(event.time) || (event.time as number) < 1e12) found.push(`time ${event.time}`);
  if (![0, 1, 2, 3, 4, 5, 6, 99].includes(event.severity_id as number)) found.push('severity');
  if (event.status_id !== undefined && ![0, 1, 2, 99].includes(event.status_id as number))
    found.push('status');
  if (event.action_id !== undefined && ![0, 1, 2, 99].includes(event.action_id as number))
    found.push('action');
  return found;
}

function shapeFaults(
  at: string,
  value: Record<string, unknown>,
  { required, one, objects }: Shape,
): string[] {
  const found = required.filter((name) => value[name] === undefined).map((name) => `${at} lacks ${name}`);
  if (one && !one.some((name) => value[name] !== undefined))
    found.push(`${at} has none of ${one.join(', ')}`);
  for (const [name, object] of Object.entries(objects ?? {})) {
    const child = value[name];
    if (child === undefined) continue;
    found.push(...shapeFaults(`${at}.${name}`, child as Record<string, unknown>, OBJECTS[object]!));
  }
  return found;
}
