/**
 * Honest work behind walls: each line is a shell command that succeeds in a run as root and as an ordinary user.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Arena, SOMEBODY } from './walls-fixture.ts';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: honest, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: [/usr/**, "\${workspace}/**"]
    - deny: [/usr/bin/sudo, /usr/bin/su]
  read:
    - allow: [/usr/**, /etc/**, /var/lib/dpkg/**, /sys/**, "\${workspace}/**", /dev/shm/**]
    - deny: "\${workspace}/secret/**"
  write:
    - allow: ["\${workspace}/**", /dev/shm/**]
    - deny: "\${workspace}/secret/**"
  load:
    - allow: [/usr/**, "\${workspace}/**"]
  connect:
    - allow: [127.0.0.1, "unix:\${workspace}/**"]
  listen:
    - allow: [127.0.0.1, "unix:\${workspace}/**"]
`;

const PYTHON = '/usr/bin/python3 -c';

/** By what it is about; each makes what it needs in a directory of its own. */
const WORK: Readonly<Record<string, string>> = {
  'git: init, commit, branch, gc': 'git init -q r && cd r && echo 1 > f && git add f && git commit -qm x && git checkout -qb y && git gc -q && git log -1 --oneline',
  'git: clone, stash, rebase, worktree':
    'git init -q r && cd r && echo 1 > f && git add f && git commit -qm a && echo 2 > f && git stash -q && git stash pop -q && git commit -qam b && git rebase -q HEAD~1 && git worktree add -q ../w && git clone -q . ../c && git -C ../c status',
  'node: files, children, workers':
    `node -e 'require("fs").writeFileSync("n","x");require("child_process").execFileSync("echo",["hi"]);new (require("worker_threads").Worker)("1+1",{eval:true})'`,
  'node: a server and its client':
    `node -e 'const h=require("http"),s=h.createServer((q,r)=>r.end("hi")).listen(0,"127.0.0.1",()=>h.get({port:s.address().port,host:"127.0.0.1"},r=>{r.resume();r.on("end",()=>s.close())}))'`,
  'node: a server on a unix socket':
    `node -e 'const n=require("net"),s=n.createServer(c=>c.end("x")).listen(process.cwd()+"/sock",()=>n.connect(process.cwd()+"/sock").on("data",()=>{}).on("close",()=>s.close()))'`,
  'npm: install from a directory, pack':
    `mkdir d p && echo '{"name":"d","version":"1.0.0"}' > d/package.json && cd p && npm init -y && npm install --offline --no-audit --no-fund ../d && npm pack --offline`,
  'python: threads, children, temporary files': `${PYTHON} 'import threading,subprocess,tempfile
t=[threading.Thread(target=int) for _ in range(20)]; [x.start() for x in t]; [x.join() for x in t]
subprocess.run(["true"],check=True); tempfile.NamedTemporaryFile().write(b"x")'`,
  'python: a pool of processes': `${PYTHON} 'import multiprocessing as m; p=m.Pool(2); assert p.map(abs,[-1])==[1]; p.close()'`,
  'python: shared memory': `${PYTHON} 'from multiprocessing import shared_memory as s; x=s.SharedMemory(create=True,size=9); x.unlink()'`,
  'python: a TCP server and its client': `${PYTHON} 'import socket
s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(); c=socket.create_connection(s.getsockname()); s.accept()[0].send(b"x"); assert c.recv(1)==b"x"'`,
  'python: anonymous memory made executable': `${PYTHON} 'import mmap; mmap.mmap(-1,4096,prot=7)'`,
  'python: sqlite': `${PYTHON} 'import sqlite3; c=sqlite3.connect("x.db"); c.execute("create table a(b)"); c.commit()'`,
  'python: a virtual environment': '/usr/bin/python3 -m venv --without-pip v && v/bin/python -c 1',
  'pseudo-terminals': `${PYTHON} 'import pty; assert pty.spawn(["/bin/echo","hi"])==0' && script -qec 'tty' log && grep -q /dev/pts log`,
  'a terminal pair': `${PYTHON} 'import os; a,b=os.openpty(); os.write(a,b"x\\n"); assert os.read(b,9)==b"x\\n"'`,
  'gcc, a program of one\'s own, make':
    `printf '#include <pthread.h>\\nvoid*f(void*a){return a;}int main(){pthread_t t;return pthread_create(&t,0,f,0)||pthread_join(t,0);}' > a.c && printf 'a: a.c\\n\\tgcc -pthread a.c -o a\\n' > Makefile && make && ./a`,
  'a library of one\'s own': `printf 'int f(void){return 7;}' > l.c && gcc -shared -fPIC l.c -o l.so && ${PYTHON} 'import ctypes; assert ctypes.CDLL("./l.so").f()==7'`,
  'a script of one\'s own': `printf '#!/bin/sh\\necho script\\n' > s && chmod +x s && ./s`,
  'two hundred forks': 'i=0; while [ $i -lt 200 ]; do (:) & i=$((i+1)); done; wait',
  pipes: 'test "$(yes | head -1000 | sort | uniq -c | tr -d " ")" = 1000y',
  'named pipes': 'mkfifo p && (echo x > p) & sleep 0.1; read y < p && test "$y" = x',
  'trees: tar, cp, mv, rm, find':
    'mkdir -p a/b && echo x > a/b/c && tar cf t a && mkdir u && tar xf t -C u && cp -a a z && mv z y && find . -name c | grep -q y && rm -rf y',
  'links, modes, times, attributes':
    `echo x > f && ln f g && ln -s f h && chmod 600 f && touch -d yesterday f && ${PYTHON} 'import os; os.setxattr("f","user.a",b"b")'`,
  'a rename over a file, an editor\'s way': 'echo 1 > f && echo 2 > f.new && mv -f f.new f && sed -i s/2/3/ f && grep -q 3 f',
  'shared memory as a place': 'echo x > /dev/shm/warder-honest && rm /dev/shm/warder-honest',
  'devices: null, zero, urandom': 'head -c 10 /dev/urandom > /dev/null && dd if=/dev/zero of=z bs=1k count=4 2>/dev/null',
  'what a process asks of itself': 'grep -q Name /proc/self/status && cat /proc/self/maps > /dev/null && nproc && ps && id && uname -a',
  'processes: timeout, nice, setsid, signals': 'timeout 5 sleep 0.1 && setsid -w true && sh -c "sleep 9 & kill \\$!"',
  perl: `perl -e 'open F,">p"; print F 1; close F; exit !-s "p"'`,
  'time and locale': 'date && LC_ALL=C.UTF-8 sort /etc/passwd > s',
  'file locks': 'flock l true',
  'large files': 'truncate -s 50M big && fallocate -l 1M small 2>/dev/null || true; rm -f big small',
  'rsync of a tree': 'mkdir -p a/b && echo x > a/b/c && rsync -a --delete a/ z/ && diff -r a z',
  'sqlite3: a write-ahead log': `sqlite3 x.db 'pragma journal_mode=wal; create table a(b); insert into a values(1); select b from a' | grep -q 1`,
  'bash: job control and process substitution': `bash -c 'set -m; sleep 9 & kill %1; wait %1; diff <(echo a) <(echo a); coproc cat; echo hi >&\${COPROC[1]}; read -u \${COPROC[0]} x; test $x = hi'`,
  'tmux: a server with a window': `tmux -S $PWD/t -f /dev/null new-session -d 'echo in > out; sleep 1' && sleep 0.5 && tmux -S $PWD/t kill-server; grep -q in out`,
  ruby: `ruby -e 'r,w=IO.pipe; fork{w.puts 1; exit!}; w.close; exit r.read=="1\\n"'`,
  'perl: pipes, forks, sockets': `perl -MSocket -e 'socketpair(A,B,AF_UNIX,SOCK_STREAM,PF_UNSPEC) or die; if(fork){close A; <B>} else {close B; print A "x\\n"; exit}'`,
  'dpkg and apt-cache ask': 'dpkg -l bash > /dev/null && dpkg -S /bin/bash > /dev/null && apt-cache --version > /dev/null',
  'a build tree: make in parallel, ar, ranlib': `for i in 1 2 3 4; do echo "int f$i(void){return $i;}" > f$i.c; done; printf 'all: lib.a\\nlib.a: f1.o f2.o f3.o f4.o\\n\\tar rcs $@ $^\\n' > Makefile && make -j4 > /dev/null && ar t lib.a | grep -q f4.o`,
  'C++ with exceptions and threads': `printf '#include <thread>\\nint main(){try{throw 1;}catch(int){} std::thread([]{}).join();}' > a.cc && g++ -pthread a.cc -o a && ./a`,
  'the docker client without a daemon fails as it does': '! docker version > out 2>&1; ! grep -q "Operation not permitted" out',
  'gzip, xz, zip-like streams': 'echo x > f && gzip -k f && xz -k f && zcat f.gz | cmp - f && xzcat f.xz | cmp - f',
  'inotify and epoll by node': `node -e 'const fs=require("fs");const w=fs.watch(".",()=>{w.close()});setTimeout(()=>fs.writeFileSync("n","x"),50)'`,
  'git: submodules and hooks': 'git init -q s && (cd s && echo 1 > f && git add f && git commit -qm a) && git init -q r && cd r && printf "#!/bin/sh\\necho hook > ran\\n" > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && git -c protocol.file.allow=always submodule --quiet add ../s s && git commit -qm b && test -f ran',
  'file capabilities of an archive: tar with owners and links': 'mkdir a && echo x > a/f && ln -s f a/l && ln a/f a/h && tar czpf t.tgz a && mkdir u && tar xzpf t.tgz -C u && test u/a/l -ef u/a/f',
  'a temporary directory of its own': 'd=$(mktemp -d -p .) && echo x > $d/f && rm -r $d',
}; // biome-ignore format: commands as they are typed

