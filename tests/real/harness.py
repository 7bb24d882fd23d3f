"""One run of one case: its processes, its directory, its terminal.

Used by the case files beside this one; ../check_real runs the cases, each in a process of its own.
The driver is never preloaded: the library gets into an environment in Host.environment and nowhere else.
A case is a function that takes a Host, looks at programs from outside, and raises Failed by way of expect().
"""
import collections
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"  # Debian's own programs, whatever else is installed
MODES = ("native", "posix", "bsd")

Case = collections.namedtuple("Case", "name function programs modes")
Ended = collections.namedtuple("Ended", "status out err")
CASES = []


class Failed(Exception):
    """The host did something else than it should."""


class Skipped(Exception):
    """The case cannot be run here; the text says why."""


def case(*programs, modes=MODES, each=("",)):
    """Registers a case that needs PROGRAMS. With EACH, one case an element, passed as second argument."""
    def register(function):
        module = function.__module__
        for variant in each:
            name = f"{variant or module}/{function.__name__}"
            needs = programs + ((variant,) if variant else ())
            def run(host, function=function, variant=variant):
                return function(host, variant) if variant else function(host)
            CASES.append(Case(name, run, needs, modes))
        return function
    return register


def find_program(name):
    return shutil.which(name, path=PATH)


def expect(what, actual, wanted):
    if actual != wanted:
        raise Failed(f"{what}: {actual!r} instead of {wanted!r}")


def expect_in(what, part, whole):
    if part not in whole:
        raise Failed(f"{what}: {part!r} is not in {whole!r}")


def expect_match(what, pattern, text):
    if not re.search(pattern, text):
        raise Failed(f"{what}: {text!r} does not match {pattern!r}")


def expect_within(what, seconds, least, most):
    if not least <= seconds <= most:
        raise Failed(f"{what}: {seconds:.3f} s, not between {least} and {most}")


def wait_for(what, test, seconds=30):
    """Polls TEST until its value is true, and returns that value."""
    end = time.monotonic() + seconds
    while not (value := test()):
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.005)
    return value


