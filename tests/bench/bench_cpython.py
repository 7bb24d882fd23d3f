"""The benchmark's works in CPython. bench_cpython.py WORK COUNT [SEND]: SEND is the program tests/bench/send."""
import asyncio
import os
import select
import signal
import subprocess
import sys
import time

runs = 0


def on_signal(number, frame):
    global runs
    runs += 1


def print_each(start, count):
    print(f"ns {(time.monotonic_ns() - start) / count:.6g}")


def toself(count):
    signal.signal(signal.SIGUSR1, on_signal)
    kill, pid, number = os.kill, os.getpid(), signal.SIGUSR1
    start = time.monotonic_ns()
    for _ in range(count):
        kill(pid, number)
    print_each(start, count)


def loop(count):
    """What toself's loop costs by itself: signal 0 sends nothing."""
    kill, pid = os.kill, os.getpid()
    start = time.monotonic_ns()
    for _ in range(count):
        kill(pid, 0)
    print_each(start, count)


class Turns:
    """tests/bench/turns.h, with this process as the event loop."""

    def __init__(self, count):
        self.left = count + 100
        answers, self.answer = os.pipe()
        host = os.getpid()
        if os.fork() == 0:
            self.send(host, answers, count)
        os.write(self.answer, b".")

    @staticmethod
    def send(host, answers, count):
        signal.set_wakeup_fd(-1)
        os.read(answers, 1)
        for i in range(-100, count):
            if i == 0:
                start = time.monotonic_ns()
            os.kill(host, signal.SIGUSR1)
            os.read(answers, 1)
        print_each(start, count)
        sys.stdout.flush()
        os._exit(0)

    def next(self):
        os.write(self.answer, b".")
        self.left -= 1
        return self.left > 0


def wakeup(count):
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    poll = select.poll()
    poll.register(readable, select.POLLIN)
    turns = Turns(count)
    more = True
    while more:
        poll.poll()
        os.read(readable, 64)
        more = turns.next()


def asyncio_(count):
    event_loop = asyncio.new_event_loop()

    def seen():
        if not turns.next():
            event_loop.stop()

    event_loop.add_signal_handler(signal.SIGUSR1, seen)
    turns = Turns(count)
    event_loop.run_forever()


def storm_of(number, kind):
    def run(count):
        signal.signal(number, on_signal)
        start = time.monotonic_ns()
        sender = subprocess.Popen([sys.argv[3], kind, str(os.getpid()), str(count)])
        while sender.poll() is None:
            pass
        print_each(start, count)
        print("runs", runs)
    return run


WORKS = {
    "toself": toself,
    "loop": loop,
    "wakeup": wakeup,
    "asyncio": asyncio_,
    "storm": storm_of(signal.SIGUSR1, "kill"),
    "queued": storm_of(signal.SIGRTMIN, "queue"),
}
WORKS[sys.argv[1]](int(sys.argv[2]))
