# SPDX-License-Identifier: Apache-2.0
"""Shifts the wall clock of one process, as a host without NTP has it.

Debian's libfaketime would do it for most programs, but not for a Java virtual machine: its timed waits, which use the
monotonic clock, return at once under it. So this library shifts what CLOCK_REALTIME says and nothing else.
"""

import pathlib
import shutil
import subprocess

SOURCE = """\
// Declared here, so that a compiler without the C library's headers will do.
struct timespec { long tv_sec, tv_nsec; };
struct timeval { long tv_sec, tv_usec; };
extern long syscall(long, ...);
extern char *getenv(const char *);
extern long atol(const char *);

static long shift(void) {
  static long seconds, known;
  if (!known) {
    const char *text = getenv("CLOCK_SHIFT_SECONDS");
    seconds = text ? atol(text) : 0;
    known = 1;
  }
  return seconds;
}

int clock_gettime(int clock, struct timespec *time) {
  int result = (int) syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == 0 /* CLOCK_REALTIME */) time->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  struct timespec now;
  clock_gettime(0, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

long time(long *target) {
  struct timespec now;
  clock_gettime(0, &now);
  if (target) *target = now.tv_sec;
  return now.tv_sec;
}
"""
# Of x86-64 and of all architectures that came after it: syscalls(2).
NUMBERS = {"x86_64": 228, "aarch64": 113, "riscv64": 113}


class ShiftedClock:
    """Gives the environment in which a process has another time."""

    def __init__(self, folder):
        """Without a compiler or on an architecture that it does not know it is not there; `reason` says so."""
        self._library = pathlib.Path(folder) / "clock.so"
        self.reason = None
        machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None or machine not in NUMBERS:
            self.reason = f"no C compiler, or not for {machine}"
            return
        done = subprocess.run(
            [compiler, "-shared", "-fPIC", "-nostdlib", "-O1", "-fno-builtin", "-x", "c",
             f"-DSYS_clock_gettime={NUMBERS[machine]}", "-o", self._library, "-"],
            input=SOURCE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.reason = f"the compiler failed: {done.stderr}"

    def environment(self, seconds):
        return {"LD_PRELOAD": str(self._library), "CLOCK_SHIFT_SECONDS": str(seconds)}