def process_state(pid):
    """The letter of ps(1), or None for a process that is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def wait_until_waiting(process, seconds=30):
    """Until its main thread sleeps in the kernel, and has done so for a moment."""
    looks = 0
    def looked():
        nonlocal looks
        looks = looks + 1 if process_state(process.pid) == "S" else 0
        return looks >= 4
    wait_for(f"{process.argv[0]} waits", looked, seconds)


def wait_until_computing(process, seconds=30):
    """Until it has used some time of a CPU more."""
    def used():
        with open(f"/proc/{process.pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[11])
    before = used()
    wait_for(f"{process.argv[0]} computes", lambda: used() >= before + 5, seconds)


def parents():
    """Every process's parent."""
    result = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                result[int(pid)] = int(stat.read().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return result


def descendants(ancestor):
    """Children first, then theirs."""
    parent_of = parents()
    found = [ancestor]
    for pid in found:
        found += [child for child, parent in parent_of.items() if parent == pid]
    return found[1:]


def sleeping(ancestor, name):
    """Descendants that are this program by now and sleep in the kernel."""
    def is_it(pid):
        try:
            with open(f"/proc/{pid}/comm") as comm:
                return comm.read().strip() == name and process_state(pid) == "S"
        except OSError:
            return False
    return [pid for pid in descendants(ancestor) if is_it(pid)]


class Host:
    """What one run of a case starts programs with."""

    def __init__(self, mode, library, directory):
        self.mode = mode
        self.bsd = mode == "bsd"
        self.library = library
        self.directory = directory
        self.started = 0

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def environment(self, more=None):
        """A plain environment. In bsd mode no SIGTAME_ variable is set: the defaults are what is tested."""
        result = {"PATH": PATH, "HOME": self.directory, "TMPDIR": self.directory, "LC_ALL": "C", "TERM": "dumb"}
        if self.mode != "native":
            result["LD_PRELOAD"] = self.library
        if self.mode not in ("native", "bsd"):
            result["SIGTAME_PROFILE"] = self.mode
        result.update(more or {})
        return result

    def start(self, *argv, stdin=subprocess.DEVNULL, env=None):
        return Process(self, argv, stdin, env)

    def run(self, *argv, input=None, seconds=30, env=None):
        """Runs a program to its end."""
        if input is None:
            return self.start(*argv, env=env).end(seconds)
        path = self.path("input")
        with open(path, "w") as file:
            file.write(input)
        with open(path) as file:
            return self.start(*argv, stdin=file, env=env).end(seconds)

    def terminal(self, *argv, env=None):
        return Terminal(self, argv, env)


class Process:
    """A program in a session of its own. Its output goes to files: no reader can keep it waiting."""

    def __init__(self, host, argv, stdin, env):
        host.started += 1
        self.argv = argv
        self.out_path = host.path(f"{host.started}.out")
        self.err_path = host.path(f"{host.started}.err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.popen = subprocess.Popen(argv, stdin=stdin, stdout=out, stderr=err, cwd=host.directory,
                                          env=host.environment(env), start_new_session=True)
        self.pid = self.popen.pid
        self.stdin = self.popen.stdin

    def out(self):
        return read_text(self.out_path)

    def err(self):
        return read_text(self.err_path)

    def until(self, text, seconds=30, where="out"):
        """Waits until the program has written TEXT."""
        read = getattr(self, where)
        try:
            wait_for(f"{self.argv[0]} writes {text!r}",
                     lambda: text in read() or (self.ended() and text in read()) or self.must_live(), seconds)
        except Failed as failure:
            raise Failed(f"{failure}; out {self.out()[-500:]!r}; err {self.err()[-500:]!r}")
        return self

    def must_live(self):
        if self.ended():
            raise Failed(f"{self.argv[0]} ended with {self.popen.returncode}")

    def until_waiting(self, seconds=30):
        wait_until_waiting(self, seconds)
        return self

    def until_computing(self, seconds=30):
        wait_until_computing(self, seconds)
        return self

    def send(self, sig):
        os.kill(self.pid, sig)
        return self

    def send_group(self, sig):
        """To every process of its group, as the terminal does."""
        os.killpg(self.pid, sig)
        return self

    def ended(self):
        return self.popen.poll() is not None

    def end(self, seconds=30):
        """Waits for the end. The status is negative for a death by signal."""
        try:
            status = self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.argv[0]} still runs after {seconds} s; out {self.out()[-500:]!r}; "
                         f"err {self.err()[-500:]!r}") from None
        return Ended(status, self.out(), self.err())


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Terminal:
    """A program whose controlling terminal is a real one."""

    def __init__(self, host, argv, env):
        environment = host.environment(env)
        self.argv = argv
        self.text = ""
        self.seen = 0
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(host.directory)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        os.set_blocking(self.fd, False)

    def read(self):
        try:
            self.text += os.read(self.fd, 65536).decode(errors="replace").replace("\r\n", "\n")
        except (BlockingIOError, OSError):  # EIO: no process has the terminal open any more
            pass
        return self.text

    def until(self, text, seconds=30):
        """Waits for TEXT in what came since the last text waited for."""
        try:
            wait_for("terminal", lambda: text in self.read()[self.seen:], seconds)
        except Failed:
            raise Failed(f"the terminal does not show {text!r} but {self.text[self.seen:]!r}") from None
        self.seen = self.text.index(text, self.seen) + len(text)
        return self

    def type(self, text):
        os.write(self.fd, text.encode())
        return self

    def line(self, text):
        return self.type(text + "\n")

    def until_waiting(self, seconds=30):
        wait_until_waiting(self, seconds)
        return self

    def until_computing(self, seconds=30):
        wait_until_computing(self, seconds)
        return self

    def control(self, letter):
        return self.type(chr(ord(letter.upper()) - 64))

    def hang_up(self):
        os.close(self.fd)
        self.fd = -1

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def end(self, seconds=30):
        """Waits for the end; all that it showed is in .text."""
        def ended():
            if self.fd >= 0:
                self.read()
            return self.ended()
        try:
            wait_for("end", ended, seconds)
        except Failed:
            raise Failed(f"{self.argv[0]} still runs after {seconds} s; terminal {self.text[self.seen:]!r}") from None
        if self.fd >= 0:
            self.read()
        return self.status
