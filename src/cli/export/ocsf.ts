/**
 * Events in the Open Cybersecurity Schema Framework, OCSF 1.2.0, with the profiles host and security_control. What is
 * written is also valid for 1.9: no attribute is used that was taken away.
 *
 *     exec, fork, exit       Process Activity 1007       open, change   File System Activity 1001
 *     load                   Module Activity 1005        network        Network Activity 4001
 *     lookup                 DNS Activity 4003           run            Application Lifecycle 6002, and at its start
 *     privileged             Process Activity 1007                      Authorize Session 3003: its policy
 *     grants, approvals      Authorize Session 3003      else           Base Event 0
 *     a refusal              its own class, failed and denied, and Detection Finding 2004 beside it
 *
 * What OCSF has no attribute for stands in `unmapped`.
 */
import { basename, extname } from 'node:path';
import { endText } from '../../base/end-text.ts';
import { type LoggedEvent, NetworkKind, Outcome } from '../../contract/messages.ts';
import { warderVersion } from '../version.ts';
import { type Facts, factsOf } from './facts.ts';

const VERSION = '1.2.0';
const SEVERITY = { refused: 4, lost: 3, would: 2, plain: 1 } as const;
const OTHER = 99;
const FOLDER = 2;
const REGULAR = 1;
const UNKNOWN_TYPE = 0;

type Attributes = Record<string, unknown>;

interface Activity {
  class: number;
  category: number;
  activity: number;
  name?: string;
  body: Attributes;
}

export function ocsfEvents(logged: LoggedEvent): Attributes[] {
  const facts = factsOf(logged);
  const events = activities(facts, logged).map((activity) => finish(activity, facts, logged));
  if (facts.severity === 'refused') events.push(finish(finding(facts, logged), facts, logged));
  return events;
}

function finish(
  { class: uid, category, activity, name, body }: Activity,
  facts: Facts,
  logged: LoggedEvent,
): Attributes {
  const { event } = facts;
  const finding = uid === 2004;
  return bare({
    class_uid: uid,
    category_uid: category,
    activity_id: activity,
    activity_name: name,
    type_uid: uid * 100 + activity,
    time: facts.timeMs,
    severity_id: SEVERITY[facts.severity],
    message: facts.word ? `${facts.word}: ${facts.text}` : facts.text,
    ...(finding ? {} : status(facts)),
    metadata: {
      version: VERSION,
      product: { name: 'Warder', vendor_name: 'Warder', version: warderVersion() },
      profiles: ['host', 'security_control'],
      uid: `${logged.origin ?? ''}:${String(event.sequence ?? 0)}`,
      sequence: facts.index,
      log_name: 'warder',
      event_code: facts.kind,
    },
    device: { type_id: 0, hostname: facts.host, os: { name: 'Linux', type_id: 200 } },
    actor: actor(facts),
    ...body,
    unmapped: unmapped(facts, logged),
  });
}

/** Success or failure, and what the policy did, for what was judged. */
function status({ event: { decision }, severity, why, because }: Facts): Attributes {
  if (!decision?.verdict) return {};
  const refused = severity === 'refused';
  const went = !refused || decision.outcome === Outcome.OUTCOME_OBSERVED;
  return {
    status_id: went ? 1 : 2,
    status_detail: [why, because].filter(Boolean).join(': '),
    action_id: refused ? 2 : 1,
    // 1 allowed, 2 blocked, 15 detected: it went ahead and was seen.
    disposition_id: refused ? (went ? 15 : 2) : 1,
  };
}

function actor({ event, program }: Facts): Attributes {
  const { process, agent, run } = event;
  return bare({
    process: process ? processOf(event) : undefined,
    user: process ? userOf(process) : undefined,
    session: run ? { uid: run } : undefined,
    app_name: agent ?? (process ? undefined : program),
  });
}

