"""The coreutils in pipelines, under timeout, and told to end or to report."""
import os
import signal
import subprocess
import time

from harness import case, expect, expect_in, expect_match, expect_within, wait_for

BROKEN = "Broken pipe"


def statuses(host, pipeline, env=None):
    """What each member of a pipeline ended with, what it printed, and its complaints."""
    script = f"""
        {pipeline}
        echo "${{PIPESTATUS[*]}}" >&3"""
    ended = host.run("bash", "-c", f"exec 3>statuses; {script}", env=env)
    with open(host.path("statuses")) as file:
        return file.read().strip(), ended.out, ended.err


@case("yes", "seq", "cat", "head")
def producers_into_head(host):
    """Natively SIGPIPE kills what writes into a pipe that head has left; by default these see EPIPE and say so. (od and fold never look.)"""
    for producer, name in (("yes", "yes"), ("seq 1 9999999", "seq"), ("cat /dev/zero", "cat"),
                           ("tr a b </dev/zero", "tr"), ("base64 /dev/zero", "base64")):
        found, _, err = statuses(host, f"{producer} | head -c 10 >/dev/null")
        expect(f"{name} without the library's SIGPIPE",
               statuses(host, f"{producer} | head -c 10 >/dev/null", env={"SIGTAME_IGNORE": "none"} if host.bsd else None)[0], "141 0")
        expect(name, found, "1 0" if host.bsd else "141 0")
        if host.bsd:
            expect_match(f"{name} tells", f"{name}: .*{BROKEN}", err)
        else:
            expect(f"{name} is silent", err, "")


@case("tee", "head", "seq")
def tee_keeps_the_file(host):
    """tee whose reader left: killed natively; by default it sees EPIPE, and -p makes it go on to the file's end."""
    found, _, _ = statuses(host, "seq 1 200000 | tee copy | head -n 1 >/dev/null")
    expect("statuses", found, "141 141 0" if not host.bsd else found)
    found, _, _ = statuses(host, "seq 1 200000 | tee -p copy | head -n 1 >/dev/null")
    expect("with -p", found, "0 0 0" if not host.bsd else found)
    expect("the file", host.run("sh", "-c", "seq 1 200000 | cmp - copy").status, 0)


@case("tee")
def tee_ignores_int(host):
    """tee -i lives on SIGINT; without it tee dies."""
    for flag, wanted in (("-i", 0), ("-a", -2)):
        process = host.start("tee", flag, "copy", stdin=subprocess.PIPE)
        process.stdin.write(b"one\n")
        process.stdin.flush()
        process.until("one").send(signal.SIGINT)
        if wanted == 0:
            time.sleep(0.1)
            process.stdin.write(b"two\n")
            process.stdin.close()
        expect(flag, process.end(3).status, wanted)
    expect("the file", open(host.path("copy")).read(), "one\ntwo\none\n")


