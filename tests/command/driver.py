"""What the tests of the command share: a table of cases, the command, a directory that goes away, one line a case.

A case file calls case() for its functions and ends with main(). Reads SIGTAME (the command), LIBSIGTAME and HOSTS.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

SIGTAME = os.environ.get("SIGTAME", "")
LIBRARY = os.environ.get("LIBSIGTAME", "")
HOSTS = os.environ.get("HOSTS", "")
CASES = []
LIMIT_SECONDS = 60


class Failed(Exception):
    """The command did something else than it should."""


class Skipped(Exception):
    """The case cannot be run here; the text says why."""


def case(function):
    CASES.append(function)
    return function


def expect(what, actual, wanted):
    if actual != wanted:
        raise Failed(f"{what}: {actual!r} instead of {wanted!r}")


def expect_in(what, part, whole):
    if part not in whole:
        raise Failed(f"{what}: {part!r} is not in {whole!r}")


def environment(**more):
    """This one without what concerns the library, and with what is given; None takes a name out."""
    plain = {n: v for n, v in os.environ.items() if not n.startswith("SIGTAME") and n != "LD_PRELOAD"}
    for name, value in more.items():
        plain.pop(name, None)
        if value is not None:
            plain[name] = value
    return plain


def sigtame(*arguments, env=None, command=None, **options):
    """Runs the command; the result has status, out and err, which are text."""
    return run([command or SIGTAME, *arguments], env=env, **options)


def run(command, env=None, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(command, env=environment() if env is None else env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_SECONDS, check=False, **options)
    done.status, done.out, done.err = done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done


def compile_c(directory, name, source, *flags, compiler="gcc", optional=False):
    """A program of this source. OPTIONAL: not every machine can make it, Skipped there."""
    if optional and not shutil.which(compiler):
        raise Skipped(f"{compiler} is not installed")
    path = os.path.join(directory, name)
    with open(path + ".c", "w", encoding="utf-8") as file:
        file.write(source)
    done = run([compiler, "-o", path, path + ".c", *flags])
    if done.status != 0:
        raise (Skipped if optional else Failed)(f"{compiler} {' '.join(flags)}: {done.err}")
    return path


def run_case(function):
    directory = tempfile.mkdtemp(prefix="sigtame-")
    try:
        function(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    if not SIGTAME or not os.access(SIGTAME, os.X_OK):
        print("SKIP: the command is not built: SIGTAME must name it\n0 passed, 0 failed, 1 skipped")
        return 77
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    for function in CASES:
        name = function.__name__
        if len(sys.argv) > 1 and not any(part in name for part in sys.argv[1:]):
            continue
        result, text = "PASS", ""
        try:
            run_case(function)
        except Skipped as why:
            result, text = "SKIP", f": {why}"
        except Failed as why:
            result, text = "FAIL", f": {why}"
        except Exception:  # a fault of the case is a failure, not the end of all others
            result, text = "FAIL", ":\n" + traceback.format_exc()
        counts[result] += 1
        print(f"{result}: {name}{text}", flush=True)
    print(f"{counts['PASS']} passed, {counts['FAIL']} failed, {counts['SKIP']} skipped")
    return 1 if counts["FAIL"] or not counts["PASS"] else 0
