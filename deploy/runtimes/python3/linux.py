# SPDX-License-Identifier: Apache-2.0
"""The few things asked of the Linux kernel that the standard library has no name for."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_TICKS = os.sysconf("SC_CLK_TCK")

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


def _descendants(root, keep=()):
    """Every process that descends from `root`, but for those in `keep` and theirs."""
    by_parent = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parent = int(_stat(name)[1])
            except OSError:
                continue
            by_parent.setdefault(parent, []).append(int(name))
    found = []
    pending = [root]
    while pending:
        for pid in by_parent.get(pending.pop(), ()):
            if pid not in keep:
                found.append(pid)
                pending.append(pid)
    return found


def _stat(pid):
    """What the kernel says of a process from its state on, which is the third field of proc(5)."""
    with open("/proc/%s/stat" % pid, "rb") as file:
        return file.read().rpartition(b")")[2].split()


def cpu_seconds(root):
    """Processor time of a process, of its descendants, and of those of them that were reaped."""
    ticks = 0
    for pid in [root, *_descendants(root)]:
        try:
            ticks += sum(map(int, _stat(pid)[11:15]))
        except OSError:
            continue
    return ticks / _TICKS


def stop_descendants(root):
    """Stops all that descend from a process, also what they start meanwhile."""
    told = set()
    while new := set(_descendants(root)) - told:
        for pid in new:
            _kill(pid, signal.SIGSTOP)
        told |= new


def continue_descendants(root):
    for pid in _descendants(root):
        _kill(pid, signal.SIGCONT)


def _kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _reap(keep):
    """Reaps what has ended; true if a child is left that is not in `keep`."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        if ended is None or ended.si_pid in keep:
            return any(pid not in keep for pid in _descendants(os.getpid(), keep))
        os.waitpid(ended.si_pid, 0)


def kill_children(keep=()):
    """Kills and reaps every descendant but those in `keep` and theirs, until nothing is left.

    All at once rather than one generation after the other, since a generation that is left over goes on forking.
    """
    while _reap(keep):
        for pid in _descendants(os.getpid(), keep):
            _kill(pid, signal.SIGKILL)


def allow_oom_kill():
    """Where the kernel has to choose in a worker, it kills a process of the function."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass


def join_cgroups(folders, slot):
    for folder in folders:
        with open("%s/slot-%d/cgroup.procs" % (folder, slot), "w") as file:
            file.write("0")


def limits(memory, processes):
    """The resource limits of a process that runs user code.

    `memory` is None where a cgroup limits it, `processes` is 0 where the container's cgroup does.
    """
    wanted = {
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_FSIZE: 524288000,
        resource.RLIMIT_CORE: 0,
    }
    if processes:
        wanted[resource.RLIMIT_NPROC] = processes
    if memory is not None:
        wanted[resource.RLIMIT_DATA] = _data_size() + memory
    return wanted


def _data_size():
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0
