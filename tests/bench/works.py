"""The table of the benchmark: each work, the programs that do it, and what is wanted of it.

A Work is done by runs, one after the other, round after round. The first is the host without the library, the second the same
again (what differs between these two is noise), then the host with it, then the peers. scripts/bench measures, report.py tells.
"""
import collections
import glob
import os

Run = collections.namedtuple("Run", "name command environment wakeup base needs")
# what: how figure is judged. "at most" and "at least": as a ratio to the base of the same round; "exactly": as it is;
# "more": as a difference to the base, divided by per; "flat": the ratio at every size, divided by the one at the first.
Goal = collections.namedtuple("Goal", "figure what limit run per")
Work = collections.namedtuple("Work", "name runs goals floor steps")

PACKAGES = (
    "perl", "python3", "sqlite3", "libuv1-dev", "libevent-dev", "libev-dev", "libglib2.0-dev",
    "libeatmydata1", "libfaketime", "openjdk-17-jre-headless",
)
SIGTAME = "sigtame"
WITHOUT = "without"
AGAIN = "again"


def run(name, *command, preload="", base=WITHOUT, wakeup=None, needs=(), **environment):
    if preload:
        environment["LD_PRELOAD"] = preload
        needs = (preload, *needs)
    return Run(name, tuple(map(str, command)), environment, wakeup, base, needs)


def goal(figure, what, limit, run=SIGTAME, per=1):
    return Goal(figure, what, limit, run, per)


def first(pattern):
    found = sorted(glob.glob(pattern))
    return found[0] if found else pattern


