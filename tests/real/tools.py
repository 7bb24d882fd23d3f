"""Other programs of a Debian system that live by signals: gzip, flock, xargs, tar, openssl, git, ed."""
import os
import signal
import subprocess
import time

from harness import case, expect, expect_in, expect_match, expect_within, find_program, wait_for


@case("gzip")
def gzip_removes_what_it_began(host):
    """gzip that is told to end removes its output, keeps its input, and dies of the signal."""
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with open(host.path("data"), "wb") as file:
            file.write(os.urandom(1 << 20))  # there is output soon
            file.truncate(4 << 30)
        process = host.start("gzip", "-9", "data")
        wait_for("output", lambda: os.path.exists(host.path("data.gz")) and os.path.getsize(host.path("data.gz")))
        process.send(sig)
        expect(sig.name, process.end(5).status, -sig)
        expect("files", ["data"], [name for name in os.listdir(host.directory) if name.startswith("data")])


@case("flock", "sleep")
def flock_with_a_deadline(host):
    """flock -w lives by an alarm that interrupts flock(2)."""
    host.start("flock", "file", "sleep", "9")
    wait_for("lock", lambda: host.run("flock", "-n", "file", "true").status == 1)
    began = time.monotonic()
    expect("status", host.run("flock", "-w", "0.4", "file", "echo", "not reached"), (1, "", ""))
    expect_within("wait", time.monotonic() - began, 0.39, 2)
    expect("conflict code", host.run("flock", "-E", "9", "-w", "0.1", "file", "true").status, 9)


@case("xargs")
def xargs_side_by_side(host):
    """xargs -P: all run, statuses count, USR1 lets one more run side by side, TERM ends it."""
    ended = host.run("xargs", "-P", "4", "-n", "1", "sh", "-c", "sleep 0.0$(($1 % 3)); echo $1", "-", input="\n".join(map(str, range(60))))
    expect("all", (ended.status, sorted(map(int, ended.out.split()))), (0, list(range(60))))
    expect("a failure", host.run("xargs", "-P", "2", "-n", "1", "sh", "-c", "exit $1", "-", input="0 3 0").status, 123)
    expect("a death", host.run("xargs", "-n", "1", "sh", "-c", "kill -s TERM $$", input="0").status, 125)
    with open(host.path("words"), "w") as file:
        file.write("a b c d")
    process = host.start("xargs", "-a", "words", "-P", "1", "-n", "1", "sh", "-c", "echo start; sleep 0.7").until("start").until_waiting()
    process.send(signal.SIGUSR1)
    wait_for("two", lambda: process.out().count("start") >= 2, 0.6 + 2)
    process.until_waiting().send(signal.SIGTERM)
    expect("ended", process.end(3).status, -15)


@case("tar", "gzip")
def tar_through_gzip(host):
    """tar with a compressor: archives and reads back; a reader that leaves early ends it."""
    os.mkdir(host.path("tree"))
    for n in range(200):
        with open(host.path("tree", f"file{n}"), "w") as file:
            file.write(f"{n}\n" * n)
    expect("create", host.run("tar", "czf", "tree.tgz", "tree")[::2], (0, ""))
    expect("compare", host.run("tar", "dzf", "tree.tgz"), (0, "", ""))
    expect("list", len(host.run("tar", "tzf", "tree.tgz").out.split()), 201)
    ended = host.run("bash", "-c", "tar cf - tree tree tree tree | head -c 100 >/dev/null; echo ${PIPESTATUS[0]}")
    expect("into head", ended.out, "2\n" if host.bsd else "141\n")


@case("tar")
def tar_reports(host):
    """tar --totals=USR1 reports at the signal and goes on."""
    with open(host.path("data"), "wb") as file:
        file.truncate(3 << 20)
    os.mkfifo(host.path("out"))
    process = host.start("tar", "--totals=USR1", "-cf", "out", "data")
    with open(host.path("out"), "rb") as archive:
        archive.read(10240)
        process.until_waiting().send(signal.SIGUSR1)
        time.sleep(0.1)
        size = 10240 + len(archive.read())
    process.until("Total bytes written", where="err")
    expect("status", process.end(3).status, 0)
    expect_within("archive", size, 3 << 20, 4 << 20)


@case("openssl")
def openssl_alarm(host):
    """openssl speed stops its loop, which is CPU and libcrypto alone, by an alarm."""
    began = time.monotonic()
    ended = host.run("openssl", "speed", "-seconds", "1", "-bytes", "1024", "sha256", seconds=15)
    expect("status", ended.status, 0)
    expect_match("report", r"sha256", ended.out)
    expect_within("time", time.monotonic() - began, 1, 4)


@case("git")
def git_into_head(host):
    """git whose pager or reader leaves early; git with children and locks keeps its repository whole."""
    env = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@b"}
    script = """
        git init -q repo && cd repo || exit 9
        for i in 1 2 3 4 5; do seq 1 2000$i >file; git add file; git commit -q -m "message $i" || exit 8; done
        git gc -q && git fsck --no-progress || exit 7
        git log --format=%s | cat
        git log -p | head -n 1 | cut -c 1-6; echo ${PIPESTATUS[0]}"""
    ended = host.run("bash", "-c", script, env=env, seconds=15)
    expect("status", ended.status, 0)
    lines = ended.out.split("\n")
    expect("log", lines[:6], [f"message {n}" for n in (5, 4, 3, 2, 1)] + ["commit"])
    expect_in("git log into head", lines[6], ("141",))


@case("ed")
def ed_saves_on_hang_up(host):
    """ed at SIGHUP saves its buffer; at SIGINT it says so and goes on."""
    process = host.start("ed", stdin=subprocess.PIPE)
    process.stdin.write(b"a\nprecious\n.\n1p\n")
    process.stdin.flush()
    process.until("precious").until_waiting().send(signal.SIGINT).until("?\n").until_waiting().send(signal.SIGHUP)
    process.end(3)
    with open(host.path("ed.hup")) as file:
        expect("saved", file.read(), "precious\n")


@case("bc")
def bc_is_interrupted(host):
    """bc, busy with a long sum, is told to stop by Ctrl-C, and goes on with the next line at a terminal."""
    terminal = host.terminal("bc", "-q")
    terminal.line("1+1").until("2\n")
    terminal.line("while (1) x = x + 1")
    terminal.until_computing()
    terminal.control("c").until("interrupt", 5)
    terminal.line("40+2").until("42\n")
    terminal.line("quit")
    expect("status", terminal.end(3), 0)


@case("less")
def less_at_a_terminal(host):
    """less: Ctrl-C leaves the wait for more input, q ends it; the pipe behind it then closes."""
    terminal = host.terminal("sh", "-c", "{ echo first line; sleep 1; yes; } 2>/dev/null | less -E+F", env={"TERM": "xterm", "LESS": ""})
    terminal.until("first line")
    time.sleep(0.3)
    terminal.control("c")
    time.sleep(0.2)
    terminal.type("q")
    terminal.end(5)
