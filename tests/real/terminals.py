"""bash and dash, and what they start, at a real terminal."""
import fcntl
import os
import struct
import termios
import time

from harness import case, expect, expect_in, expect_within, wait_for, process_state, descendants, sleeping

SHELLS = ("bash", "dash")


def interactive(host, shell):
    """A shell at its prompt. The prompt is split, so that the typed line's echo does not look like it."""
    options = ("--norc", "--noprofile", "--noediting") if shell == "bash" else ()
    terminal = host.terminal(shell, *options, "-i", env={"PS1": "READY> "})
    return terminal.until("READY> ")


def ask(terminal, command):
    """What a command prints."""
    terminal.line(f"echo A''NSWER $({command})")
    terminal.until("ANSWER ")
    terminal.until("\n")
    answer = terminal.text[:terminal.seen].rpartition("ANSWER ")[2]
    terminal.until("READY> ")
    return answer.strip()


def leave(terminal):
    terminal.line("exit 0")
    expect("the shell's end", terminal.end(), 0)


def until_sleeping(terminal, name):
    """Waits until a child of that name sleeps in the foreground."""
    pid = wait_for(f"{name} runs", lambda: sleeping(terminal.pid, name))[0]
    time.sleep(0.05)
    return pid


def until_foreground(terminal, pid):
    """Waits until the job has the terminal and the shell waits for it."""
    wait_for("in the foreground", lambda: os.tcgetpgrp(terminal.fd) == pid and process_state(pid) == "S")
    terminal.until_waiting()


def until_waiting(terminal):
    """Waits until the shell sleeps and has one child alone: it waits for that one, and no trap of its own is running."""
    wait_for("the shell waits", lambda: process_state(terminal.pid) == "S" and len(descendants(terminal.pid)) == 1)


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@case(each=SHELLS)
def control_c_ends_a_script(host, shell):
    """Ctrl-C ends the script and its child, and the parent sees the signal."""
    terminal = host.terminal(shell, "-c", "echo ready; sleep 9; echo not reached").until("ready")
    until_sleeping(terminal, "sleep")
    expect("status", terminal.control("c").end(3), -2)
    expect("output", "not reached" in terminal.text, False)


@case(each=SHELLS)
def control_c_in_a_busy_script(host, shell):
    """Ctrl-C ends a loop of builtins."""
    terminal = host.terminal(shell, "-c", "echo ready; while :; do :; done").until("ready")
    expect("status", terminal.control("c").end(3), -2)


@case(each=SHELLS)
def control_c_and_a_trap(host, shell):
    """A trap for INT: the child dies, the trap runs, the script goes on."""
    terminal = host.terminal(shell, "-c", "trap 'echo trapped' INT; echo ready; sleep 9; echo after $?").until("ready")
    until_sleeping(terminal, "sleep")
    expect("status", terminal.control("c").end(3), 0)
    expect_in("output", "trapped\n", terminal.text)
    expect_in("output", "after 130\n", terminal.text)


@case(each=SHELLS)
def control_backslash(host, shell):
    """Ctrl-\\ ends child and script by SIGQUIT."""
    terminal = host.terminal(shell, "-c", "ulimit -c 0; echo ready; sleep 9; exit $?").until("ready")
    until_sleeping(terminal, "sleep")
    expect("status", terminal.control("\\").end(3) in (-3, 131), True)


@case(each=SHELLS)
def control_c_at_the_prompt(host, shell):
    """Ctrl-C drops the line that is being typed; the shell lives and shows a new prompt."""
    terminal = interactive(host, shell)
    for _ in range(3):
        terminal.type("echo dropped").until("dropped").until_waiting().control("c").until("READY> ")
    expect("answer", ask(terminal, "echo alive"), "alive")
    expect("dropped lines", terminal.text.count("\ndropped"), 0)
    leave(terminal)


@case(each=SHELLS)
def control_c_ends_the_foreground_job(host, shell):
    """The foreground job dies, the shell does not."""
    terminal = interactive(host, shell)
    terminal.line("sleep 9; echo status=$?")
    until_sleeping(terminal, "sleep")
    terminal.control("c").until("READY> ")
    terminal.line("sleep 9 | cat")
    until_sleeping(terminal, "sleep")
    until_sleeping(terminal, "cat")
    terminal.control("c").until("READY> ")
    terminal.line("echo status=$?").until("status=130\n").until("READY> ")
    leave(terminal)


@case(each=SHELLS)
def job_control(host, shell):
    """Ctrl-Z stops, bg continues, fg takes it back, Ctrl-C ends it."""
    terminal = interactive(host, shell)
    terminal.line("sleep 77")
    pid = until_sleeping(terminal, "sleep")
    terminal.control("z").until("Stopped").until("READY> ")
    expect("state", process_state(pid), "T")
    terminal.line("bg").until("READY> ")
    wait_for("goes on", lambda: process_state(pid) == "S")
    terminal.line("jobs").until("Running").until("READY> ")
    terminal.line("fg").until("sleep 77\n")
    until_foreground(terminal, pid)
    terminal.control("z").until("Stopped").until("READY> ")
    terminal.line("fg").until("sleep 77\n")
    until_foreground(terminal, pid)
    terminal.control("c").until("READY> ")
    wait_for("ended", lambda: process_state(pid) is None)
    leave(terminal)


