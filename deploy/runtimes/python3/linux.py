# SPDX-License-Identifier: Apache-2.0
"""The few things asked of the Linux kernel that the standard library has no name for."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36

_prctl = ctypes.CDLL(None, use_errno=True).prctl


def hide_memory():
    """Processes of the same user can neither trace this process nor read its memory."""
    _prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with_parent(parent):
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans():
    """Descendants whose parent dies become children of this process, however deep they were."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    me = b"%d" % os.getpid()
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[1] == me:
                found.add(int(name))
    return found


def _has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def kill_children(keep=()):
    """Kills and reaps every child but those in `keep`, then what those leave behind, until nothing is left."""
    while _has_children():
        strangers = children().difference(keep)
        if not strangers:
            return
        for pid in strangers:
            os.kill(pid, signal.SIGKILL)
        for pid in strangers:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass


def join_cgroups(folders, slot):
    for folder in folders:
        with open("%s/slot-%d/cgroup.procs" % (folder, slot), "w") as file:
            file.write("0")


def limits(memory):
    """The resource limits of a process that runs user code; `memory` is None where a cgroup limits it."""
    wanted = {
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_NPROC: 128,
        resource.RLIMIT_FSIZE: 524288000,
        resource.RLIMIT_CORE: 0,
    }
    if memory is not None:
        wanted[resource.RLIMIT_DATA] = _data_size() + memory
    return wanted


def _data_size():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0