describe.each([
  ['root', undefined],
  ['an ordinary user', SOMEBODY],
])('honest work of %s', (_, user) => {
  const arena = new Arena();
  let words: Record<string, string>;

  beforeAll(async () => {
    await arena.start();
    const names = Object.keys(WORK);
    const lines = names.map((name, index) => {
      const script = join(arena.workspace, `${index}.sh`);
      const settings =
        'export HOME=$PWD TMPDIR=$PWD npm_config_cache=$PWD/.npm GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b\nexport GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b\n';
      writeFileSync(script, `set -e\n${settings}${WORK[name]}\n`);
      return `mkdir work-${index}; (cd work-${index} && sh ../${index}.sh > ../${index}.out 2>&1); echo ${index} $?; tail -n 3 ${index}.out >&2`;
    });
    writeFileSync(join(arena.workspace, 'all.sh'), `${lines.join('\n')}\n`);
    const result = arena.run(['/bin/sh', 'all.sh'], {
      policy: POLICY,
      ...(user ? { user } : {}),
      allowFailure: true,
    });
    const status = result.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    words = Object.fromEntries(status.map(([index, code]) => [names[Number(index)], code ?? '']));
  });
  afterAll(() => arena.end());

  test.each(Object.keys(WORK))('%s', (name) => {
    expect(words[name]).toBe('0');
  });
});

test('what a run leaves in the workspace is there after it', async () => {
  const arena = new Arena();
  await arena.start();
  try {
    mkdirSync(join(arena.workspace, 'made'), { mode: 0o777 });
    arena.run(['/bin/sh', '-c', 'echo x > made/file; mkdir made/more'], { policy: POLICY });
    const left = arena.run(['/bin/ls', 'made'], { policy: POLICY });
    expect(left.stdout).toBe('file\nmore\n');
  } finally {
    rmSync(arena.workspace, { recursive: true });
    await arena.end();
  }
});