@case("timeout", "sleep")
def timeout_statuses(host):
    """124, the command's own status, and death by SIGKILL together with one that must be killed."""
    began = time.monotonic()
    expect("runs out", host.run("timeout", "0.3", "sleep", "9").status, 124)
    expect("INT", host.run("timeout", "-s", "INT", "0.2", "sleep", "9").status, 124)
    expect("own status", host.run("timeout", "5", "sh", "-c", "exit 3").status, 3)
    expect("kept status", host.run("timeout", "--preserve-status", "0.2", "sleep", "9").status, 143)
    expect("killed", host.run("timeout", "-k", "0.2", "0.2", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done").status, -9)
    expect("its child's signal", host.run("timeout", "5", "sh", "-c", "kill -s HUP $$").status, -1)
    expect("foreground", host.run("timeout", "--foreground", "0.2", "sleep", "9").status, 124)
    expect_within("all", time.monotonic() - began, 1.1, 8)


@case("timeout")
def timeout_passes_signals_on(host):
    """timeout that is told to end tells its command, and ends as it does."""
    for sig, name in ((signal.SIGTERM, "TERM"), (signal.SIGINT, "INT"), (signal.SIGHUP, "HUP")):
        script = f"trap 'echo got {name}; exit 5' {name}; echo ready; while :; do sleep 0.02; done"
        process = host.start("timeout", "9", "sh", "-c", script).until("ready").send(sig)
        expect(name, process.end(3)[:2], (5, f"ready\ngot {name}\n"))


@case("timeout", "true")
def timeout_sees_quick_children(host):
    """A child that ends before timeout waits: its SIGCHLD is not slept over."""
    for _ in range(40):
        expect("status", host.run("timeout", "5", "true", seconds=3).status, 0)


@case("sort", "seq")
def sort_removes_its_files(host):
    """sort that is told to end removes its temporary files and dies of the signal."""
    os.mkdir(host.path("tmp"))
    with open(host.path("data"), "w") as file:
        file.writelines(f"{n * 7919 % 1000003}\n" for n in range(300000))
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process = host.start("sort", "-S", "1M", "-T", host.path("tmp"), "--parallel=2", "data", "-", stdin=subprocess.PIPE)
        wait_for("temporary files", lambda: len(os.listdir(host.path("tmp"))) > 2)
        process.until_waiting().send(sig)
        expect(sig.name, process.end(3).status, -sig)
        expect("files left", os.listdir(host.path("tmp")), [])
    for parallel in ("1", "4"):
        host.run("sort", "-n", "-S", "1M", "-T", host.path("tmp"), f"--parallel={parallel}", "-o", "sorted", "data", "data")
        expect("sorted", host.run("sort", "-n", "-c", "sorted").status, 0)
    expect("files left", os.listdir(host.path("tmp")), [])


@case("dd")
def dd_reports(host):
    """USR1 makes dd report and go on, as often as it is sent."""
    process = host.start("dd", "if=/dev/zero", "of=/dev/null", "bs=64k")
    caught = 1 << signal.SIGUSR1 - 1
    wait_for("handler", lambda: int(open(f"/proc/{process.pid}/status").read().split("SigCgt:")[1].split()[0], 16) & caught)
    for count in range(1, 6):
        process.send(signal.SIGUSR1)
        wait_for("report", lambda: process.err().count("copied") == count)
    process.send(signal.SIGINT)
    ended = process.end(3)
    expect("status", ended.status, -2)
    expect("reports", ended.err.count("copied"), 6)


@case("dd")
def dd_is_interrupted(host):
    """Its one-shot handler for INT only sets a flag: dd reports once, raises SIGINT again and dies of it."""
    process = host.start("dd", "bs=1", "of=/dev/null", stdin=subprocess.PIPE).until_waiting()
    process.stdin.write(b"12345")
    process.stdin.flush()
    process.until_waiting().send(signal.SIGUSR1).until("copied", where="err").until_waiting().send(signal.SIGINT)
    ended = process.end(3)
    expect("status", ended.status, -2)
    expect("reports", ended.err.count("5 bytes copied"), 2)


@case("cat", "mkfifo")
def cat_and_stop(host):
    """cat that waits is stopped and continued: no error, no byte lost; then SIGTERM ends it."""
    process = host.start("cat", stdin=subprocess.PIPE)
    for line in (b"one\n", b"two\n", b"three\n"):
        process.until_waiting()
        process.send(signal.SIGSTOP).send(signal.SIGCONT)
        process.stdin.write(line)
        process.stdin.flush()
        process.until(line.decode())
    process.until_waiting().send(signal.SIGTERM)
    expect("result", process.end(3), (-15, "one\ntwo\nthree\n", ""))


@case("tail")
def tail_follows(host):
    """tail -f shows what is appended; SIGTERM ends it; --pid ends it with that process."""
    with open(host.path("log"), "w") as log:
        log.write("first\n")
        log.flush()
        process = host.start("tail", "-f", "log").until("first\n")
        for n in range(5):
            log.write(f"line {n}\n")
            log.flush()
            process.until(f"line {n}\n")
        process.until_waiting().send(signal.SIGTERM)
        expect("status", process.end(3).status, -15)
    sleeper = host.start("sleep", "0.5")
    process = host.start("tail", "-f", "-s", "0.1", f"--pid={sleeper.pid}", "log")
    sleeper.end()
    expect("with --pid", process.end(5).status, 0)


@case("nohup")
def nohup_ignores_hup(host):
    """What nohup starts ignores SIGHUP, and nothing else."""
    process = host.start("nohup", "env", "-u", "LD_PRELOAD", "sleep", "9").until_waiting()
    wait_for("sleep", lambda: open(f"/proc/{process.pid}/comm").read() == "sleep\n")
    status = open(f"/proc/{process.pid}/status").read()
    expect("ignored", status.split("SigIgn:")[1].split()[0], "0000000000000001")
    expect("blocked", status.split("SigBlk:")[1].split()[0], "0000000000000000")
    process.send(signal.SIGHUP)
    time.sleep(0.1)
    expect("ended", process.ended(), False)
    expect("status", process.send(signal.SIGTERM).end(3).status, -15)


@case("nohup", "sh")
def nohup_of_a_preloaded_program(host):
    """A preloaded program that starts with SIGHUP ignored keeps it so."""
    process = host.start("nohup", "sh", "-c", "echo ready; trap 'echo hup' HUP; while :; do sleep 0.02; done").until("ready")
    process.send(signal.SIGHUP)
    time.sleep(0.2)
    expect("result", process.send(signal.SIGTERM).end(3)[:2], (-15, "ready\n"))


@case("env")
def env_sets_dispositions(host):
    """env(1) ignores, blocks and resets for what it starts. It sees SIGPIPE as ignored by default, and hands it on as it was."""
    masks = ("env", "-u", "LD_PRELOAD", "grep", "-e", "SigBlk", "-e", "SigIgn", "/proc/self/status")
    def words(*options):
        return host.run("env", *options, *masks).out.split()[1::2]
    expect("plain", words(), ["0" * 16, "0" * 16])
    expect("ignored", words("--ignore-signal=TERM", "--ignore-signal=USR1"), ["0" * 16, "0000000000004200"])
    expect("blocked", words("--block-signal=USR2"), ["0000000000000800", "0" * 16])
    expect("ignored pipe", words("--ignore-signal=PIPE"), ["0" * 16, "0000000000001000"])
    expect("default pipe", words("--default-signal=PIPE"), ["0" * 16, "0" * 16])
    listed = host.run("env", "--list-signal-handling", "true").err
    expect("listed", " ".join(listed.split()), "PIPE (13): IGNORE" if host.bsd else "")
    listed = host.run("env", "--block-signal=HUP", "--ignore-signal=INT", "--default-signal=PIPE", "--list-signal-handling", "true").err
    expect("listed", [" ".join(line.split()) for line in listed.splitlines()], ["HUP ( 1): BLOCK", "INT ( 2): IGNORE"])


@case("split", "csplit")
def split_and_csplit(host):
    """split --filter whose filter leaves early ends well; csplit that is told to end removes its files."""
    ended = host.run("sh", "-c", "seq 1 100000 | split -n r/2 --filter='head -n 1' -")
    expect("split", (ended.status, sorted(ended.out.split())), (0, ["1", "2"]))
    process = host.start("csplit", "-f", "piece", "-", "/5000/", "{*}", stdin=subprocess.PIPE)
    process.stdin.write(b"".join(b"%d\n" % n for n in range(40000)))
    process.stdin.flush()
    def pieces():
        return [name for name in os.listdir(host.path()) if name.startswith("piece")]
    wait_for("pieces", pieces)
    process.until_waiting().send(signal.SIGTERM)
    expect("csplit", process.end(3).status, -15)
    expect("pieces left", pieces(), [])


@case("stdbuf", "cat")
def stdbuf_with_the_library(host):
    """stdbuf, which preloads a library of its own: both are loaded."""
    process = host.start("stdbuf", "-oL", "tr", "a", "b", stdin=subprocess.PIPE)
    process.stdin.write(b"banana\n")
    process.stdin.flush()
    process.until("bbnbnb\n")
    maps = open(f"/proc/{process.pid}/maps").read()
    expect_in("maps", "libstdbuf.so", maps)
    if host.mode != "native":
        expect_in("maps", os.path.basename(host.library), maps)
    expect("status", process.send(signal.SIGTERM).end(3).status, -15)


@case("sleep")
def every_deadly_signal(host):
    """Every signal whose default is death kills sleep, and the parent sees which one."""
    harmless = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN,
                signal.SIGTTOU}
    if host.bsd:
        harmless |= {signal.SIGPIPE, signal.SIGRTMAX}  # ignored from the start; reserved
    deadly = sorted(set(signal.valid_signals()) - harmless)
    processes = [(sig, host.start("sleep", "9")) for sig in deadly]
    for sig, process in processes:
        process.until_waiting().send(sig)
    for sig, process in processes:
        expect(f"signal {sig}", process.end(3).status, -sig)
    if host.bsd:
        process = host.start("sleep", "0.6").until_waiting().send(signal.SIGPIPE).send(signal.SIGRTMAX)
        expect("SIGPIPE and SIGRTMAX", process.end(3).status, 0)


@case("sleep")
def sleep_is_not_shortened(host):
    """Stop, continue and signals that do nothing leave sleep its time."""
    began = time.monotonic()
    process = host.start("sleep", "3")
    while time.monotonic() - began < 0.8:
        process.until_waiting()
        process.send(signal.SIGSTOP).send(signal.SIGCONT).send(signal.SIGCHLD).send(signal.SIGWINCH).send(signal.SIGURG)
        time.sleep(0.02)
    expect("status", process.end(30).status, 0)
    expect_within("time", time.monotonic() - began, 2.99, 4.2)


@case("head", "cat", "wc", "sort", "uniq", "bash")
def long_pipeline(host):
    """A pipeline of ten programs carries its data whole."""
    script = "seq 1 200000 | cat | tr 0-9 a-j | tee copy | tac | cat -n | cut -f 2 | tac | tr a-j 0-9 | sort -n -c && cksum <copy"
    plain = subprocess.run(["sh", "-c", "seq 1 200000 | tr 0-9 a-j | cksum"], capture_output=True, text=True, env={"PATH": os.defpath})
    expect("result", host.run("bash", "-o", "pipefail", "-c", script), (0, plain.stdout, ""))
