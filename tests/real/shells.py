"""bash and dash, run by scripts."""
import os
import signal
import time

from harness import case, descendants, expect, expect_in, expect_match, expect_within, wait_for

SHELLS = ("bash", "dash")
MASKS = "env -u LD_PRELOAD grep -E 'SigBlk|SigIgn' /proc/self/status"  # of a program that is not preloaded


@case(each=SHELLS)
def trap_waits_for_the_command(host, shell):
    """A trap runs when the foreground command has ended, not before, and once."""
    process = host.start(shell, "-c", "trap 'echo term' TERM; echo ready; sleep 2; echo end")
    process.until("ready").until_waiting().send(signal.SIGTERM)
    expect("result", process.end(), (0, "ready\nterm\nend\n", ""))


@case(each=SHELLS)
def trap_interrupts_wait(host, shell):
    """The builtin wait returns more than 128 at once, then the trap has run."""
    process = host.start(shell, "-c", "trap 'echo term' TERM; sleep 9 & echo ready; wait; echo $?; kill $!")
    process.until("ready").until_waiting().send(signal.SIGTERM)
    expect("result", process.end(3), (0, "ready\nterm\n143\n", ""))


@case(each=SHELLS)
def kill_of_itself_is_prompt(host, shell):
    """kill of the shell by itself runs the trap before the next command."""
    script = "trap 'echo trap' USR1; for i in 1 2 3; do kill -s USR1 $$; echo after $i; done"
    wanted = "trap\nafter 1\ntrap\nafter 2\ntrap\nafter 3\n"
    expect("result", host.run(shell, "-c", script), (0, wanted, ""))


@case(each=SHELLS)
def dies_of_the_signal(host, shell):
    """Without a trap the parent sees the signal; a trap that resets and kills again does the same."""
    for name, number in (("HUP", 1), ("INT", 2), ("TERM", 15), ("USR1", 10), ("ALRM", 14)):
        expect(name, host.run(shell, "-c", f"kill -s {name} $$; echo not reached").status, -number)
        expect(name + " from the trap",
               host.run(shell, "-c", f"trap 'trap - {name}; kill -s {name} $$' {name}; kill -s {name} $$; exit 7").status,
               -number)


@case(each=SHELLS)
def trap_exit(host, shell):
    """The EXIT trap runs at the end, with the status kept, and from an exit inside a signal's trap."""
    expect("exit", host.run(shell, "-c", "trap 'echo bye' EXIT; exit 3"), (3, "bye\n", ""))
    script = "trap 'echo bye' EXIT; trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    process = host.start(shell, "-c", script).until("ready").send(signal.SIGTERM)
    expect("exit in a trap", process.end(), (5, "ready\nbye\n", ""))


@case("yes", "head", each=SHELLS)
def yes_into_head(host, shell):
    """By default yes is not killed by SIGPIPE: its write fails with EPIPE, which it reports."""
    script = "{ yes; echo $? >&2; } | head -n 2"
    killed, told = "141\n", "yes: standard output: Broken pipe\n1\n"
    expect("default", host.run(shell, "-c", script), (0, "y\ny\n", told if host.bsd else killed))
    if host.bsd:
        expect("SIGTAME_IGNORE=none", host.run(shell, "-c", script, env={"SIGTAME_IGNORE": "none"}), (0, "y\ny\n", killed))


@case(each=SHELLS)
def builtin_writes_into_a_closed_pipe(host, shell):
    """A shell whose builtin writes into a pipe without a reader: killed natively, an error by default."""
    os.mkfifo(host.path("gate"))
    script = "(read go <gate; i=0; while [ $i -lt 3 ]; do echo x || echo failed >&2; i=$((i+1)); done; echo $i >&2) | true; exit 0"
    process = host.start(shell, "-c", script).until_waiting()
    wait_for("the reader's end", lambda: len(descendants(process.pid)) == 1)  # the shell has closed the pipe by then
    with open(host.path("gate"), "w") as gate:
        gate.write("go\n")
    ended = process.end()
    expect("status", ended.status, 0)
    expect("lines that fail", ended.err.count("failed\n"), 3 if host.bsd else 0)
    expect("loop ends", ended.err.endswith("3\n"), host.bsd)


@case(each=SHELLS)
def subshells_reset_traps(host, shell):
    """A subshell has not its parent's trap, and its own is not its parent's."""
    script = """
        trap 'echo outer' USR1
        (trap 'echo inner' USR1; sh -c 'kill -USR1 $PPID'; echo in)
        (sh -c 'kill -USR1 $PPID'; echo not reached)
        echo $?
        sh -c 'kill -USR1 $PPID'
        echo end"""
    ended = host.run(shell, "-c", script)
    expect("result", (ended.status, ended.out), (0, "inner\nin\n138\nouter\nend\n"))


