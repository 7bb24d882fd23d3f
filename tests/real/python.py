"""python3, Debian's own: handlers that run in main, wake-ups, and what it starts. Its own test suites: ../check_peers."""
import signal
import time

from harness import case, expect, expect_in, expect_match, expect_within

USUAL = "import asyncio, os, select, signal, socket, subprocess, sys, threading, time\nS = signal\n"


def python(host, script, wanted, status=0, seconds=8):
    ended = host.run("python3", "-u", "-c", USUAL + script, seconds=seconds)
    expect("result", ended, (status, wanted, ""))


@case("python3")
def keyboard_interrupt(host):
    """Ctrl-C raises in whatever main does: sleep, a busy loop, a long computation in C, input, join, a lock."""
    script = USUAL + """
lock = threading.Lock(); lock.acquire(); event = threading.Event()
t = threading.Thread(target=time.sleep, args=(99,), daemon=True); t.start()
def busy():
    while True: pass
def send(): r, w = socket.socketpair(); w.sendall(bytes(1 << 24))
ways = dict(sleep=lambda: time.sleep(99), busy=busy, select=lambda: select.select([], [], [], 99), lock=lock.acquire, event=lambda: event.wait(99),
    input=input, join=t.join, run=lambda: subprocess.run(['sleep', '99']), sort=lambda: sorted(iter(lambda: 0, 1)), send=send)
for name, way in ways.items():
    try: print('begin', name); way(); print('returned')
    except KeyboardInterrupt: print('end', name)
print('over')
"""
    terminal = host.terminal("python3", "-u", "-c", script)
    for name in "sleep busy select lock event input join run sort send".split():
        terminal.until(f"begin {name}\n")
        time.sleep(0.15)
        began = time.monotonic()
        terminal.control("c").until(f"end {name}\n", 4)
        expect_within(name, time.monotonic() - began, 0, 2)
    terminal.until("over")
    expect("status", terminal.end(3), 0)


@case("python3")
def dies_of_keyboard_interrupt(host):
    """An interrupt that nobody catches: a traceback, and death by SIGINT."""
    process = host.start("python3", "-u", "-c", "import time; print('ready'); time.sleep(99)").until("ready").until_waiting()
    ended = process.send(signal.SIGINT).end(3)
    expect("status", ended.status, -2)
    expect_match("traceback", "KeyboardInterrupt\n$", ended.err)


@case("python3")
def wakeup_fd(host):
    """set_wakeup_fd: one byte each, while main waits in poll; real-time signals too."""
    python(host, """
r, w = os.pipe(); os.set_blocking(w, False); os.set_blocking(r, False); signal.set_wakeup_fd(w)
got = []
for s in (S.SIGUSR1, S.SIGALRM, S.SIGRTMIN): signal.signal(s, lambda n, f: got.append(int(n)))
p = select.poll(); p.register(r, select.POLLIN)
for s in (S.SIGUSR1, S.SIGRTMIN, S.SIGUSR1):
    threading.Timer(0.1, os.kill, (os.getpid(), s)).start(); print(len(p.poll(5000)), os.read(r, 9), got)
S.setitimer(S.ITIMER_REAL, 0.1); print(len(p.poll(5000)), os.read(r, 9), got)
""", """1 b'\\n' [10]
1 b'"' [10, 34]
1 b'\\n' [10, 34, 10]
1 b'\\x0e' [10, 34, 10, 14]
""")


@case("python3")
def asyncio_handlers(host):
    """asyncio: signal handlers, children, and a timeout, in one loop."""
    python(host, """
async def main():
    loop = asyncio.get_running_loop(); got = asyncio.Queue()
    for s in (S.SIGUSR1, S.SIGTERM): loop.add_signal_handler(s, got.put_nowait, s)
    for _ in range(50):
        os.kill(os.getpid(), S.SIGUSR1); await asyncio.wait_for(got.get(), 5)
    kids = [await asyncio.create_subprocess_exec('sh', '-c', f'sleep 0.0{i}; exit {i}') for i in range(8)]
    print([await asyncio.wait_for(k.wait(), 5) for k in kids])
    k = await asyncio.create_subprocess_exec('sleep', '99'); k.terminate(); print(await asyncio.wait_for(k.wait(), 5))
    try: await asyncio.wait_for(asyncio.sleep(99), 0.1)
    except asyncio.TimeoutError: print('timeout')
    os.kill(os.getpid(), S.SIGTERM); print((await asyncio.wait_for(got.get(), 5)).name)
asyncio.run(main())
""", "[0, 1, 2, 3, 4, 5, 6, 7]\n-15\ntimeout\nSIGTERM\n")


