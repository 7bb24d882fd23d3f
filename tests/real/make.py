"""GNU make: many children, SIGCHLD, and targets to remove when it is told to stop."""
import os
import signal

from harness import case, expect, expect_in, sleeping, wait_for

PARTIAL = """
all: one two three
one two three: ; @echo partial > $@; sleep 9; echo done > $@
"""


def makefile(host, text):
    with open(host.path("Makefile"), "w") as file:
        file.write(text.replace("; @", "\n\t@"))


def begun(make, count):
    """Waits until so many recipes are where they stay: a shell that has not yet begun its last command may miss the signal."""
    wait_for("recipes", lambda: len(sleeping(make.pid, "sleep")) == count)


@case("make")
def removes_targets(host):
    """SIGINT, SIGTERM and SIGHUP, to the group as from a terminal: make removes what is half done and dies of the signal."""
    makefile(host, PARTIAL)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = host.start("make", "-j3")
        begun(process, 3)
        ended = process.send_group(sig).end(5)
        expect(sig.name, ended.status in (-sig, 2), True)  # 2: a child's end was seen before the signal
        expect("targets left", [name for name in ("one", "two", "three") if os.path.exists(host.path(name))], [])
        expect("told", ended.err.count("Deleting file"), 3)


@case("make")
def removes_targets_when_alone_told(host):
    """SIGTERM to make alone: it ends its children too."""
    makefile(host, PARTIAL)
    process = host.start("make", "-j2")
    begun(process, 2)
    expect("status", process.send(signal.SIGTERM).end(5).status, -15)
    expect("targets left", [name for name in ("one", "two", "three") if os.path.exists(host.path(name))], [])


@case("make")
def control_c(host):
    """Ctrl-C at a terminal."""
    makefile(host, PARTIAL)
    terminal = host.terminal("make", "-j2")
    begun(terminal, 2)
    expect("status", terminal.control("c").end(5), -2)
    expect("targets left", [name for name in ("one", "two", "three") if os.path.exists(host.path(name))], [])


@case("make")
def many_quick_children(host):
    """Hundreds of children that end at once: no SIGCHLD is slept over, no token lost."""
    makefile(host, "N := $(shell seq 1 300)\nall: $(N)\n.PHONY: $(N)\n$(N): ; @true $@\n")
    expect("status", host.run("make", "-j4").status, 0)
    ended = host.run("make", "-j8", "-k", "SHELL=/bin/sh", "all")
    expect("again", ended.status, 0)


@case("make")
def recursive_job_server(host):
    """makes below make share their tokens through a pipe that SIGCHLD interrupts."""
    makefile(host, """
N := $(shell seq 1 40)
all: a b c d
a b c d: ; @+$(MAKE) --no-print-directory leaf
leaf: $(N)
.PHONY: all leaf a b c d $(N)
$(N): ; @echo $@
""")
    ended = host.run("make", "-j3")
    expect("status", (ended.status, ended.err), (0, ""))
    expect("lines", sorted(map(int, ended.out.split())), sorted(list(range(1, 41)) * 4))


@case("make")
def statuses(host):
    """A failing recipe gives 2, with -k the others are made; a killed recipe names its signal."""
    makefile(host, "all: bad good\nbad: ; @exit 3\ngood: ; @echo good\nkilled: ; @kill -s TERM $$$$\n")
    expect("failure", host.run("make", "bad").status, 2)
    expect("kept going", host.run("make", "-k", "-j2")[:2], (2, "good\n"))
    ended = host.run("make", "killed")
    expect("killed", ended.status, 2)
    expect_in("killed", "Terminated", ended.err)


@case("make")
def recipes_get_native_dispositions(host):
    """Nothing blocked, nothing ignored, in a recipe and in $(shell); posix_spawn itself ignores 32 and 33 there."""
    masks = "env -u LD_PRELOAD grep -e SigBlk -e SigIgn /proc/self/status"
    makefile(host, f"$(info $(shell {masks}))\nall: ; @{masks}\n")
    ended = host.run("make", "-j2")
    words = ended.out.split()
    expect("lines", words[::2], ["SigBlk:", "SigIgn:"] * 2)
    expect("masks", [int(word, 16) & ~(3 << 31) for word in words[1::2]], [0] * 4)