@case(each=SHELLS)
def background_reader_is_stopped(host, shell):
    """A background job that reads the terminal stops by SIGTTIN, and reads once it is in the foreground."""
    terminal = interactive(host, shell)
    terminal.line("cat > copy &").until("READY> ")
    def stopped():
        return [pid for pid in descendants(terminal.pid) if process_state(pid) == "T"]
    wait_for("stopped", stopped)
    terminal.line("fg").until("cat")
    time.sleep(0.1)
    terminal.line("typed").control("d").until("READY> ")
    expect("copy", ask(terminal, "cat copy"), "typed")
    leave(terminal)


@case(each=SHELLS)
def kill_of_a_job(host, shell):
    """kill %1 ends a running and a stopped job; the shell tells so."""
    terminal = interactive(host, shell)
    terminal.line("sleep 78 &").until("READY> ")
    until_sleeping(terminal, "sleep")  # before that the child of an interactive dash ignores SIGTERM
    terminal.line("kill %1; wait %1; echo status=$?").until("status=143\n").until("READY> ")
    terminal.line("sleep 79")
    until_sleeping(terminal, "sleep")
    terminal.control("z").until("Stopped").until("READY> ")
    seen = terminal.seen
    terminal.line("kill %1; fg; echo status=$?").until("\nstatus=").until("READY> ")
    told = terminal.text[seen:terminal.seen]
    ended_before = shell == "bash" and "fg: job has terminated\nstatus=1\n" in told  # bash lets a stopped job that it kills go on
    expect("status", ended_before or "status=143\n" in told, True)
    leave(terminal)


@case(each=SHELLS)
def hang_up(host, shell):
    """The terminal goes away: a script gets SIGHUP and its trap runs."""
    script = "trap 'echo hup > told; exit 0' HUP; echo ready; while :; do sleep 0.05; done"
    terminal = host.terminal(shell, "-c", script).until("ready")
    terminal.hang_up()
    terminal.end(3)
    with open(host.path("told")) as told:
        expect("trap", told.read(), "hup\n")


@case("bash", "stty")
def window_size(host):
    """The terminal changes its size: the WINCH trap runs while bash waits for a job, and stty sees the new size."""
    terminal = host.terminal("bash", "-c", "trap 'stty size' WINCH; echo ready; sleep 9 & wait; wait; kill %1").until("ready")
    for rows, columns in ((31, 97), (45, 132)):
        until_waiting(terminal)
        resize(terminal, rows, columns)
        terminal.until(f"{rows} {columns}\n")
    terminal.end(3)


@case("bash")
def line_editing(host):
    """bash's line editor: Ctrl-C in the middle of a line, Ctrl-Z of a job, a resize while it waits.

    A SIGINT between what it prints and its pselect shows no prompt, natively too: readline's event hook is called after a wait only."""
    terminal = host.terminal("bash", "--norc", "--noprofile", "-i", env={"PS1": "READY> ", "TERM": "xterm", "INPUTRC": "/dev/null"})
    terminal.until("READY> ")
    terminal.type("echo dropped").until("dropped").until_waiting().control("c").until("READY> ")
    resize(terminal, 40, 100)
    time.sleep(0.1)
    terminal.line("echo $LINES-$COLUMNS").until("40-100").until("READY> ")
    terminal.line("sleep 77")
    until_sleeping(terminal, "sleep")
    terminal.control("z").until("Stopped").until("READY> ")
    terminal.line("kill %1; fg").until("READY> ")
    terminal.line("exit 3")
    expect("status", terminal.end(), 3)


@case("script", "bash")
def script_records_a_session(host):
    """script(1), preloaded itself: it passes Ctrl-C on, records, and hands out the status."""
    terminal = host.terminal("script", "-qe", "-c", "exec bash -c 'trap \"echo trapped; exit 9\" INT; echo ready; sleep 9 & wait'", "typescript")
    terminal.until("ready")
    time.sleep(0.2)
    expect("status", terminal.control("c").end(5), 9)
    with open(host.path("typescript")) as typescript:
        expect_in("record", "trapped", typescript.read())


@case("expect", "bash")
def expect_drives_a_shell(host):
    """expect(1), preloaded itself, drives a preloaded shell and sends it Ctrl-C."""
    program = """
        set timeout 8
        spawn bash --norc --noprofile --noediting -i
        expect "READY> "; send "sleep 30\\r"
        expect "sleep 30"; sleep 0.3; send "\\003"
        expect "READY> "; send "echo status=\\$?\\r"
        expect "status=130" {} timeout { exit 3 }
        send "exit 0\\r"; expect eof
        lassign [wait] pid id error status
        exit $status"""
    ended = host.run("expect", "-c", program, seconds=15, env={"PS1": "READY> "})
    expect("status", ended.status, 0)


@case("tmux", "bash")
def tmux_server(host):
    """tmux, preloaded: a server that lives by SIGCHLD and SIGWINCH starts, types Ctrl-C, and ends by SIGTERM."""
    tmux = ("tmux", "-f", "/dev/null", "-S", host.path("socket"))
    script = "trap 'echo trapped > told; exit 0' INT; echo ready > up; while :; do sleep 0.05; done"
    expect("start", host.run(*tmux, "new-session", "-d", "bash", "-c", script).status, 0)
    wait_for("up", lambda: os.path.exists(host.path("up")))
    expect("keys", host.run(*tmux, "send-keys", "C-c").status, 0)
    wait_for("told", lambda: os.path.exists(host.path("told")))
    wait_for("server ends", lambda: host.run(*tmux, "list-sessions").status == 1)