@case(each=SHELLS)
def here_documents(host, shell):
    """Here-documents small and larger than a pipe, while a trap runs again and again."""
    script = """
        n=0; trap 'n=$((n+1))' USR1
        big=$(head -c 300000 /dev/zero | tr '\\0' x)
        (while kill -s USR1 $$ 2>/dev/null; do sleep 0.01; done) &
        i=0
        while [ $i -lt 30 ]; do
            cat <<-END >>small
		line $i $(echo nested)
		END
            wc -c <<END >>large
$big
END
            i=$((i+1))
        done
        kill $!
        [ $n -gt 0 ] && wc -l <small && sort large | uniq -c"""
    ended = host.run(shell, "-c", script)
    expect("status", (ended.status, ended.err), (0, ""))
    expect("documents", ended.out.split(), ["30", "30", "300001"])


@case(each=SHELLS)
def command_substitution(host, shell):
    """A trap during a command substitution waits for it, and the text is complete."""
    script = "trap 'echo trap' TERM; echo ready; x=$(sleep 2; seq 1 20000 | wc -l); echo $x"
    process = host.start(shell, "-c", script).until("ready").until_waiting().send(signal.SIGTERM)
    expect("result", process.end(), (0, "ready\ntrap\n20000\n", ""))


@case(each=SHELLS)
def read_is_interrupted_by_a_trap(host, shell):
    """A read builtin that waits for a pipe: the trap runs at once."""
    script = "trap 'echo trap; exit 4' TERM; echo ready; read line; echo not reached"
    process = host.start(shell, "-c", script, stdin=-1).until("ready").until_waiting().send(signal.SIGTERM)
    expect("result", process.end(3), (4, "ready\ntrap\n", ""))


@case(each=SHELLS)
def busy_loop(host, shell):
    """A loop of builtins sees its signal soon."""
    process = host.start(shell, "-c", "trap 'echo got; exit 6' TERM; echo ready; while :; do :; done").until("ready")
    began = time.monotonic()
    process.send(signal.SIGTERM)
    expect("result", process.end(), (6, "ready\ngot\n", ""))
    expect_within("answer", time.monotonic() - began, 0, 2)


@case(each=SHELLS)
def every_spaced_signal_counts(host, shell):
    """Signals that are sent while the shell waits, one after the other's answer: none is lost, none doubled.

    Between two waits bash itself loses one, natively too, where its calls are delayed."""
    script = "n=0; trap 'n=$((n+1)); echo $n' USR1; trap 'exit 0' TERM; echo ready; while :; do sleep 9 & wait $!; kill $!; done"
    process = host.start(shell, "-c", script).until("ready")
    for count in range(1, 41):
        process.until_waiting().send(signal.SIGUSR1).until(f"\n{count}\n")
    process.until_waiting().send(signal.SIGTERM)
    expect("lines", process.end().out, "ready\n" + "".join(f"{n}\n" for n in range(1, 41)))


@case(each=SHELLS)
def children_get_native_dispositions(host, shell):
    """What a shell's children inherit is what they would natively: nothing blocked, nothing ignored but on request."""
    nothing = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
    term_usr1 = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000004200\n"
    wanted = nothing + nothing + nothing + term_usr1 + term_usr1
    script = f"{MASKS}; ({MASKS}); {MASKS} | cat; trap '' TERM USR1; trap : INT HUP; {MASKS}; exec {MASKS}"
    expect("masks", host.run(shell, "-c", script), (0, wanted, ""))


@case(each=SHELLS)
def pending_signals_do_not_reach_children(host, shell):
    """Children that start while signals rain on the shell start with an empty mask, and live."""
    script = f"""
        n=0; trap 'n=$((n+1))' USR1
        (while kill -s USR1 $$ 2>/dev/null; do :; done) &
        while [ $n -eq 0 ]; do :; done
        i=0
        while [ $i -lt 40 ]; do {MASKS} >>masks || echo failed $?; i=$((i+1)); done
        kill $!
        [ $n -gt 0 ] && sort masks | uniq -c"""
    ended = host.run(shell, "-c", script)
    expect("status", (ended.status, ended.err), (0, ""))
    expect("masks", ended.out.split(), ["40", "SigBlk:", "0" * 16, "40", "SigIgn:", "0" * 16])


@case(each=SHELLS)
def ignored_stays_ignored(host, shell):
    """A signal that is ignored on entry cannot be trapped; children ignore it too."""
    script = f"trap '' HUP; {shell} -c 'trap \"echo trapped\" HUP; kill -s HUP $$; echo alive'"
    expect("result", host.run(shell, "-c", script), (0, "alive\n", ""))


@case(each=SHELLS)
def background_job_ignores_int(host, shell):
    """A script's background job ignores SIGINT and SIGQUIT; what it execs does too."""
    wanted = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000006\n"
    expect("masks", host.run(shell, "-c", f"{MASKS} & wait"), (0, wanted, ""))


