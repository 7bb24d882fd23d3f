"""redis-server on a unix socket: it ends in order under load, and what it saved is whole."""
import os
import signal
import subprocess
import time

from harness import case, expect, expect_in, expect_match, expect_within, wait_for


def serve(host, *options):
    """A server that answers."""
    process = host.start("redis-server", "--port", "0", "--unixsocket", host.path("s"), "--dir", host.directory, "--save", "3600 1",
                         "--appendonly", "no", "--daemonize", "no", "--enable-debug-command", "yes", *options)
    wait_for("server answers", lambda: process.must_live() or ask(host, "ping") == "PONG")
    return process


def ask(host, *words):
    """The client is not preloaded."""
    return subprocess.run(["redis-cli", "-s", host.path("s"), *words], capture_output=True, text=True, timeout=15,
                          env={"PATH": os.environ.get("PATH", os.defpath)}).stdout.strip()


def load(host, *options):
    """A preloaded redis-benchmark that would run for long."""
    process = host.start("redis-benchmark", "-s", host.path("s"), "-t", "set,get,lpush", "-n", "100000000", "-r", "100000", "-c", "20", "-P", "4",
                         "-q", *options)
    wait_for("keys", lambda: int(ask(host, "dbsize") or 0) > 2000)
    return process


def check_dump(host):
    expect("dump", subprocess.run(["redis-check-rdb", host.path("dump.rdb")], capture_output=True).returncode, 0)


@case("redis-server", "redis-benchmark", "redis-cli")
def ends_under_load(host):
    """SIGTERM and SIGINT under load: exit status 0, the dump whole; a new server reads it."""
    for sig in (signal.SIGTERM, signal.SIGINT):
        server = serve(host)
        load(host)
        expect(sig.name, server.send(sig).end(8).status, 0)
        expect_in("log", "User requested shutdown", server.out())
        expect_in("log", "bye bye", server.out())
        check_dump(host)
    server = serve(host)
    expect("keys", int(ask(host, "dbsize")) > 2000, True)
    expect("reads", ask(host, "set", "a", "b"), "OK")
    expect("end", server.send(signal.SIGTERM).end(8).status, 0)


@case("redis-server", "redis-benchmark", "redis-cli")
def ends_with_threads(host):
    """The same with I/O threads and an append-only file, so that any thread may receive the signal."""
    options = ("--io-threads", "3", "--io-threads-do-reads", "yes", "--appendonly", "yes", "--appendfsync", "everysec")
    server = serve(host, *options)
    load(host)
    expect("status", server.send(signal.SIGTERM).end(8).status, 0)
    server = serve(host, *options)
    wait_for("loaded", lambda: int(ask(host, "dbsize") or 0) > 2000)
    expect("end", server.send(signal.SIGTERM).end(8).status, 0)


@case("redis-server", "redis-benchmark", "redis-cli")
def saves_in_the_background(host):
    """BGSAVE and its child under load; the child is ended by SIGUSR1, the server lives; then it saves well."""
    server = serve(host, "--rdb-key-save-delay", "2000")
    load(host)
    expect_in("bgsave", "started", ask(host, "bgsave"))
    wait_for("child", lambda: "rdb_bgsave_in_progress:1" in ask(host, "info", "persistence"))
    ask(host, "config", "set", "save", "")
    expect("end of the child", ask(host, "shutdown", "nosave", "now"), "")
    expect("status", server.end(8).status, 0)
    server = serve(host)
    ask(host, "set", "key", "value")
    expect_in("bgsave", "started", ask(host, "bgsave"))
    wait_for("saved", lambda: "rdb_bgsave_in_progress:0" in ask(host, "info", "persistence"))
    expect_in("saved", "rdb_last_bgsave_status:ok", ask(host, "info", "persistence"))
    check_dump(host)
    expect("end", server.send(signal.SIGTERM).end(8).status, 0)


@case("redis-server", "redis-cli")
def watchdog(host):
    """The watchdog's SIGALRM handler reports where a slow command is, from its ucontext; the server goes on."""
    server = serve(host)
    ask(host, "config", "set", "watchdog-period", "200")
    def reports():
        return server.out().count("WATCHDOG TIMER EXPIRED")
    expect("sleep", ask(host, "debug", "sleep", "0.6"), "OK")
    wait_for("report of a sleep", reports)
    before = reports()  # a busy machine makes other commands slow, too
    ask(host, "eval", "local t = redis.call('time'); repeat local n = redis.call('time') until n[1] - t[1] + (n[2] - t[2]) / 1e6 > 0.6", "0")
    wait_for("report of a computation", lambda: reports() > before)
    expect("end", server.send(signal.SIGTERM).end(8).status, 0)


@case("redis-server", "redis-cli")
def busy_script(host):
    """SIGTERM while a Lua script computes: the script is asked to end only when it is killed; the server answers meanwhile."""
    server = serve(host, "--busy-reply-threshold", "100")
    subprocess.Popen(["redis-cli", "-s", host.path("s"), "eval", "while true do end", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("busy", lambda: "BUSY" in ask(host, "get", "x"))
    server.send(signal.SIGTERM)
    time.sleep(0.2)
    expect("killed", ask(host, "script", "kill"), "OK")
    expect("status", server.end(8).status, 0)


@case("redis-server", "redis-cli")
def crash_report(host):
    """A SIGSEGV is never deferred: the report is written, with registers and a stack, and the server dies of it."""
    server = serve(host)
    ask(host, "debug", "segfault")
    ended = server.end(8)
    expect("status", ended.status, -11)
    expect_in("report", "crashed by signal: 11", ended.out)
    expect_in("report", "STACK TRACE", ended.out)