@case("python3")
def threads(host):
    """With busy and waiting threads, every spaced signal runs its handler once, in main."""
    python(host, """
n = 0; where = set()
def handler(s, f):
    global n; n += 1; where.add(threading.current_thread() is threading.main_thread())
signal.signal(S.SIGUSR1, handler); stop = threading.Event()
def busy():
    while not stop.is_set(): sum(range(1000))
ts = [threading.Thread(target=f) for f in (busy, stop.wait, lambda: stop.wait(9))]
for t in ts: t.start()
for i in range(1, 101):
    os.kill(os.getpid(), S.SIGUSR1); end = time.monotonic() + 5
    while n < i and time.monotonic() < end: time.sleep(0.001)
for i in range(101, 201):
    S.pthread_kill(ts[i % 3].ident, S.SIGUSR1); end = time.monotonic() + 5
    while n < i and time.monotonic() < end: time.sleep(0.001)
stop.set(); [t.join() for t in ts]; print(n, where)
""", "200 {True}\n", seconds=15)


@case("python3")
def masks_and_waits(host):
    """pthread_sigmask, sigpending, sigwait, sigtimedwait, sigwaitinfo and alarm agree."""
    python(host, """
signal.signal(S.SIGUSR1, lambda n, f: print('handler')); U = {S.SIGUSR1}
S.pthread_sigmask(S.SIG_BLOCK, U); os.kill(os.getpid(), S.SIGUSR1); print(S.sigpending() == U, S.sigwait(U).name, S.sigpending())
print(S.sigtimedwait(U, 0.1)); os.kill(os.getpid(), S.SIGUSR1); i = S.sigwaitinfo(U); print(i.si_signo, i.si_code, i.si_pid == os.getpid())
os.kill(os.getpid(), S.SIGUSR1); print(S.pthread_sigmask(S.SIG_UNBLOCK, U) == U); print(S.pthread_sigmask(S.SIG_BLOCK, ()))
S.signal(S.SIGALRM, lambda n, f: print('alarm')); S.setitimer(S.ITIMER_REAL, 0.1); S.pause()
S.setitimer(S.ITIMER_REAL, 0.1); t = time.monotonic(); time.sleep(0.3); print(0.29 < time.monotonic() - t < 1)
print(S.strsignal(S.SIGTERM), S.SIGTERM in S.valid_signals())
""", "True SIGUSR1 set()\nNone\n10 0 True\nhandler\nTrue\nset()\nalarm\nalarm\nTrue\nTerminated True\n")


@case("python3")
def faults(host):
    """faulthandler: a dump by a user's signal, one after a timeout, and one of a real fault that then kills."""
    ended = host.run("python3", "-X", "faulthandler", "-c", USUAL + """
import ctypes, faulthandler
faulthandler.register(S.SIGUSR1); os.kill(os.getpid(), S.SIGUSR1)
size = os.fstat(2).st_size; faulthandler.dump_traceback_later(0.2)
while os.fstat(2).st_size == size: time.sleep(0.01)
faulthandler.cancel_dump_traceback_later()
ctypes.string_at(0)""")
    expect("status", ended.status, -11)
    expect("dumps", ended.err.count("most recent call first"), 3)
    expect_in("fault", "Fatal Python error: Segmentation fault", ended.err)
    expect("abort", host.run("python3", "-c", "import os; os.abort()").status, -6)