@case(each=SHELLS)
def statuses_of_killed_children(host, shell):
    """128 and the signal's number, for children of every sort."""
    script = """
        sh -c 'kill -s TERM $$'; echo $?
        (kill -s USR2 $(sh -c 'echo $PPID')); echo $?
        sleep 9 & kill -s HUP $!; wait $!; echo $?
        sh -c 'kill -s KILL $$' | cat; echo $?"""
    expect("statuses", host.run(shell, "-c", script).out, "143\n140\n129\n0\n")


@case("bash")
def fifo_open_with_trap(host):
    """bash waits in open() of a FIFO: a signal does not end that, the trap runs, and data flow."""
    script = "mkfifo f; trap 'echo trap' USR1; echo ready; { read x; echo $x; } <f; echo end"
    process = host.start("bash", "-c", script).until("ready").until_waiting().send(signal.SIGUSR1)
    time.sleep(0.1)
    with open(host.path("f"), "w") as fifo:
        fifo.write("data\n")
    ended = process.end()
    expect("status", (ended.status, sorted(ended.out.split())), (0, sorted("ready trap data end".split())))


@case("bash")
def wait_n(host):
    """wait -n returns as each job ends, and more than 128 for a trap."""
    script = """
        trap 'echo trap' USR1; mkfifo first second
        (read line <first) & (read line <second; exit 3) & sleep 99 &
        echo go; wait -n; echo $?; wait -n; echo $?
        wait %3; echo $?; kill %3"""
    process = host.start("bash", "-c", script).until("go\n")
    for name, said in ("first", "go\n0\n"), ("second", "go\n0\n3\n"):
        process.until_waiting()  # bash may miss a job that ends before it waits
        host.run("sh", "-c", f"echo over >{name}")
        process.until(said)
    process.until_waiting().send(signal.SIGUSR1)
    expect("result", process.end(), (0, "go\n0\n3\ntrap\n138\n", ""))


@case("bash")
def chld_trap(host):
    """The CHLD trap runs once for each child that ended."""
    script = "set -m; n=0; trap 'n=$((n+1))' CHLD; for i in 1 2 3 4 5 6; do sleep 0.0$i & done; wait; echo $n"
    expect("result", host.run("bash", "-c", script)[:2], (0, "6\n"))


@case("bash")
def pipestatus(host):
    """Each member of a pipeline has its own status."""
    script = 'yes | sh -c "kill -s INT \\$\\$" | head -c 0 | sh -c "exit 4"; echo ${PIPESTATUS[*]}'
    ended = host.run("bash", "-c", script)
    expect("statuses", ended.out, "1 130 0 4\n" if host.bsd else "141 130 0 4\n")


@case("bash")
def read_with_timeout(host):
    """read -t ends in time, with and without a trap before it ends."""
    script = "trap 'echo trap' USR1; echo ready; read -t 1 line; echo $(($? > 128)); read -t 0.1 line; echo $(($? > 128))"
    process = host.start("bash", "-c", script, stdin=-1).until("ready").until_waiting().send(signal.SIGUSR1)
    expect("result", process.end(3), (0, "ready\ntrap\n1\n1\n", ""))


@case("bash")
def real_time_signals(host):
    """Traps of real-time signals, by name."""
    script = """
        for s in RTMIN RTMIN+1 RTMIN+15 RTMAX-1; do trap "echo $s" $s; done
        for s in RTMAX-1 RTMIN RTMIN+15 RTMIN+1; do kill -s $s $$; done"""
    expect("result", host.run("bash", "-c", script), (0, "RTMAX-1\nRTMIN\nRTMIN+15\nRTMIN+1\n", ""))


@case("bash")
def process_substitution_and_coproc(host):
    """Processes that bash starts by other ways than pipelines."""
    script = """
        trap : USR1; (while kill -s USR1 $$ 2>/dev/null; do sleep 0.01; done) & k=$!
        paste <(seq 3) <(seq 4 6) | tr '\\t' ' '
        coproc sed -u s/a/b/; echo banana >&${COPROC[1]}; read x <&${COPROC[0]}; echo $x
        kill $k $COPROC_PID"""
    ended = host.run("bash", "-c", script)
    expect("result", (ended.status, ended.out), (0, "1 4\n2 5\n3 6\nbbnana\n"))


@case(each=SHELLS)
def int_of_the_group(host, shell):
    """SIGINT to a group: the script with a trap goes on after its child died of it; one without dies of it too."""
    process = host.start(shell, "-c", "trap 'echo int' INT; echo ready; sleep 9; echo $?").until("ready")
    process.until_waiting().send_group(signal.SIGINT)
    expect_match("with a trap", r"^ready\n(int\n130|130\nint)\n$", process.end(3).out)
    process = host.start(shell, "-c", "echo ready; sleep 9; echo not reached").until("ready")
    process.until_waiting().send_group(signal.SIGINT)
    expect("without", process.end(3)[:2], (-2, "ready\n"))
