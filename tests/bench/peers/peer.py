"""What every PyTorch peer of the benchmark shares: start, greeting, protocol.

A peer is a process that stays: the harness sends "block N", the peer does N
steps and answers "seconds loss", so blocks of mlrt and of the peer alternate
in one session. This module imports nothing heavy before `choose_python` and
`limit_threads` have run: both must come before numpy and torch are loaded.
"""
import contextlib
import ctypes
import importlib.util
import os
import re
import sys
import time


def candidates():
    """Pythons that may have a torch, best first, after the caller's own."""
    home = os.environ.get("MLRT_PEERS") or os.path.expanduser(
        "~/.cache/mlrt/peers")
    return [os.path.join(home, "bin", "python"), "/usr/bin/python3"]


def is_running(python):
    """Whether this process already runs under that Python.

    A virtual environment's python is a link to another one, so the folder it
    stands in tells them apart and not the file behind the link.
    """
    folder = os.path.dirname(os.path.dirname(python))
    return os.path.realpath(folder) == os.path.realpath(sys.prefix)


def choose_python():
    """Go on under the best Python that has a torch.

    $MLRT_PEERS (or ~/.cache/mlrt/peers) is a virtual environment with a
    current torch; without it comes the Python that was called, if it has a
    torch, then /usr/bin/python3 for Debian's package python3-torch.
    """
    venv, system = candidates()
    if is_running(venv):
        return
    if os.access(venv, os.X_OK):
        os.execv(venv, [venv] + sys.argv)
    if importlib.util.find_spec("torch"):
        return
    if os.access(system, os.X_OK) and not is_running(system):
        os.execv(system, [system] + sys.argv)
    sys.exit("peer: no torch: tests/bench/peers/README.md says how to "
             "install one")


def limit_threads(threads):
    """PyTorch cannot set the threads of every BLAS; its environment can."""
    for name in ("OMP", "MKL", "OPENBLAS"):
        os.environ[name + "_NUM_THREADS"] = str(threads)


def loaded_blas():
    """The BLAS this process has mapped, as (name, path); path may be None."""
    try:
        maps = open("/proc/self/maps").read()
    except OSError:
        maps = ""
    found = re.search(r"/\S*lib(openblas|blis|mkl_rt)[^/\s]*\.so\S*", maps)
    return (found.group(1), found.group(0)) if found else (None, None)


def blas(torch):
    """Which BLAS does the products, and on which kernels if it says so."""
    built = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    built = built.group(1) if built else "unknown"
    name, path = loaded_blas()
    if built == "mkl" or not name:
        return built
    if name == "openblas":
        library = ctypes.CDLL(path)
        library.openblas_get_config.restype = ctypes.c_char_p
        library.openblas_get_corename.restype = ctypes.c_char_p
        return "%s core %s, %d BLAS threads" % (
            " ".join(library.openblas_get_config().decode().split()[:2]),
            library.openblas_get_corename().decode(),
            library.openblas_get_num_threads())
    return name


def greet(torch, mode):
    """The first line: who answers, so that a table can say it."""
    print("torch %s, %s, BLAS %s, oneDNN %s, %d threads" % (
        torch.__version__, mode, blas(torch),
        "on" if torch.backends.mkldnn.is_available() else "off",
        torch.get_num_threads()), flush=True)


class Failed(Exception):
    """A row that cannot be prepared; the text says why."""


def blocks_of(words):
    """The number behind `block`, or the end of this process."""
    if len(words) != 2 or words[0] != "block" or not words[1].isdigit() \
            or int(words[1]) < 1:
        sys.exit("peer: expected 'block N' or 'quit', got %r" % words)
    return int(words[1])


def run_block(count, step, value=None, mode=contextlib.nullcontext):
    """Do count steps in a mode; "seconds value", the value taken afterwards.

    Without `value` the last result is read by its item(), in time.
    """
    last = None
    with mode():
        start = time.perf_counter()
        for _ in range(count):
            last = step()
        number = last.item() if value is None else None
        seconds = time.perf_counter() - start
    if value is not None:
        number = value(last)
    print("%.9f %.9g" % (seconds, number), flush=True)


def serve(step, value=None):
    """Answer "block N" until "quit" or the end of the input.

    step() does one step; value(result) is the number that is compared.
    """
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        run_block(blocks_of(words), step, value)


def serve_rows(prepare):
    """The same for many rows: "row NAME" comes before the first block.

    prepare(NAME) returns what follows the count in run_block, or raises
    Failed; the answer is "ready" or the reason.
    """
    work = None
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            break
        if len(words) == 2 and words[0] == "row":
            work = None
            try:
                work = prepare(words[1])
                print("ready", flush=True)
            except Failed as why:
                print(why, flush=True)
        elif work:
            run_block(blocks_of(words), *work)
        else:
            sys.exit("peer: no row is prepared")


if __name__ == "__main__":
    choose_python()
    print(sys.executable)
