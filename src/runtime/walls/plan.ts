/**
 * From a compiled policy to the walls that the kernel keeps by itself for a launched agent.
 *
 * In:  the compiled policy (the same rows that the kernel programs look up), what the host has at the paths of its
 *      rules. Out: lines for the launcher, and what the walls cannot keep, in sentences.
 *
 * Two walls stand behind each file rule. Landlock refuses what no rule allows; it knows allowed trees only. The
 * mount namespace takes back what is denied inside such a tree: read-only places, places without execution, and
 * masks. Where both cannot, the rule is named as a gap; none is dropped without a word.
 *
 * Null for a policy whose layers all monitor: it prevents nothing.
 */
import type { Category } from '../../contract/pattern.ts';
import type { CompiledPolicy, Unenforced } from '../../kernel/policy-rows.ts';
import { Allowances, allows, enforces, parentOf } from './allowances.ts';
import type { PlaceFlags, WallLine } from './description.ts';
import { holdLines, granted as withGrants } from './holds.ts';
import type { FileKind, HostFiles } from './host-files.ts';
import { namesToCome } from './names-to-come.ts';
import { privatePlaces } from './private-places.ts';
import { procLines } from './proc.ts';
import { socketLines } from './sockets.ts';
import { isForPrograms, isSystem, READ_AT_START, SHARED, SYSTEM } from './system-trees.ts';

export interface WallPlan {
  lines: WallLine[];
  unenforced: Unenforced[];
}

