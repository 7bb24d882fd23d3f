"""The library reaches the programs that the other files look at."""
import os

from harness import case, expect, expect_in, wait_for

PROGRAMS = {
    "bash": ("-c", "read x"), "dash": ("-c", "read x"), "perl": ("-e", "<STDIN>"), "python3": ("-c", "input()"),
    "sqlite3": (), "ed": (), "bc": ("-q",), "cat": (), "tee": (), "sort": (), "dd": (), "xargs": (), "timeout": ("9", "cat"),
    "make": ("-f", "-"), "gzip": (), "openssl": ("sha256",),
}


@case(each=tuple(PROGRAMS))
def is_reached(host, program):
    """The library is mapped, and by default the program's SIGPIPE is shown as caught, not ignored: so no child inherits it."""
    process = host.start(program, *PROGRAMS[program], stdin=-1)
    process.until_waiting()
    maps = open(f"/proc/{process.pid}/maps").read()
    expect("mapped", bool(host.library) and host.library in maps, host.mode != "native")
    status = open(f"/proc/{process.pid}/status").read()
    if host.bsd and program not in ("python3", "openssl"):  # these ignore SIGPIPE themselves
        expect("SIGPIPE caught", int(status.split("SigCgt:")[1].split()[0], 16) >> 12 & 1, 1)
        expect("SIGPIPE ignored", int(status.split("SigIgn:")[1].split()[0], 16) >> 12 & 1, 0)