@case("python3")
def subprocesses(host):
    """Children get native dispositions, by every way to start them; timeouts, signals and pipes work."""
    masks = "env -u LD_PRELOAD grep -e SigBlk -e SigIgn /proc/self/status"
    python(host, f"""
m = {masks!r}.split()
signal.signal(S.SIGUSR1, lambda n, f: 0); S.pthread_sigmask(S.SIG_BLOCK, [S.SIGUSR2])
def show(text): print([w for w in text.split() if ':' not in w])
show(subprocess.run(m, capture_output=True, text=True).stdout)
show(subprocess.run(m, capture_output=True, text=True, restore_signals=False).stdout)
show(subprocess.run(m, capture_output=True, text=True, preexec_fn=lambda: None).stdout)
show(subprocess.run(m, capture_output=True, text=True, close_fds=False).stdout)
show(os.popen({masks!r}).read())
r, w = os.pipe(); p = os.posix_spawnp('env', m, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, w, 1)], setsigmask=[], setsigdef=[S.SIGPIPE, S.SIGXFSZ])
os.waitpid(p, 0); show(os.read(r, 999).decode())
try: subprocess.run(['sleep', '99'], timeout=0.2)
except subprocess.TimeoutExpired: print('timeout')
for s in (S.SIGTERM, S.SIGKILL, S.SIGUSR1, S.SIGHUP):
    p = subprocess.Popen(['sleep', '99']); time.sleep(0.05); p.send_signal(s); print(p.wait(5))
print(os.waitstatus_to_exitcode(os.system('exit 3')), subprocess.run('exit 4', shell=True).returncode)
""", """['0000000000000800', '0000000000000000']
['0000000000000800', '0000000001001000']
['0000000000000800', '0000000000000000']
['0000000000000800', '0000000000000000']
['0000000000000000', '0000000000000000']
['0000000000000000', '0000000180000000']
timeout
-15
-9
-10
-1
3 4
""")


@case("python3")
def broken_pipe(host):
    """python itself ignores SIGPIPE: the same error with and without the library."""
    ended = host.run("bash", "-c", "python3 -c 'for i in range(100000): print(i)' | head -n 1; echo ${PIPESTATUS[0]}")
    expect("status", ended.out, "0\n1\n")
    expect_in("error", "BrokenPipeError", ended.err)


@case("python3")
def multiprocessing_pool(host):
    """A pool of workers that ignore Ctrl-C, ended when main gets it."""
    script = USUAL + """
import multiprocessing
def work(n): time.sleep(0.01); return n
if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(3, signal.signal, (S.SIGINT, S.SIG_IGN)) as pool:
        print(sum(pool.map(work, range(60))))
        try: print('waiting'); time.sleep(99)
        except KeyboardInterrupt: print('interrupted')
    print('over')
"""
    terminal = host.terminal("python3", "-u", "-c", script).until("1770").until("waiting")
    time.sleep(0.1)
    terminal.control("c").until("interrupted").until("over")
    expect("status", terminal.end(4), 0)


@case("python3")
def storm(host):
    """Signals rain on a python that allocates, writes and starts children: its data are whole."""
    python(host, """
n = 0
def handler(s, f):
    global n; n += 1; dict.fromkeys(range(50))
for s in (S.SIGUSR1, S.SIGUSR2): signal.signal(s, handler)
me = os.getpid(); kid = os.fork()
if kid == 0:
    try:
        while os.getppid() == me: os.kill(me, S.SIGUSR1); os.kill(me, S.SIGUSR2); time.sleep(0.0005)
    finally: os._exit(0)
end = time.monotonic() + 1.2; bad = rounds = 0
while time.monotonic() < end or n <= 50:
    rounds += 1
    with open('file', 'w') as f: f.writelines('x' * i + '\\\\n' for i in range(300))
    with open('file') as f: bad += [len(l) - 1 for l in f] != list(range(300))
    bad += subprocess.run(['echo', str(rounds)], capture_output=True, text=True).stdout != f'{rounds}\\\\n'
os.kill(kid, S.SIGKILL); os.waitpid(kid, 0); print(bad)
""".replace("\\\\", "\\"), "0\n")
