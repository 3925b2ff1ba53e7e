/**
 * From a path that was seen to the place that a rule should be about: itself, or the tree that it is a detail of.
 *
 * Trees: the run's own directories, temporary directories, the tree of a package (`/usr/lib/git-core`, `${home}/.cache/pip`),
 * what lies beside a version or a name that is new each time. Never a directory that holds many people's or packages'
 * things (`/`, `/usr/bin`, `/etc`, a home): there a path stays itself.
 *
 * In:  a path with `${variable}` in front where it lies in one. Out: a pattern of docs/policy.md. Pure.
 */
import type { Category } from '../../../contract/pattern.ts';

export type FileCategory = Extract<Category, 'exec' | 'read' | 'write' | 'load'>;

/** Never a tree of their own. */
const SHARED: ReadonlySet<string> = new Set(
  `/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /media /mnt /opt /proc /root /run /run/user /sbin /snap /srv /sys /usr
   /usr/bin /usr/games /usr/include /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/lib
   /usr/local/sbin /usr/local/share /usr/sbin /usr/share /usr/src /var /var/cache /var/lib /var/log /var/run
   \${home} \${home}/.cache \${home}/.config \${home}/.local \${home}/.local/bin \${home}/.local/lib
   \${home}/.local/share \${home}/.local/state \${home}/bin`.split(/\s+/),
);
const TEMPORARY = /^(\/tmp|\/var\/tmp|\/dev\/shm)(\/|$)/;
const PROGRAMS = /^(\/usr(?:\/local)?)?\/s?bin\//;
/** Where each name is a package of its own; a machine's triplet is a level more. */
const PACKAGES =
  /^((?:\/usr(?:\/local)?)?\/(?:lib|lib32|lib64|libexec|share|include|src)(?:\/[a-z0-9_]+-linux-gnu[a-z0-9]*)?)\/([^/]+)\/./;
const OWNED = /^(\/opt|\/snap|\/nix\/store|\/var\/lib|\/var\/cache|\/var\/log)\/([^/]+)\/./;
const OF_HOME = /^(\$\{home\}\/(?:\.(?:cache|config|local\/(?:share|state|lib))\/[^/]+|\.[^/]+))\/./;
/** 1.2.3, v20.1, python-3.11: what the next update names otherwise. */
const VERSIONED = /(?:^|[-_@v])\d+\.\d+(?:\.\d+)*(?:[-+.]|$)/;
/** Made by mkstemp and the like, digests, UUIDs. */
const NEW_EACH_TIME =
  /^(?:\.?(?:tmp|temp|cc|pip|npm|go-build|rust)[-._]?[A-Za-z0-9_-]*(?=.*\d|.*[a-z][A-Z])[A-Za-z0-9_.-]{4,}|.*[-._][A-Za-z0-9]{6,}\.tmp|[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22})$/;

/** Libraries of one machine type: many packages'. */
const TRIPLET = /\/(?:lib|libexec|include)\/[a-z0-9_]+-linux-gnu[a-z0-9]*$/;

/** Whether an agent may have made what lies there. */
export function isChangeable(path: string): boolean {
  return path.startsWith('${') || TEMPORARY.test(path);
}

export function isShared(directory: string): boolean {
  return SHARED.has(directory) || TRIPLET.test(directory);
}

/** The pattern that a rule for this path begins with. */
export function placeOf(category: FileCategory, path: string): string {
  const tree = treeOf(category, path);
  return tree === undefined || isShared(tree) ? path : `${tree}/**`;
}

function treeOf(category: FileCategory, path: string): string | undefined {
  if (/^\$\{(workspace|run)\}/.test(path)) return workspaceTree(category, path);
  const temporary = TEMPORARY.exec(path);
  if (temporary) return temporaryTree(category, path, temporary[1]!);
  if (category === 'read' && PROGRAMS.test(path)) return undefined;
  const owner = (PACKAGES.exec(path) ?? OWNED.exec(path))?.slice(1, 3).join('/') ?? OF_HOME.exec(path)?.[1];
  if (owner !== undefined) return owner;
  if (/^\/dev\/pts\/\d+$/.test(path)) return '/dev/pts';
  if (/^\/proc\/\d+(\/|$)/.test(path)) return undefined;
  return beforeChange(path);
}

/** A workspace is read and written as a whole; what runs in it is named, but for what is new each time. */
function workspaceTree(category: FileCategory, path: string): string | undefined {
  if (category === 'read' || category === 'write') return path.slice(0, path.indexOf('}') + 1);
  return beforeChange(path);
}

function temporaryTree(category: FileCategory, path: string, root: string): string {
  if (category === 'read' || category === 'write') return root;
  return beforeChange(path) ?? (path.slice(root.length + 1).includes('/') ? parentOf(path) : root);
}

/** The directory above the first part that a next run would name otherwise. */
function beforeChange(path: string): string | undefined {
  const parts = path.split('/');
  const at = parts.findIndex(
    (part, index) => index > 0 && (NEW_EACH_TIME.test(part) || VERSIONED.test(part)),
  );
  if (at <= 0) return undefined;
  // The last part of an exact path that has a version is a file with a version in its name: it stays itself.
  if (at === parts.length - 1 && !NEW_EACH_TIME.test(parts[at]!)) return undefined;
  return parts.slice(0, at).join('/') || '/';
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/';
}
