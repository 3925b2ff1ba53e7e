/**
 * Honest work, by what it is about. Each is a bash script with `set -e` that ends with 0, and makes what it needs in a
 * directory of its own. Of a host it asks for what Debian calls standard for development; nothing is left out where
 * a program is missing.
 */
const PYTHON = '/usr/bin/python3 -c';

export const WORK: Readonly<Record<string, string>> = {
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
  // Who else had a new file open for writing, by a lease: a program just written could not be executed then.
  'files that are nobody else\'s once they are closed': `${PYTHON} 'import fcntl, os
for _ in range(1000):
    os.close(os.open("f", os.O_CREAT|os.O_WRONLY|os.O_EXCL)); f=os.open("f", os.O_RDONLY)
    fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_RDLCK); os.close(f); os.unlink("f")'`,
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
  'tmux: a server with a window': `tmux -S $PWD/t -f /dev/null new-session -d 'echo in > out; sleep 99'; until grep -qs in out; do sleep 0.05; done; tmux -S $PWD/t kill-server`,
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
  'limits that a process sets for itself by its own number': `prlimit --nofile=64:64 sh -c 'test $(ulimit -n) = 64' && ${PYTHON} 'import resource as r, os, threading as t
def set():
    r.prlimit(os.getpid(), r.RLIMIT_NOFILE, (100, 100)); r.prlimit(t.get_native_id(), r.RLIMIT_CORE, (0, 0))
ts=[t.Thread(target=set) for _ in range(8)]; [x.start() for x in ts]; [x.join() for x in ts]; assert r.getrlimit(r.RLIMIT_NOFILE)==(100,100)'`,
  'message queues and semaphores': `${PYTHON} 'import ctypes as c; l=c.CDLL(None); q=l.mq_open(b"/warder-q",0o102,0o600,None); assert q>=0 and l.mq_send(q,b"x",1,0)==0 and l.mq_unlink(b"/warder-q")==0
i=l.semget(0,1,0o1600); assert i>=0 and l.semctl(i,0,0)==0; m=l.msgget(0,0o1600); assert m>=0 and l.msgctl(m,0,0)==0'`,
  'npm: ci from a cache, scripts of a dependency': `mkdir d a && echo '{"name":"d","version":"1.0.0","bin":"x.js","scripts":{"install":"node -e 1"}}' > d/package.json && printf '#!/usr/bin/env node\nconsole.log(1)\n' > d/x.js && (cd d && npm pack --silent) && npm cache add ./d/d-1.0.0.tgz && cd a && echo '{"name":"a","version":"1.0.0","dependencies":{"d":"file:../d/d-1.0.0.tgz"},"scripts":{"t":"d"}}' > package.json && npm install --offline --no-audit --no-fund && rm -rf node_modules && npm ci --offline --no-audit --no-fund && npm run t`,
  'node: a cluster, its test runner, WebAssembly, an inspector': `mkdir t && echo 'import test from "node:test"; test("x",()=>{})' > t/a.test.mjs && node --test t/ && node --inspect=127.0.0.1:0 -e 'new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0]))' && echo 'const c=require("cluster"); if(c.isPrimary) c.fork().on("message",()=>process.exit(0)); else require("http").createServer().listen(0,"127.0.0.1",()=>process.send(1))' > c.js && node c.js`,
  'python: a wheel into a virtual environment': `python=/usr/bin/python3; $python -m venv --without-pip v && $python -c 'import zipfile
z=zipfile.ZipFile("m-1.0-py3-none-any.whl","w"); z.writestr("m/__init__.py","def f(): print(1)\\n"); i="m-1.0.dist-info/"; z.writestr(i+"METADATA","Metadata-Version: 2.1\\nName: m\\nVersion: 1.0\\n"); z.writestr(i+"WHEEL","Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"); z.writestr(i+"entry_points.txt","[console_scripts]\\nmm=m:f\\n"); z.writestr(i+"RECORD","")
z.close()' && v/bin/python $(echo /usr/share/python-wheels/pip-*.whl)/pip install -q --no-index --disable-pip-version-check ./m-1.0-py3-none-any.whl && v/bin/mm`,
  'python: spawn and fork server, a manager': `cat > a.py <<'X'
import multiprocessing as m
if __name__ == '__main__':
    for way in ('spawn', 'forkserver'):
        c = m.get_context(way)
        with c.Pool(2) as p: assert p.map(abs, [-1]) == [1]
        with c.Manager() as g: g.dict()[1] = 2
X
/usr/bin/python3 a.py`,
  'python: asyncio with children, servers and signals': `${PYTHON} 'import asyncio, signal
async def main():
    p = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1); assert await p.communicate(b"x") == (b"x", None)
    p = await asyncio.create_subprocess_shell("sleep 9"); p.terminate(); await p.wait()
    s = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0); r, w = await asyncio.open_connection(*s.sockets[0].getsockname()); await r.read()
    u = await asyncio.start_unix_server(lambda r, w: w.close(), "u"); await asyncio.open_unix_connection("u"); asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, int)
asyncio.run(main())'`,
  'unix sockets: streams, datagrams, packets, descriptors, an abstract one': `${PYTHON} 'import socket as s
def at(kind, name): x = s.socket(s.AF_UNIX, kind); x.bind(name); return x
a = at(s.SOCK_STREAM, "a"); a.listen(); c = s.socket(s.AF_UNIX); c.connect("a"); s.send_fds(c, [b"x"], [1]); assert len(s.recv_fds(a.accept()[0], 1, 1)[1]) == 1
d = at(s.SOCK_DGRAM, "d"); s.socket(s.AF_UNIX, s.SOCK_DGRAM).sendto(b"x", "d"); assert d.recv(1) == b"x"; at(s.SOCK_SEQPACKET, "q").listen()
n = at(s.SOCK_STREAM, "\\0warder-honest"); n.listen(); s.socket(s.AF_UNIX).connect("\\0warder-honest")'`,
  'loopback of both families, names, a file server': `${PYTHON} 'import socket as s, threading, http.server, urllib.request
h = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler); threading.Thread(target=h.serve_forever, daemon=True).start(); assert urllib.request.urlopen(f"http://localhost:{h.server_port}/").status == 200
v = s.create_server(("::1", 0), family=s.AF_INET6); s.create_connection(v.getsockname()[:2]); u = s.socket(type=s.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); u.connect(u.getsockname()); u.send(b"x"); assert u.recv(1) == b"x"'`,
  'copies in the kernel: sendfile, splice, copy_file_range, fallocate, mapped files': `${PYTHON} 'import os, mmap
open("a", "wb").write(b"x" * 9000); a = os.open("a", 0); b = os.open("b", os.O_RDWR | os.O_CREAT); r, w = os.pipe()
assert os.sendfile(b, a, 0, 9000) == 9000 and os.copy_file_range(a, b, 9) and os.splice(a, w, 9) and os.splice(r, b, 9); os.posix_fallocate(b, 0, 9999); m = mmap.mmap(b, 4096); m[0] = 1; m.flush()' && cp --reflink=auto --sparse=always a c && dd if=a of=d conv=fsync,notrunc`,
  'an unnamed file that gets a name': `${PYTHON} 'import os; f = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o644); os.write(f, b"x"); os.link(f"/proc/self/fd/{f}", "made", src_dir_fd=f, follow_symlinks=True); assert open("made").read() == "x"'`,
  'a hard-linked tree, as build tools make it': 'mkdir -p t/deps && for i in $(seq 40); do echo $i > t/deps/l$i && ln t/deps/l$i t/l$i && mv t/deps/l$i t/deps/m$i; done && cp -al t u && rm -r t && test $(find u -type f -links 2 | wc -l) = 80',
  'priorities and processors of its own': 'nice -n 5 true && ionice -c 3 true && taskset -c 0 true && taskset -cp 0 $$ && renice -n 3 -p $$ && chrt -i 0 true',
  'daemons: nohup, setsid, a pid file': '(setsid sleep 9 & echo $! > p) && nohup sleep 0.1 > o && (sleep 9 & echo $! > q; disown) && kill $(cat q)',
  'keys: gpg with its agent, openssl': 'mkdir -m 700 g && export GNUPGHOME=$PWD/g && gpg --batch --quick-gen-key --passphrase "" a@b default default never && echo x > f && gpg --batch -bs f && gpg --verify f.sig && gpgconf --kill all && openssl genpkey -algorithm ed25519 -out o',
  'time-outs end what they are to end': '! timeout 0.1 sleep 5 && ! timeout -s KILL 0.1 sleep 5 && timeout --foreground 5 true',
  'a terminal with jobs': `script -qec 'bash -ic "sleep 9 & kill %1; tty; echo x > /dev/tty"' o && ${PYTHON} 'import os, pty, fcntl, termios, struct
p, f = pty.fork()
if p == 0: os.execvp("sh", ["sh", "-c", "stty rows 20 && test -t 0"])
fcntl.ioctl(f, termios.TIOCSWINSZ, struct.pack("HHHH", 1, 2, 0, 0)); assert os.waitpid(p, 0)[1] == 0'`,
  'a program that sandboxes itself: seccomp and Landlock of its own': `${PYTHON} 'import ctypes as c, struct
l = c.CDLL(None); l.prctl(38, 1, 0, 0, 0); r = l.syscall(444, c.create_string_buffer(struct.pack("Q", 2)), 8, 0); assert r >= 0 and l.syscall(446, r, 0) == 0
f = c.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000)); class_ = struct.pack("HxxxxxxQ", 1, c.addressof(f)); assert l.prctl(22, 2, class_, 0, 0) == 0'`,
  'code that is made and then run: a just-in-time compiler': `${PYTHON} 'import mmap, ctypes as c; m = mmap.mmap(-1, 4096, prot=3); m.write(b"\\xb8*\\0\\0\\0\\xc3"); a = c.addressof(c.c_char.from_buffer(m)); assert c.CDLL(None).mprotect(c.c_void_p(a), 4096, 5) == 0 and c.CFUNCTYPE(c.c_int)(a)() == 42'`,
  'what watches: inotify, timers, events, pidfds': `${PYTHON} 'import ctypes as c, os, select, signal
l = c.CDLL(None); i = l.inotify_init1(0); assert l.inotify_add_watch(i, b".", 0xfff) >= 0; open("n", "w"); assert os.read(i, 100); select.epoll().register(i); assert l.timerfd_create(1, 0) >= 0 and l.eventfd(0, 0) >= 0; signal.pidfd_send_signal(os.pidfd_open(os.getpid()), 0)'`,
  'git: cherry-pick, bisect, bundle, apply, a worktree that goes': 'git init -q r && cd r && for i in 1 2 3 4; do echo $i > f && git add f && git commit -qm $i; done && git worktree add -q ../w HEAD~2 && (cd ../w && echo x > g && git add g && git commit -qm g && git cherry-pick -n HEAD) && git worktree remove --force ../w && git bisect start HEAD HEAD~3 > ../b && git bisect run sh -c "! grep -q 3 f" > ../b && git bisect reset > ../b && git bundle create -q ../all HEAD && git clone -q ../all ../c && git diff HEAD~1 | git apply -R && git checkout -q . && git repack -adq && git fsck',
  'patch: a series, taken back, with what it rejects': 'mkdir a && seq 20 > a/f && cp -r a b && sed -i s/7/seven/ b/f && ! diff -ruN a b > p && (cd a && patch -sp1 < ../p && grep -q seven f && patch -sRp1 < ../p && ! grep -q seven f && echo other > f && ! patch -sfp1 < ../p && test -f f.rej)',
  'zip, unzip, cpio, zstd through a pipe': 'mkdir -p t/u && echo x > t/u/f && ln -s f t/u/l && zip -qry z.zip t && unzip -q z.zip -d o && test -L o/t/u/l && tar c t | zstd -q | zstd -qd | tar x -C o --overwrite && zip -qd z.zip t/u/f && find t | cpio -o --quiet | (mkdir q && cd q && cpio -id --quiet && test -f t/u/f)',
  'cmake and ninja: a build tree, its tests, an installation': `printf 'cmake_minimum_required(VERSION 3.13)\\nproject(x NONE)\\nenable_testing()\\nadd_custom_command(OUTPUT o COMMAND \${CMAKE_COMMAND} -E copy \${CMAKE_SOURCE_DIR}/i o DEPENDS i)\\nadd_custom_target(all_of_it ALL DEPENDS o)\\nadd_test(NAME t COMMAND \${CMAKE_COMMAND} -E cat o)\\ninstall(FILES \${CMAKE_BINARY_DIR}/o DESTINATION share)\\n' > CMakeLists.txt && echo x > i && cmake -S . -B b -G Ninja && cmake --build b && (cd b && ctest -j2) && cmake --install b --prefix $PWD/p && cmp i p/share/o`,
  'python: compiled modules, unittest, a zipapp, logs that turn': `mkdir m a && echo 'def f(): return 1' > m/__init__.py && printf 'import unittest, m\\nclass T(unittest.TestCase):\\n  def test_f(self): self.assertEqual(m.f(), 1)\\n' > test_m.py && echo 'print(1)' > a/__main__.py && ${PYTHON} 'import compileall, logging as l, logging.handlers as h, os, unittest, zipapp
assert compileall.compile_dir("m", quiet=1) and unittest.main("test_m", exit=False).result.wasSuccessful(); zipapp.create_archive("a", interpreter="/usr/bin/python3")
x = h.RotatingFileHandler("log", maxBytes=99, backupCount=3); [x.emit(l.LogRecord("a", 20, "", 1, "x" * 40, (), None)) for _ in range(20)]; assert os.path.exists("log.3")' && ./a.pyz`,
  'sqlite: two writers, a backup, a file in memory': `${PYTHON} 'import sqlite3, threading
def write(n):
    c = sqlite3.connect("w.db", timeout=30, isolation_level=None)
    for i in range(20): c.execute("insert into a values (?, ?)", (n, i))
c = sqlite3.connect("w.db"); c.execute("pragma journal_mode=wal"); c.execute("create table a (n, i)"); c.commit()
ts = [threading.Thread(target=write, args=(n,)) for n in range(2)]; [t.start() for t in ts]; [t.join() for t in ts]; assert c.execute("select count(*) from a").fetchone()[0] == 40
b = sqlite3.connect("b.db"); c.backup(b); m = sqlite3.connect(":memory:"); b.backup(m); assert m.execute("select count(*) from a").fetchone()[0] == 40; c.execute("vacuum")'`,
  'text in bulk: split, sort with files of its own, join, find and xargs': 'seq 20000 > n && split -l 1500 n part. && sort -R n | sort -n -S 64k -T . --parallel=2 | cmp - n && find . -name "part.*" -print0 | xargs -0 -P 4 -n 2 gzip && zcat part.*.gz | sort -n | cmp - n && join <(sort n | head) <(sort n | head) | wc -l && awk "NR%1000==0{print > \\"k\\" NR}" n && test $(ls k* | wc -l) = 20 && find . -newer n -name "k*" -delete',
  'node: trees copied and removed, streams, compression, links': `node -e 'const f=require("fs"),z=require("zlib"),{pipeline:p}=require("stream/promises");(async()=>{f.mkdirSync("a/b/c",{recursive:true});for(let i=0;i<50;i++)f.writeFileSync("a/b/c/"+i,"x".repeat(i));f.symlinkSync("c","a/b/l");f.cpSync("a","z",{recursive:true,verbatimSymlinks:true});await p(f.createReadStream("a/b/c/49"),z.createGzip(),f.createWriteStream("g"));await p(f.createReadStream("g"),z.createGunzip(),f.createWriteStream("h"));f.renameSync("z","y");f.rmSync("a",{recursive:true});const d=f.mkdtempSync("t-");f.linkSync("h",d+"/h");f.chmodSync("h",0o600);f.utimesSync("h",1,1);for await(const e of await f.promises.opendir("y/b/c"))await f.promises.appendFile("y/b/c/"+e.name,"!");await f.promises.access("y/b/l/7");const o=await f.promises.open("h","r+");await o.truncate(3);await o.sync();await o.close();process.exit(f.readFileSync("h","utf8")==="xxx"?0:1)})()'`,
  'a release: install, a link that is swapped, a rename over a tree': 'echo 1 > f && install -D -m 755 f r/1/bin/f && cp -a r/1 r/2 && ln -sfn 1 r/now && ln -s 2 r/next && mv -T r/next r/now && test $(readlink r/now) = 2 && mkdir empty && mv -T r/1 empty && test -x empty/bin/f && chgrp $(id -g) f && touch -r f empty/bin/f && rmdir --ignore-fail-on-non-empty -p empty/bin; test -f empty/bin/f',
  'directories by descriptor: walked, left, passed on within the run': `${PYTHON} 'import os, socket
os.makedirs("a/b"); d = os.open("a", os.O_DIRECTORY); os.mkdir("c", dir_fd=d); os.close(os.open("c/f", os.O_CREAT | os.O_WRONLY, dir_fd=d)); os.rename("c/f", "b/f", src_dir_fd=d, dst_dir_fd=d); os.link("b/f", "b/g", src_dir_fd=d, dst_dir_fd=d)
near, far = socket.socketpair(); pid = os.fork()
if pid == 0:
    got = socket.recv_fds(far, 1, 1)[1][0]; os.unlink("b/g", dir_fd=got); os.fchdir(got); open("b/made", "w"); os.chmod("b/made", 0o600); os._exit(0)
socket.send_fds(near, [b"x"], [d]); assert os.waitpid(pid, 0)[1] == 0 and sorted(os.listdir("a/b")) == ["f", "made"]
for at, directories, files, fd in os.fwalk("a", topdown=False): [os.unlink(f, dir_fd=fd) for f in files]; [os.rmdir(x, dir_fd=fd) for x in directories]'`,
  'a process whose first thread has ended': `cat > a.c <<'X'
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
static void *rest(void *first)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "s" };
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	pthread_join(*(pthread_t *)first, NULL);
	usleep(10000);
	exit(mkdir("d", 0700) || open("d/f", O_CREAT | O_WRONLY, 0600) < 0 || rename("d/f", "d/g") ||
	     inotify_add_watch(inotify_init1(0), "d", IN_ALL_EVENTS) < 0 || bind(server, (void *)&name, sizeof(name)) || listen(server, 1));
}
int main(void)
{
	static pthread_t first, other;
	first = pthread_self();
	pthread_create(&other, NULL, rest, &first);
	pthread_exit(NULL);
}
X
gcc -pthread a.c -o a && ./a`,
  'coverage: counters that a program leaves as it ends': `printf 'int main(int c, char **v) { return c > 1; }\\n' > a.c && gcc --coverage -c a.c && gcc --coverage a.o -o a && ./a && ! ./a 1 && test -f a.gcda && gcov a.c > o && grep -q 100.00 o && grep -q '2:' a.c.gcov`,
  'sudo and su are refused, and nothing else suffers': '! su -c true < /dev/null; ! sudo -n true; true',
}; // biome-ignore format: commands as they are typed
