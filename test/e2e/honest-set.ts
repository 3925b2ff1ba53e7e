/** Honest work: what agents and their tools do all day, as shell scripts, and a policy under which all of it passes. */

/** A developer's agent: the system's tools, its own workspace and temporary files, loopback. */
export const DEVELOPER = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: developer, scope: team/honest}
spec:
  mode: enforce
  exec:
    - allow: [/usr/bin/**, /usr/sbin/**, /usr/lib/**, /usr/libexec/**, /usr/share/**, "\${workspace}/**"]
    - deny: [/usr/bin/sudo, /usr/bin/su, /usr/bin/curl]
      because: agents do not become root, and do not download programs
  read:
    - allow: [/usr/**, /etc/**, /var/lib/**, "\${workspace}/**", "\${home}/**", /tmp/**, /dev/shm/**, /dev/ptmx, /dev/pts/**]
  write:
    - allow: ["\${workspace}/**", "\${home}/**", /tmp/**, /dev/shm/**, /dev/ptmx, /dev/pts/**]
  load:
    - allow: [/usr/lib/**, "\${workspace}/**"]
  connect:
    - allow: [127.0.0.1, "[::1]", "unix:\${workspace}/**"]
  listen:
    - allow: [127.0.0.1, "[::1]"]
`;

const GIT = 'git -c user.name=a -c user.email=a@b -c init.defaultBranch=main';

export const WORK: Readonly<Record<string, string>> = {
  'a git repository is made, changed, looked at and cloned': `${GIT} init -q r && cd r && echo one > f && ${GIT} add f &&
    GIT_AUTHOR_DATE='@0 +0000' GIT_COMMITTER_DATE='@0 +0000' ${GIT} commit -qm first && echo two >> f && ${GIT} diff --stat &&
    ${GIT} commit -qam second && ${GIT} log --format=%s && ${GIT} branch b && ${GIT} checkout -q b &&
    ${GIT} stash list && ${GIT} clone -q . ../c && cd ../c && ${GIT} log --format=%s | wc -l && ${GIT} gc -q && ls`,
  'node runs children, worker threads, timers and files': `cat > a.mjs <<'X'
import { execFileSync, fork } from 'node:child_process';
import { Worker, isMainThread } from 'node:worker_threads';
import { writeFileSync, readFileSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir, cpus } from 'node:os';
console.log(execFileSync('/usr/bin/env', ['echo', 'child']).toString().trim());
const answers = await Promise.all([1, 2, 3].map((n) => new Promise((resolve, reject) => {
  const worker = new Worker('require("worker_threads").parentPort.postMessage(' + n + ' * 2)', { eval: true });
  worker.on('message', resolve); worker.on('error', reject);
})));
console.log(answers, cpus().length > 0);
const directory = mkdtempSync(tmpdir() + '/honest-'); writeFileSync(directory + '/x', 'x');
console.log(readFileSync(directory + '/x', 'utf8')); rmSync(directory, { recursive: true });
watch('.').close();
X
/usr/bin/node a.mjs`,
  'npm runs the script of a package': `printf '{"name":"p","version":"1.0.0","scripts":{"build":"echo built by $0 && node -p 40+2"}}' > package.json &&
    npm run --silent --offline --no-update-notifier build`,
  'python starts processes, threads and a pool': `cat > a.py <<'X'
import subprocess, threading, tempfile, os, sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool
def square(n): return n * n
if __name__ == '__main__':
    print(subprocess.run(['/usr/bin/printf', '%s', 'x'], capture_output=True).stdout)
    print(list(ThreadPoolExecutor(4).map(square, range(5))))
    with Pool(2) as pool: print(pool.map(square, range(5)))
    with tempfile.NamedTemporaryFile() as file: file.write(b'x'); print(os.path.exists(file.name))
X
/usr/bin/python3 a.py`,
  'a python venv is made and used': `/usr/bin/python3 -m venv --without-pip v && v/bin/python -c 'import sys, json; print(sys.prefix != sys.base_prefix)'`,
  'a C project is built by make and run': `mkdir src && printf '#include <stdio.h>\\nint f(void);\\nint main(void){printf("%%d\\\\n", f());return 0;}\\n' > src/m.c &&
    printf 'int f(void){return 42;}\\n' > src/f.c && printf 'CFLAGS=-O1 -Wall\\np: src/m.o src/f.o\\n\\t$(CC) -o $@ $^\\nclean:\\n\\trm -f p src/*.o\\n' > Makefile &&
    make -s -j2 && ./p && gcc -shared -fPIC -o libf.so src/f.c && gcc -o q src/m.c -L. -lf && LD_LIBRARY_PATH=. ./q && make -s clean && ls`,
  'pipelines, here-documents, traps and job control of bash': `bash -c 'set -o pipefail; seq 1 1000 | grep 7 | sort -rn | head -3; while read -r a b; do echo "$b $a"; done <<< "x y"
    diff <(seq 3) <(seq 4); trap "echo bye" EXIT; (sleep 0.1; echo later) & wait; printf "%s\\n" {a..c}; echo to-stderr > /dev/stderr; echo x | tee /dev/stdout; cat < /dev/stdin < Makefile 2>/dev/null; exit 3'`,
  'archives are packed and unpacked': `mkdir d && seq 1000 > d/a && ln -s a d/l && ln d/a d/h && chmod 640 d/h && mkfifo d/p && tar -czf d.tgz d && rm -r d && tar -xzf d.tgz &&
    cat d/l | gzip -9 | gunzip | sha256sum && tar -tzf d.tgz | sort && stat -c %a d/h && touch -d @0 d/a && stat -c %Y d/a && mv d e && cp -a e f && rm -r e f`,
  'the headers of the system are searched': `find /usr/include -name 'std*.h' | sort | head -5; grep -rlw 'printf' /usr/include/*.h | sort | head -3; ls /usr/share | wc -l; du -s /usr/include/linux | cut -f1`,
  'two hundred forks': `/usr/bin/python3 -c "
import os
for n in range(200):
    if os.fork() == 0: os._exit(n % 7)
print(sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(200)).count(3))"`,
  'an SQLite database with its journal and shared memory': `sqlite3 t.db 'pragma journal_mode=wal; create table t(a); insert into t values (1),(2); select sum(a) from t;' && /usr/bin/python3 -c "
import sqlite3; c = sqlite3.connect('t.db'); c.execute('insert into t values (3)'); c.commit(); print(c.execute('select count(*) from t').fetchall())"`,
  'a server and its client on loopback': `cat > s.mjs <<'X'
import { createServer, get } from 'node:http';
import net from 'node:net';
const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1', () => {
  get({ port: server.address().port, host: '127.0.0.1' }, (response) => response.on('data', (data) => console.log(String(data))).on('end', () => server.close()));
});
const local = net.createServer((socket) => socket.end('unix')).listen('local.sock', () => {
  net.connect('local.sock').on('data', (data) => console.log(String(data))).on('end', () => local.close());
});
X
/usr/bin/node s.mjs | sort && /usr/bin/python3 -c "
import socket, threading
s = socket.create_server(('127.0.0.1', 0)); threading.Thread(target=lambda: s.accept()[0].sendall(b'hi')).start()
print(socket.create_connection(s.getsockname()).recv(9))
a, b = socket.socketpair(); a.send(b'pair'); print(b.recv(9))
u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); v = socket.socket(type=socket.SOCK_DGRAM); v.sendto(b'udp', u.getsockname()); print(u.recv(9))"`,
  'keys of ssh, and an agent that holds them': `ssh-keygen -q -t ed25519 -N '' -f k && eval $(ssh-agent -a $PWD/s) > /dev/null && ssh-add -q k && ssh-add -l | wc -l && echo x > m && ssh-keygen -q -Y sign -n f -f k m && kill $SSH_AGENT_PID`,
  'pseudo-terminals': `script -qec 'test -t 0 && echo terminal; tty | sed s/[0-9]*$//' /dev/null; /usr/bin/python3 -c "
import pty, os, sys
sys.stdout.flush(); print(pty.spawn(['/usr/bin/printf', 'inner ']), flush=True)
m, s = os.openpty(); print(os.ttyname(s).startswith('/dev/pts/')); os.write(s, b'x'); print(os.read(m, 1))"`,
  'shared memory, temporary files, locks': `echo x > /dev/shm/honest-$$ && cat /dev/shm/honest-$$ && rm /dev/shm/honest-$$ && f=$(mktemp) && echo y > $f && cat $f && rm $f &&
    flock lock echo locked && /usr/bin/python3 -c "
from multiprocessing import shared_memory, Semaphore
m = shared_memory.SharedMemory(create=True, size=64); m.buf[0] = 7; print(m.buf[0]); m.close(); m.unlink(); s = Semaphore(1); print(s.acquire())"`,
  'what programs ask of the system': `uname -s; nproc > n; test -s n; ps -o comm= -p $$; cat /proc/self/comm; head -c1 /proc/meminfo; getent passwd root; date +%Z; locale charmap; id -un; ls -ld . | cut -c1-4; df . | wc -l; free | wc -l; ulimit -n > u; test -s u; perl -e 'print "$$\\n" =~ /\\d/, "\\n"'; awk 'BEGIN{print length("abc")}'; head -c 8 /dev/urandom | wc -c; stty -a 2>&1 | head -1`,
  'its own processes are signalled, stopped and waited for': `sleep 100 & p=$!; kill -STOP $p; until grep -q '^State:.T' /proc/$p/status; do sleep 0.01; done; kill -CONT $p; kill -TERM $p; wait $p; echo $?; timeout 0.2 sleep 5; echo $?; nice -n 5 true; setsid -w true; echo $?`,
};

/** How a piece of work ends: well, but for the one that ends in `exit 3`. */
export function exitStatus(name: string): number {
  return name.startsWith('pipelines') ? 3 : 0;
}
