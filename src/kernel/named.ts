/**
 * Host names in kernel maps, as bytes: where the resolver listens, which addresses stand for names, who asks
 * (bpf/names.h).
 *
 * Throws: WarderError KERNEL_… from every method.
 */
import { formatAddress } from '../contract/address.ts';
import type { BySocket, NameDescriptors, NativeNames, NativeSensor } from './addon.ts';
import { constants, layout } from './generated/layout.ts';
import { explaining } from './kernel-error.ts';
import { encodePorts, type PortSegment } from './policy-rows.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** Of a network namespace's cookie. */
const NETWORK_BYTES = 8;
const IPPROTO = { tcp: 6, udp: 17 } as const;

/** Ports of an address that rules by name are about, until a time. */
export interface NamedRule {
  /** CLOCK_BOOTTIME. */
  untilNs: bigint;
  /** A set of ports in the policy, and its segments. */
  set: number;
  segments: number;
}

export interface NamedAddress {
  policy: number;
  protocol: 'tcp' | 'udp';
  /** Four or sixteen. */
  bytes: Uint8Array;
}

/** A connection to the resolver, as its accepting side sees it. */
export interface Asking {
  protocol: 'tcp' | 'udp';
  /** Of whoever asks. */
  from: { bytes: Uint8Array; port: number };
  /** Of the resolver. */
  to: { bytes: Uint8Array; port: number };
}

/** Who aimed a socket at a DNS server. */
export interface Asker {
  run: number;
  policy: number;
  tgid: number;
  tid: number;
  uid: number;
  startNs: bigint;
  comm: string;
  /** The server that was asked, numeric. */
  server: string;
}

export const NAMED_RULES_MOST = constants.NAMED_RULES;

/** Where the resolver listens. For the thread of the sensor. */
export class KernelResolvers {
  readonly #native: NativeSensor;

  constructor(native: NativeSensor) {
    this.#native = native;
  }

  /** Leads DNS of governed processes in a network namespace to these ports; null: it is refused there. */
  setResolver(network: bigint, ports: BySocket | null): void {
    const { fields, size } = layout.resolver;
    const key = Buffer.alloc(NETWORK_BYTES);
    key.writeBigUInt64LE(network);
    if (!ports) {
      explaining(() => this.#native.mapDelete('resolvers', key, 1));
      return;
    }
    const value = Buffer.alloc(size);
    for (const name of ['udp4', 'tcp4', 'udp6', 'tcp6'] as const)
      value.writeUInt16LE(ports[name], fields[name].offset);
    explaining(() => this.#native.mapWrite('resolvers', key, value, 1));
  }

  /** That no network namespace has a resolver: one that was here before may have left word of its own. */
  clearResolvers(): void {
    const keys = explaining(() => this.#native.mapKeys('resolvers'));
    if (keys.length > 0)
      explaining(() => this.#native.mapDelete('resolvers', keys, keys.length / NETWORK_BYTES));
  }

  /** For KernelNames, on whichever thread: the caller's. */
  descriptors(): NameDescriptors {
    return explaining(() => this.#native.nameDescriptors());
  }
}

/** Which addresses stand for names, and who asks. For the resolver's thread. */
export class KernelNames {
  readonly #native: NativeNames;
  /** CLOCK_BOOTTIME. */
  readonly nowNs: () => bigint;

  constructor(native: NativeNames, nowNs: () => bigint) {
    this.#native = native;
    this.nowNs = nowNs;
  }

  /** Gives a policy a further set of ports, under a number of its own. Returns what takes it away. */
  addPorts(policy: number, set: number, segments: readonly PortSegment[]): () => void {
    const { keys, values, count } = encodePorts([[...segments]], policy, set);
    explaining(() => this.#native.mapWrite('port_rules', keys, values, count));
    return () => explaining(() => this.#native.mapDelete('port_rules', keys, count));
  }

  write(address: NamedAddress, rules: readonly NamedRule[]): void {
    explaining(() => this.#native.mapWrite('named_addresses', keyOf(address), ruleBytes(rules), 1));
  }

  remove(addresses: readonly NamedAddress[]): void {
    const keys = Buffer.concat(addresses.map(keyOf));
    explaining(() => this.#native.mapDelete('named_addresses', keys, addresses.length));
  }

  /**
   * Null where no governed process has such a socket any more, or it was not led here.
   *
   * @param network descriptor of the network namespace of both; -1 for this process's
   */
  askerOf(asking: Asking, network: number): Asker | null {
    const asked = explaining(() => this.#native.askerOf(requestOf(asking), network));
    return asked ? askerOf(asked) : null;
  }
}

function keyOf({ policy, protocol, bytes }: NamedAddress): Buffer {
  const { fields, size } = layout.named_key;
  const key = Buffer.alloc(size);
  key.writeUInt32LE(policy, fields.policy.offset);
  key.writeUInt8(bytes.length === 4 ? AF_INET : AF_INET6, fields.family.offset);
  key.writeUInt8(IPPROTO[protocol], fields.protocol.offset);
  key.set(bytes, fields.address.offset);
  return key;
}

function ruleBytes(rules: readonly NamedRule[]): Buffer {
  const { size } = layout.named_address;
  const rule = layout.named_rule;
  const value = Buffer.alloc(size);
  rules.slice(0, NAMED_RULES_MOST).forEach(({ untilNs, set, segments }, index) => {
    const at = index * rule.size;
    value.writeBigUInt64LE(untilNs, at + rule.fields.until_ns.offset);
    value.writeUInt32LE(set, at + rule.fields.ports.offset + layout.port_set.fields.set.offset);
    value.writeUInt32LE(segments, at + rule.fields.ports.offset + layout.port_set.fields.count.offset);
  });
  return value;
}

function requestOf({ protocol, from, to }: Asking): Buffer {
  const { fields, size } = layout.asker_request;
  const request = Buffer.alloc(size);
  request.writeUInt8(from.bytes.length === 4 ? AF_INET : AF_INET6, fields.family.offset);
  request.writeUInt8(IPPROTO[protocol], fields.protocol.offset);
  request.writeUInt16BE(from.port, fields.local_port.offset);
  request.writeUInt16BE(to.port, fields.resolver_port.offset);
  request.set(from.bytes, fields.local.offset);
  request.set(to.bytes, fields.resolver.offset);
  return request;
}

function askerOf(asked: Buffer): Asker {
  const { fields } = layout.asked;
  const comm = asked.toString('utf8', fields.comm.offset, fields.comm.offset + fields.comm.size);
  const length = asked[fields.family.offset] === AF_INET ? 4 : 16;
  return {
    run: asked.readUInt32LE(fields.run.offset),
    policy: asked.readUInt32LE(fields.policy.offset),
    tgid: asked.readUInt32LE(fields.tgid.offset),
    tid: asked.readUInt32LE(fields.tid.offset),
    uid: asked.readUInt32LE(fields.uid.offset),
    startNs: asked.readBigUInt64LE(fields.start_ns.offset),
    comm: comm.split('\0')[0] ?? '',
    server: formatAddress(asked.subarray(fields.address.offset, fields.address.offset + length)),
  };
}
