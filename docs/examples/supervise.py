#!/usr/bin/python3
"""supervise.py [--send=SIGNAL,...] COMMAND ...: starts a command and tells which of its handlers ran.

`supervise.py sigtame run your-daemon`. The wakeup fd is a pipe that asyncio reads; the command need not know. With --send the
signals are sent to it, each when the one before has been told: the first when the command has written a line. Each number once: two
of a kind may be one run.
"""
import argparse
import asyncio
import os
import signal


class Supervisor(asyncio.Protocol):
    """Reads the wakeup fd: one byte a run."""

    def __init__(self, on_run):
        self.on_run = on_run
        self.runs = 0
        self.is_over = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        for number in data:
            self.runs += 1
            print("supervise.py:", signal.Signals(number).name, flush=True)
            self.on_run()

    def connection_lost(self, error):
        self.is_over.set_result(None)


async def start(command):
    """The process, and the reading end of its wakeup fd."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    environment = dict(os.environ, SIGTAME_WAKEUP_FD=str(writing))
    process = await asyncio.create_subprocess_exec(*command, env=environment, pass_fds=[writing], stdout=asyncio.subprocess.PIPE)
    os.close(writing)
    return process, reading


async def supervise(command, to_send):
    process, reading = await start(command)

    def send_next():
        if to_send:
            process.send_signal(to_send.pop(0))

    loop = asyncio.get_running_loop()
    _, supervisor = await loop.connect_read_pipe(lambda: Supervisor(send_next), os.fdopen(reading, "rb", 0))
    ready = False
    async for line in process.stdout:
        print(line.decode(), end="", flush=True)
        if not ready:
            send_next()
        ready = True
    status = await process.wait()
    await supervisor.is_over
    print(f"supervise.py: {supervisor.runs} runs, status {status}")
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--send", default="", help="signals to send, as in HUP,TERM")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    to_send = [signal.Signals["SIG" + name] for name in options.send.split(",") if name]
    status = asyncio.run(supervise(options.command, to_send))
    raise SystemExit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