function activities(facts: Facts, logged: LoggedEvent): Activity[] {
  const { event } = facts;
  const {
    exec,
    exited,
    forked,
    fileOpen,
    fileChange,
    load,
    network,
    nameLookup,
    privileged,
    contextChange,
    runStarted,
    runEnded,
    gateway,
  } = event;
  if (exec) {
    const process = {
      ...processOf(event),
      name: basename(exec.path ?? ''),
      cmd_line: exec.argv?.join(' '),
      file: file(exec.path ?? '', REGULAR),
    };
    return [{ class: 1007, category: 1, activity: 1, body: { process: bare(process) } }];
  }
  if (forked) return [{ class: 1007, category: 1, activity: 1, body: { process: processOf(event) } }];
  if (exited) {
    const body = { process: processOf(event), exit_code: exited.code ?? 0, status_detail: endText(exited) };
    return [{ class: 1007, category: 1, activity: 2, body }];
  }
  if (fileOpen) {
    const type = fileOpen.directory ? FOLDER : REGULAR;
    return [{ class: 1001, category: 1, activity: 14, body: { file: file(fileOpen.path ?? '', type) } }];
  }
  if (fileChange) return [changed(facts)];
  if (load) {
    const module = { load_type_id: 4, file: file(load.path ?? '', REGULAR) };
    return [{ class: 1005, category: 1, activity: 1, body: { module } }];
  }
  if (network) return [networkActivity(facts)];
  if (nameLookup) return [dnsActivity(facts)];
  if (privileged) {
    const process = event.process ? processOf(event) : { pid: privileged.targetPid ?? 0 };
    const name = `Privileged: ${privileged.privilege}`;
    return [{ class: 1007, category: 1, activity: OTHER, name, body: { process } }];
  }
  if (contextChange) {
    const { operation } = contextChange;
    // The schema's name for a change of user is "Set User ID"; the others have none.
    const activity =
      operation === 'user' ? { activity: 5 } : { activity: OTHER, name: `Context: ${operation}` };
    return [{ class: 1007, category: 1, ...activity, body: { process: processOf(event) } }];
  }
  if (runStarted || runEnded) return runActivities(facts);
  if (gateway && /^(grant|approval)\./.test(gateway.action ?? '')) {
    const user = { name: gateway.actor?.name || 'gateway', type_id: OTHER };
    const privileges = [gateway.subject || (gateway.action ?? '')];
    return [
      { class: 3003, category: 3, activity: 1, name: gateway.action ?? '', body: { user, privileges } },
    ];
  }
  const name = gateway?.action ?? logged.event?.notice?.kind ?? facts.kind;
  return [{ class: 0, category: 0, activity: OTHER, name, body: {} }];
}

const CHANGES: Readonly<Record<string, number>> = {
  create: 1,
  mkdir: 1,
  link: 1,
  symlink: 1,
  truncate: 3,
  unlink: 4,
  rmdir: 4,
  rename: 5,
  times: 6,
  attribute: 6,
  mode: 7,
  owner: 7,
};

function changed({ event: { fileChange } }: Facts): Activity {
  const { operation = '', path, target } = fileChange ?? {};
  const activity = CHANGES[operation ?? ''] ?? OTHER;
  const type =
    operation === 'mkdir' || operation === 'rmdir' ? FOLDER : operation === 'symlink' ? 7 : UNKNOWN_TYPE;
  const body: Attributes = { file: file(path ?? '', type) };
  if (operation === 'rename') body.file_result = file(target ?? '', type);
  const name = activity === OTHER ? { name: operation ?? '' } : {};
  return { class: 1001, category: 1, activity, ...name, body };
}

function networkActivity({ event: { network }, host }: Facts): Activity {
  const { kind, protocol, address = '', port, name } = network ?? {};
  const bind = kind === NetworkKind.KIND_BIND;
  const peer = /^[/@]/.test(address ?? '')
    ? { name: address }
    : bare({ ip: address || undefined, port: port ?? 0, hostname: name || undefined });
  const own = { hostname: host || 'localhost' };
  return {
    class: 4001,
    category: 4,
    activity: kind === NetworkKind.KIND_CONNECT ? 1 : kind === NetworkKind.KIND_SEND ? 6 : OTHER,
    ...(bind ? { name: 'Bind' } : {}),
    body: {
      src_endpoint: own,
      dst_endpoint: Object.keys(peer).length > 0 && (address || name) ? peer : own,
      connection_info: bare({ direction_id: bind ? 1 : 2, protocol_name: protocol || undefined }),
    },
  };
}

/** By name of an RCODE. */
const RCODES: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