/** The loaders that the kernel opens to run any program: they run with it, and need be said by no rule. */
const LOADERS = [
  '/usr/lib64/ld-linux-x86-64.so.2',
  '/lib64/ld-linux-x86-64.so.2',
  '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  '/usr/lib/ld-linux-aarch64.so.1',
  '/lib/ld-linux-aarch64.so.1',
  '/usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1',
  '/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

const FILE_CATEGORIES = ['read', 'write', 'exec', 'load'] as const;
type FileCategory = (typeof FILE_CATEGORIES)[number];
type Rights = Record<FileCategory, boolean>;

export interface PlanOptions {
  /** Directories for temporary files of the run's own: the workspace, which may lie in them, else undefined. */
  privateTmp?: string | undefined;
  /** Somebody answers for what the policy holds. */
  answered?: boolean | undefined;
  /** Programs of the kernel judge what is mapped executable: memory without a name needs no wall, and they tell of it. */
  judged?: boolean | undefined;
  /** Directory of what the run is told (why/directory.ts). */
  why?: string | undefined;
}

export function planWalls(
  policy: CompiledPolicy,
  host: HostFiles,
  options: PlanOptions = {},
): WallPlan | null {
  if (!enforces(policy)) return null;
  const planner = new Planner(policy, host, options);
  planner.plan();
  return planner;
}

class Planner implements WallPlan {
  readonly lines: WallLine[] = [];
  readonly unenforced: Unenforced[] = [];
  readonly #policy: CompiledPolicy;
  #host: HostFiles;
  readonly #options: PlanOptions;
  readonly #allowed: Allowances;
  /** Some rule allows programs by their content. */
  readonly #byContent: boolean;
  /** What would be allowed were everything held granted. */
  readonly #holds: Allowances;
  /** Lines for Landlock, behind all mounts: they speak of files as the run will see them. */
  readonly #rules: WallLine[] = [];
  readonly #scanned: string[] = [];
  /** Opens of these are not asked about, whatever tree they lie in. */
  readonly #unasked: string[] = [];
  /** Denied places that are not there yet. */
  readonly #toCome: string[] = [];
  readonly #deniedNames: CompiledPolicy['names'];
  /** Directories that are mounts of their own already, by whatever line. */
  readonly #mounted = new Set<string>(['/']);

  constructor(policy: CompiledPolicy, host: HostFiles, options: PlanOptions) {
    this.#policy = policy;
    this.#host = host;
    this.#options = options;
    this.#allowed = new Allowances(policy);
    this.#byContent = policy.contents.some(({ match }) => (match.allow & ~policy.masks.monitor) !== 0);
    this.#holds = new Allowances(withGrants(policy));
    this.#deniedNames = policy.names.filter(
      ({ category, match }) =>
        (category === 'read' || category === 'write') && refuses(match, policy.masks.monitor),
    );
  }

  plan(): void {
    const granted = this.#policy.privileges.granted;
    const root = this.#under('/');
    this.lines.push(['place', placeFlags(root), '/']);
    const { privateTmp } = this.#options;
    if (privateTmp !== undefined) {
      const own = privatePlaces(this.#allowed, this.#host, privateTmp);
      this.lines.push(...own.lines);
      this.#host = own.host;
    }
    if (this.#host.kind('/dev/pts') === 'directory') this.lines.push(['terminals']);
    const sockets = socketLines(this.#allowed, this.#host, this.#options.why);
    this.lines.push(...sockets.lines);
    this.#places();
    this.#names();
    const proc = procLines(this.#allowed, this.#host);
    this.lines.push(...proc.mounts);
    this.lines.push(...this.#rules, ...proc.rules);
    // No TCP ports: Landlock would refuse before the cgroup programs, which know addresses and tell of it.
    if (this.#allowed.abstract('connect').length === 0) this.lines.push(['scope', 'abstract']);
    if (!granted.includes('signal-others')) this.lines.push(['scope', 'signal']);
    this.lines.push(...granted.map((name): WallLine => ['privilege', name]));
    if (this.#byContent) {
      this.unenforced.push({
        effect: 'not-kept',
        text: 'with rules by content, code is mapped from wherever the agent may read: load is not prevented by walls',
        rules: [],
      });
    }
    if (this.#options.judged) this.lines.push(['memory']);
    if (this.#options.answered) this.lines.push(...holdLines(this.#policy));
    if (granted.includes('mount')) {
      this.unenforced.push({
        effect: 'not-kept',
        text: "`privileged: mount` takes Landlock's file rules away: who may mount may undo the walls around files",
        rules: [],
      });
    }
  }

  /** Every place where what is allowed changes, from the root downwards. */
  #places(): void {
    const hidden: string[] = [];
    for (const path of this.#boundaries()) {
      if (hidden.some((above) => path.startsWith(`${above}/`))) continue;
      const around = path === '/' ? NOTHING : this.#under(parentOf(path));
      const kind = this.#host.kind(path);
      if (kind === null) {
        this.#missing(path, around);
        continue;
      }
      const rights = kind === 'directory' ? this.#under(path) : this.#self(path);
      this.#allow(path, kind, rights, around);
      if (path === '/') continue;
      const hides = this.#hides(path, rights, around);
      const differs = kind !== 'other' && placeFlags(rights) !== placeFlags(around);
      if (around.write && (hides || (differs && !rights.write))) this.#pinAbove(path, around);
      if (hides) {
        this.lines.push(['hide', path]);
        hidden.push(path);
      } else if (differs || this.#needsOwnMount(path, kind, rights, around)) {
        this.#place(path, rights);
      }
      if (kind === 'directory') this.#directoryItself(path, around);
    }
    this.#loaders();
    for (const path of READ_AT_START.filter((path) => this.#isNotAskedAbout(path))) {
      this.#place(path, this.#self(path));
      this.#unasked.push(path);
    }
  }

  #boundaries(): string[] {
    const all = new Set(FILE_CATEGORIES.flatMap((category) => this.#allowed.boundaries(category)));
    if (this.#deniedNames.length > 0) {
      if (this.#under('/').read) for (const path of SYSTEM) all.add(path);
      if (this.#under(SHARED).read) all.add(SHARED);
    }
    // /proc is another one inside the run: proc.ts.
    return [...all].filter((path) => path !== '/proc' && !path.startsWith('/proc/')).sort(byPath);
  }

  #allow(path: string, kind: FileKind, rights: Rights, around: Rights): void {
    const { read, write, exec } = {
      read: rights.read && !around.read,
      write: rights.write && !around.write,
      exec: (rights.exec && !around.exec) || this.#mayBeGranted(path, kind),
    };
    const device = path === '/dev' || path.startsWith('/dev/') || path === '/';
    const listed = kind === 'directory' && !around.read && (rights.read || this.#allowed.self('read', path));
    const letters = [
      read ? 'r' : '',
      listed ? 'd' : '',
      exec ? 'x' : '',
      write ? 'w' : '',
      write && kind === 'directory' ? 'm' : '',
      write && device ? 'i' : '',
    ].join('');
    if (letters !== '') this.#rules.push(['allow', letters, path]);
    if (kind === 'directory' && (read || write || path === SHARED)) this.#scanned.push(path);
  }

  /** Landlock cannot be relaxed afterwards: what a person may let run it lets run, and the mount does not until then. */
  #mayBeGranted(path: string, kind: FileKind): boolean {
    if (!this.#options.answered) return false;
    return kind === 'directory' ? this.#holds.under('exec', path) : this.#holds.self('exec', path);
  }

  #place(path: string, rights: Rights): void {
    this.lines.push(['place', placeFlags(rights), path]);
    this.#mounted.add(path);
  }

  /**
   * What is denied inside a writable tree stays denied under its name: a directory above it that is a mount cannot
   * be renamed, so that no other file comes to stand there.
   */
  #pinAbove(path: string, around: Rights): void {
    const above: string[] = [];
    for (let at = parentOf(path); !this.#mounted.has(at); at = parentOf(at)) above.unshift(at);
    for (const directory of above) this.#place(directory, around);
  }

  /** The loaders of dynamic programs, where they may not be run anyway. */
  #loaders(): void {
    for (const path of LOADERS) {
      if (this.#host.kind(path) !== 'file') continue;
      const rights = this.#self(path);
      if (!rights.exec) this.#rules.push(['allow', 'rx', path]);
      if (!rights.exec && !rights.load) this.lines.push(['place', rights.write ? 'wx' : 'x', path]);
    }
  }

  /** Files by name, and places that are not there yet. */
  #names(): void {
    const roots = {
      scanned: this.#scanned.filter((path) => this.#worthScanning(path)),
      guarded: this.#scanned.filter((path) => this.#worthGuarding(path)),
    };
    // Nobody in the run makes it: what would lie below one that is denied by its exact name is others' making too.
    const missing = this.#toCome.map((path) => ({ path, hidden: !this.#self(path).read }));
    const names = namesToCome(
      this.#deniedNames,
      roots,
      missing,
      (path) => this.#under(path).write,
      this.#policy.privileges.granted,
    );
    this.lines.push(...names.lines, ...this.#unasked.map((path): WallLine => ['leave', path]));
    this.unenforced.push(...names.unenforced);
    this.#tellToCome(names.unguarded);
    const allowing = this.#policy.names.filter(
      ({ category, match }) => isFile(category) && allows(match, category, this.#policy.masks),
    );
    if (roots.scanned.length > 0 && allowing.length > 0) {
      this.unenforced.push({
        effect: 'never-allows',
        text: `${allowing.length} allows by name (**/name, **/*.ext) cannot be walls: they allow nothing outside the trees that other rules allow`,
        rules: [],
      });
    }
  }

  /**
   * As a mount of its own, which is the one file under the one name: where the policy lets it be read by that, and the agent
   * cannot put another in its place.
   */
  #isNotAskedAbout(path: string): boolean {
    const parts = path.split('/');
    const named = this.#deniedNames.some(({ form, name }) =>
      parts.some((part) => (form === 'component' ? part === `${name}` : part.endsWith(`${name}`))),
    );
    const around = this.#under(parentOf(path));
    const rights = this.#self(path);
    if (this.#deniedNames.length === 0 || named || this.#mounted.has(path)) return false;
    return around.read && rights.read && !around.write && !rights.write && this.#host.kind(path) === 'file';
  }

  /** Permission events are asked for by mount: of a tree that is looked through, and not of those of the system in it. */
  #needsOwnMount(path: string, kind: FileKind, rights: Rights, around: Rights): boolean {
    if (kind !== 'directory' || this.#deniedNames.length === 0) return false;
    if (around.read && (SYSTEM.includes(path) || path === SHARED)) return true;
    return (rights.read || rights.write) && !(around.read || around.write) && this.#worthGuarding(path);
  }

  #worthGuarding(path: string): boolean {
    return this.#under(path).write || !isForPrograms(path);
  }

  #worthScanning(path: string): boolean {
    if (this.#under(path).write) return true;
    return !isSystem(path);
  }

  /** A place that is not there yet: nothing can be mounted on it. */
  #missing(path: string, around: Rights): void {
    const rights = this.#self(path);
    if (around.write && (!rights.write || (around.read && !rights.read))) {
      this.#toCome.push(path);
    } else if (!around.write && rights.write && !path.startsWith('/dev/')) {
      this.unenforced.push({
        effect: 'never-allows',
        text: `${path} may be written and is not there at the start: it cannot be made, for what is around it may not be changed`,
        rules: [],
      });
    }
  }

  /** Whether a mask is laid: what is around may be read, and this may not. */
  #hides(path: string, rights: Rights, around: Rights): boolean {
    if (rights.read) return false;
    if (around.read) return !this.#runsOnPurpose(path);
    // What may be run may be read, for the kernel reads it; so that of the tree around has to end here.
    if (!around.exec || rights.exec) return false;
    if (!rights.write && !this.#allowsBelow(path)) return true;
    this.#notWhole(path, 'reading what no rule allows there, next to programs that may be run,');
    return false;
  }

  #allowsBelow(path: string): boolean {
    return FILE_CATEGORIES.some((category) =>
      this.#allowed
        .boundaries(category)
        .some((below) => below.startsWith(`${path}/`) && this.#allowed.self(category, below)),
    );
  }

  /** A program that a rule names and no rule lets be read: a mask would take both. */
  #runsOnPurpose(path: string): boolean {
    if (!this.#allowed.boundaries('exec').includes(path) || !this.#self(path).exec) return false;
    const text = `${path} may be run and not be read: the kernel reads what it runs, so reading it is terminated, not prevented`;
    this.unenforced.push({ effect: 'not-kept', text, rules: [] });
    return true;
  }

  #tellToCome(places: readonly string[]): void {
    const count = places.length;
    if (count === 0) return;
    const own = places.filter((path) => !this.#deniedByBuiltin(path));
    const shown = [...new Set([...own, ...places])].slice(0, 3).join(', ');
    const who = count > 3 ? `${shown} and ${count - 3} more are` : count > 1 ? `${shown} are` : `${shown} is`;
    this.unenforced.push({
      effect: 'not-kept',
      text: `${who} not there at the start: what the agent makes there is terminated at its next open, not prevented`,
      rules: [],
    });
  }

  /** Rules of documents have the lower numbers: what they deny too is theirs. */
  #deniedByBuiltin(path: string): boolean {
    const name = Buffer.from(`${path}\0`);
    const rows = this.#policy.paths.filter(({ prefix }) => prefix.equals(name));
    const layers = rows.map(({ match }) => this.#policy.rules[match.denyRule[0] - 1]?.layer ?? '');
    return layers.every((layer) => layer.startsWith('builtin:'));
  }

  /** A directory denied by its own name alone: its contents are not. */
  #directoryItself(path: string, around: Rights): void {
    const self = this.#self(path);
    const under = this.#under(path);
    if (around.read && under.read && !self.read) this.#notWhole(path, 'listing it');
    if (around.write && under.write && !self.write) this.#notWhole(path, 'changing its mode and owner');
  }

  #notWhole(path: string, what: string): void {
    const text = `${path} is denied, and not all that is in or around it: ${what} is not prevented`;
    this.unenforced.push({ effect: 'not-kept', text, rules: [] });
  }

  #under(path: string): Rights {
    return this.#rightsBy((category) => this.#allowed.under(category, path));
  }

  #self(path: string): Rights {
    return this.#rightsBy((category) => this.#allowed.self(category, path));
  }

  /** What may run by its content lies wherever it can be read: there the kernel programs decide alone. */
  #rightsBy(allowed: (category: FileCategory) => boolean): Rights {
    const read = allowed('read');
    const exec = allowed('exec') || (read && this.#byContent);
    return { read, write: allowed('write'), exec, load: allowed('load') };
  }
}

const NOTHING: Rights = { read: false, write: false, exec: false, load: false };

function placeFlags({ write, exec, load }: Rights): PlaceFlags {
  const run = exec || load;
  if (write) return run ? 'wx' : 'w';
  return run ? 'x' : '-';
}

function isFile(category: Category): category is FileCategory {
  return (FILE_CATEGORIES as readonly string[]).includes(category);
}

function refuses({ deny, hold }: { deny: number; hold: number }, monitor: number): boolean {
  return ((deny | hold) & ~monitor) !== 0;
}

/** A directory before all that is under it. */
function byPath(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