class Table:
    """All works, for a build directory. scale: what each count is multiplied by."""

    def __init__(self, source, build, data, scale):
        self.library = os.path.join(build, "src/.libs/libsigtame.so")
        self.build, self.data, self.scale = build, data, scale
        self.scripts = os.path.join(source, "tests/bench")
        self.jsig = first("/usr/lib/jvm/java-17-openjdk-*/lib/libjsig.so")
        self.eatmydata = first("/usr/lib/*-linux-gnu*/libeatmydata.so*")
        self.faketime = first("/usr/lib/*-linux-gnu*/faketime/libfaketime.so.1")

    def program(self, name):
        return os.path.join(self.build, "tests/bench", name)

    def count(self, count):
        return max(int(count * self.scale), 100)

    def python(self, work, count):
        return ("/usr/bin/python3", os.path.join(self.scripts, "bench_cpython.py"), work, count, self.program("send"))

    def perl(self, work, count):
        return ("/usr/bin/perl", os.path.join(self.scripts, "bench_perl.pl"), work, count, self.program("send"))

    def three(self, *command, **options):
        """Without, without again, with."""
        return [run(WITHOUT, *command), run(AGAIN, *command), run(SIGTAME, *command, preload=self.library, **options)]

    def works(self):
        return [
            self.toself(), *self.blocked(), self.wakeup(), *self.calls(), self.start(), *self.programs(),
            self.storm(), self.queued(), *self.memory(), *self.growth(),
        ]

    def toself(self):
        count = self.count(100000)
        command = (self.program("toself"), count)
        runs = self.three(*command) + [
            run("sigtame, wakeup fd", *command, preload=self.library, wakeup="write"),
            run("CPython", *self.python("toself", count)),
            run("perl", *self.perl("toself", count)),
        ]
        goals = [goal("ns", "at most", 1.08), goal("ns", "at most", 1.20, run="sigtame, wakeup fd"), goal("lost", "exactly", 0)]
        return Work("kill to self with a handler", runs, goals, "1.00, and 0.06 for each mask call", None)

    def blocked(self):
        for call in ("read", "poll", "epoll_wait", "pause"):
            runs = self.three(self.program("blocked"), call, self.count(5000))
            goals = [goal("ns", "at most", 1.20), goal("p99_ns", "at most", 1.3), goal("lost", "exactly", 0)]
            yield Work(f"handler while main is blocked in {call}", runs, goals, "1.16 after the call, 1.00 in the frame", None)

    def wakeup(self):
        count = self.count(30000)
        peers = [(name, self.program(f"wakeup_{name.lower()}")) for name in ("signalfd", "libuv", "libevent", "libev", "GLib")]
        command = (self.program("wakeup"), count)
        runs = [run(WITHOUT, *command), run(AGAIN, *command)]
        runs += [run(SIGTAME, *command, preload=self.library, wakeup="pipe"),
                 run("sigtame, eventfd", *command, preload=self.library, wakeup="eventfd")]
        runs += [run(name, program, count, needs=(program,)) for name, program in peers]
        runs += [run("CPython", *self.python("wakeup", count)), run("asyncio", *self.python("asyncio", count))]
        return Work("wakeup fd, against a hand-written self-pipe", runs, [goal("ns", "at most", 1.01)], "1.00, eventfd 0.97", None)

    def calls(self):
        forwarder = self.program("forwarder.so")
        rows = [
            (("read", "write", "poll"), 1.01, 12, "1.00 (inline system call)", "forwarder in C", forwarder),
            (("sigaction", "signal", "sigprocmask"), 1.03, 32, "1.00", "libjsig", self.jsig),
        ]
        for names, limit, instructions, floor, peer, preload in rows:
            for name in names:
                command = (self.program("calls"), name)
                timed = (*command, self.count(1000000))
                runs = self.three(*timed) + [run(peer, *timed, preload=preload)]
                goals = [goal("ns", "at most", limit), goal("instructions", "more", instructions)]
                yield Work(f"{name} with nothing due", runs, goals, floor, command)

    def starter(self, name, preload, count, *command, **options):
        return run(name, self.program("starts"), count, preload, *command, needs=(preload,) if preload else (), **options)

    def start(self):
        preloads = [(WITHOUT, ""), (AGAIN, ""), (SIGTAME, self.library), ("any object", self.program("empty.so")),
                    ("libjsig", self.jsig), ("eatmydata", self.eatmydata), ("faketime", self.faketime)]
        runs = [self.starter(name, preload, self.count(500), "/bin/true") for name, preload in preloads]
        goals = [goal("ns", "at most", 1.09), goal("instructions", "more", 13000)]
        return Work("start of /bin/true", runs, goals, "1.07 (any object at all)", ("/bin/true",))

    def programs(self):
        blocks = self.count(300000)
        table = [
            ("dd bs=1", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", f"count={blocks}", "status=none"),
            ("gzip", "/bin/gzip", "-c", f"{self.data}/text"),
            ("tar", "/bin/tar", "-cf", f"{self.data}/tar", "-C", f"{self.data}/tree", "."),
            ("sqlite inserts", "/usr/bin/sqlite3", f"{self.data}/database", f".read {self.data}/inserts"),
        ]
        for name, *command in table:
            preloads = [(WITHOUT, ""), (AGAIN, ""), (SIGTAME, self.library)]
            runs = [self.starter(run_name, preload, 1, *command) for run_name, preload in preloads]
            yield Work(name, runs, [goal("ns", "at most", 1.02)], "1.00", None)

    def storm(self):
        count = self.count(1000000)
        runs = self.three(self.program("storm"), count)
        for name in ("signalfd", "libuv", "libevent"):
            program = self.program(f"storm_{name}")
            runs.append(run(name, program, count, needs=(program,)))
        runs += [run("CPython", *self.python("storm", count)), run("perl", *self.perl("storm", count))]
        goals = [goal("runs", "at least", 3.0), goal("progress", "at least", 0.5)]
        return Work("storm of kill() from another core", runs, goals, "signalfd 8 x", None)

    def queued(self):
        count = self.count(1000000)
        runs = self.three(self.program("queued"), count) + [
            run("signalfd", self.program("queued_signalfd"), count),
            run("CPython", *self.python("queued", count)),
            run("perl", *self.perl("queued", count)),
        ]
        goals = [goal("rate", "at least", 1.9), goal("runs", "exactly", count), goal("refused", "exactly", 0), goal("disorder", "exactly", 0)]
        return Work("storm of queued real-time signals", runs, goals, "signalfd 2 x", None)

    def memory(self):
        for name, threads, limit in (("a process", 0, 65536), ("a thread", 1000, 512)):
            runs = self.three(self.program("memory"), threads)
            yield Work(f"private dirty bytes of {name}", runs, [goal("bytes", "more", limit, per=max(threads, 1))], "", None)

    def growth(self):
        for what, sizes in (("threads", (1, 10, 100, 1000)), ("signals", (1, 4, 16, 64)), ("pending", (1, 10, 100, 1000, 10000))):
            runs = []
            for size in sizes:
                command = (self.program("grow"), what, size, self.count(50000))
                runs += [run(f"without, {size}", *command), run(f"sigtame, {size}", *command, preload=self.library, base=f"without, {size}")]
            yield Work(f"cost a signal with more {what}", runs, [goal("ns", "flat", 1.10, run="sigtame, ")], "", None)
