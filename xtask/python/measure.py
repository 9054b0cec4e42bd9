"""Run a program and print, as JSON, how long it took and how much memory it held at its peak.

Usage: measure.py PROGRAM [ARGUMENT...]

What the program prints on stdout goes to the null device; a failure of it is one of this script.

Why a process in between: what the system calls a child's peak is at least what its parent held when it started the
child, and so says something about the parent. This one is small and the same for everybody: some 10 MB, which is the
least that can be seen.
"""

import json
import os
import sys
import time


def main(command):
    null = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        sys.exit(f"ended by signal {-code}")
    if code > 0:
        sys.exit(code)
    unit = 1 if sys.platform == "darwin" else 1024
    json.dump({"seconds": seconds, "peak_bytes": usage.ru_maxrss * unit}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