/** A question and its answer are one event: "Traffic". */
function dnsActivity({ event: { nameLookup }, host, timeMs }: Facts): Activity {
  const { name, type, server, code, aliases, addresses } = nameLookup ?? {};
  const answers = [
    ...(aliases ?? []).map((rdata) => ({ rdata, type: 'CNAME' })),
    ...(addresses ?? []).map((rdata) => ({ rdata, type: rdata.includes(':') ? 'AAAA' : 'A' })),
  ];
  return {
    class: 4003,
    category: 4,
    activity: 6,
    body: {
      query: bare({ hostname: name || 'unknown', type: type || undefined, class: 'IN' }),
      query_time: timeMs,
      answers: answers.length > 0 ? answers : undefined,
      rcode: code || undefined,
      rcode_id: code ? (RCODES[code] ?? OTHER) : undefined,
      src_endpoint: { hostname: host || 'localhost' },
      dst_endpoint: server ? { ip: server, port: 53 } : undefined,
    },
  };
}

function runActivities({ event }: Facts): Activity[] {
  const { runStarted, runEnded, agent, run } = event;
  const app = { name: agent || 'agent', vendor_name: 'unknown' };
  const lifecycle: Activity = { class: 6002, category: 6, activity: runStarted ? 3 : 4, body: { app } };
  if (runEnded) lifecycle.body.status_detail = endText(runEnded);
  if (!runStarted?.policy) return [lifecycle];
  return [
    lifecycle,
    {
      class: 3003,
      category: 3,
      activity: 1,
      body: {
        user: { name: runStarted.user || agent || 'unknown', type_id: 1 },
        privileges: [runStarted.policy],
        session: { uid: run ?? '' },
      },
    },
  ];
}

/** What was refused, for those who look at findings only. */
function finding(facts: Facts, logged: LoggedEvent): Activity {
  const { event, rule, why, because, word, text } = facts;
  const [seen] = activities(facts, logged);
  const { process, file: at, dst_endpoint } = seen?.body ?? {};
  return {
    class: 2004,
    category: 2,
    activity: 1,
    body: {
      finding_info: bare({
        uid: `${logged.origin ?? ''}:${String(event.sequence ?? 0)}`,
        title: `${event.decision?.category ?? 'action'} ${word ?? 'refused'}`,
        desc: because || why || text,
        analytic: {
          type_id: 1,
          name: rule ? `${rule.layer} ${rule.effect} ${rule.pattern}` : why || 'policy',
        },
      }),
      action_id: 2,
      disposition_id: event.decision?.outcome === Outcome.OUTCOME_OBSERVED ? 15 : 2,
      policy: event.decision?.policy
        ? { name: rule?.layer || 'effective policy', uid: event.decision.policy }
        : undefined,
      evidences: [bare({ actor: actor(facts), process, file: at, dst_endpoint })],
    },
  };
}

function processOf({ process }: Facts['event']): Attributes {
  const { pid, uid, execId, executable, comm, parentExecId } = process ?? {};
  return bare({
    pid: pid ?? 0,
    uid: execId || undefined,
    name: comm || undefined,
    file: executable ? file(executable, REGULAR) : undefined,
    user: process ? userOf({ uid: uid ?? 0, user: process.user ?? null }) : undefined,
    parent_process: parentExecId ? { uid: parentExecId } : undefined,
  });
}

function userOf({ uid, user }: { uid?: number | null; user?: string | null }): Attributes {
  return bare({ uid: String(uid ?? 0), name: user || undefined });
}

function file(path: string, type: number): Attributes {
  return bare({
    name: basename(path) || path || 'unknown',
    path: path || undefined,
    type_id: type,
    ext: extname(path).slice(1) || undefined,
  });
}

function unmapped({ event, word, severity }: Facts, logged: LoggedEvent): Attributes | undefined {
  const { agent, run, redactions, cut, decision, loss, gateway } = event;
  return bare({
    agent: agent || undefined,
    run: run || undefined,
    boot: logged.boot || undefined,
    ruling: word,
    category: decision?.category || undefined,
    would_be_refused: severity === 'would' || undefined,
    redactions: redactions?.length ? redactions.map(({ kind, count }) => ({ kind, count })) : undefined,
    cut: cut || undefined,
    lost: loss?.counts?.map(({ kind, cause, records }) => ({ kind, cause, records: String(records) })),
    gateway: gateway ? { action: gateway.action, subject: gateway.subject } : undefined,
  });
}

/** Without what is undefined. */
function bare(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null),
  );
}
