"""The sqlite3 shell: SIGINT interrupts a query, and no signal harms the database."""
import os
import signal
import subprocess
import time

from harness import case, expect, expect_in, expect_match, expect_within, wait_for

LONG = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c;"


def integrity(host):
    ended = host.run("sqlite3", "base", "pragma integrity_check; select count(*) % 100, count(*) = max(n) from t;")
    expect("integrity", ended, (0, "ok\n0|1\n", ""))
    return int(host.run("sqlite3", "base", "select count(*) from t;").out)


def begin_inserts(host):
    """Starts transactions of a hundred rows each, without end."""
    host.run("sqlite3", "base", "create table t(n integer primary key, text);")
    step = "insert into t(text) select hex(randomblob(200)) from (with recursive c(x) as (select 1 union all select x + 1 from c limit 100) select x from c);"
    with open(host.path("script"), "w") as file:
        file.write(("begin; " + step + " commit;\n") * 20000)
    with open(host.path("script")) as file:
        process = host.start("sqlite3", "base", stdin=file)
    wait_for("rows", lambda: os.path.getsize(host.path("base")) > 200000)
    return process


@case("sqlite3")
def interrupt_of_a_query(host):
    """SIGINT ends a query that computes inside libsqlite3; the shell says so."""
    process = host.start("sqlite3", "-batch", "base", LONG)
    wait_for("handler", lambda: int(open(f"/proc/{process.pid}/status").read().split("SigCgt:")[1].split()[0], 16) & 2)
    process.until_computing()
    began = time.monotonic()
    ended = process.send(signal.SIGINT).end(5)
    expect_match("told", "interrupt", ended.err)
    expect("status", ended.status, 9)  # SQLITE_INTERRUPT
    expect_within("answer", time.monotonic() - began, 0, 2.5)


@case("sqlite3")
def control_c_at_the_terminal(host):
    """Ctrl-C ends the query, and the prompt is there again."""
    terminal = host.terminal("sqlite3", "-interactive", "base").until("sqlite> ")
    for _ in range(2):
        terminal.line(LONG).until("from c;")
        terminal.until_computing()
        terminal.control("c").until("interrupt", 5).until("sqlite> ")
    terminal.line("select 6 * 7;").until("42\n")
    terminal.line(".quit")
    expect("status", terminal.end(3), 1)  # there were errors


@case("sqlite3")
def interrupt_of_inserts(host):
    """SIGINT in the middle of many transactions: each is there as a whole or not at all."""
    process = begin_inserts(host)
    process.send(signal.SIGINT)
    process.end(5)
    integrity(host)


@case("sqlite3")
def death_in_a_transaction(host):
    """SIGTERM, which has its default action: what was committed is there, the journal is rolled back."""
    process = begin_inserts(host)
    expect("status", process.send(signal.SIGTERM).end(5).status, -15)
    expect("rows", integrity(host) > 0, True)


@case("sqlite3")
def second_writer_waits(host):
    """A busy timeout: two shells write to one database, all rows are there."""
    host.run("sqlite3", "base", "create table t(n integer primary key, text);")
    insert = ".timeout 8000\n" + "begin immediate; insert into t(text) values ('x'); commit;\n" * 100
    with open(host.path("script"), "w") as file:
        file.write(insert)
    writers = []
    for _ in range(2):
        with open(host.path("script")) as file:
            writers.append(host.start("sqlite3", "base", stdin=file))
    for writer in writers:
        expect("writer", writer.end(15), (0, "", ""))
    expect("rows", integrity(host), 200)


@case("sqlite3")
def closed_pipe(host):
    """A reader that leaves: natively killed by SIGPIPE; by default the shell meets an error and ends by itself."""
    query = "with recursive c(x) as (select 1 union all select x + 1 from c limit 300000) select x from c;"
    ended = host.run("bash", "-c", f"sqlite3 base '{query}' | head -n 1; echo ${{PIPESTATUS[0]}}")
    first, status = ended.out.split()
    expect("first", first, "1")
    expect("status", status == "141", not host.bsd)
