# SPDX-License-Identifier: Apache-2.0
"""A function that does what a test asks for."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time

calls = 0
kept = []


def main(context=None, do="echo", **input):
    global calls
    calls += 1
    return globals()[do](**input)


def echo(value=None):
    return value


def count():
    return {"calls": calls, "pid": os.getpid()}


def speak():
    print("to stdout")
    print("to stderr", file=sys.stderr)
    subprocess.run(["sh", "-c", "echo from a process; echo its error >&2"], check=True)
    print("without an end", end="")


def environment():
    with open("/proc/self/environ") as file:
        at_start = file.read()
    return {"now": dict(os.environ), "at_start": at_start, "cwd": os.getcwd()}


def fail(text):
    raise ValueError(text)


def write(text, times):
    for _ in range(times):
        sys.stdout.write(text)


def result(size):
    return "x" * size


def cycle():
    value = []
    value.append(value)
    return value


def recurse():
    return recurse()


def spin(started=None):
    print("spinning")
    if started:
        open(started, "w").close()
    while True:
        pass


def burn(seconds, in_child=False):
    if in_child:
        burning = "import time\nwhile time.process_time() < %g: pass" % seconds
        subprocess.run([sys.executable, "-c", burning], check=True)
        return
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def storm():
    """Processes that come and go, faster than anybody can list them."""
    subprocess.run(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do (while :; do /bin/true; done) & done; wait"])


def wait(started, until, text=""):
    open(started, "w").close()
    while not os.path.exists(until):
        time.sleep(0.002)
    if text:
        print(text)
    return text


def leave_process(detached):
    if not detached:
        return subprocess.Popen(["sleep", "1000"]).pid
    shell = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & "
    return int(subprocess.run(["sh", "-c", shell], stdout=subprocess.PIPE, check=True).stdout)


def leave_process_and_spin(detached, file):
    pid = leave_process(detached)
    with open(file + ".new", "w") as content:
        content.write(str(pid))
    os.rename(file + ".new", file)
    while True:
        pass


def leave_background():
    def work():
        while True:
            print("background")
            time.sleep(0.001)

    threading.Thread(target=work, daemon=True).start()
    return os.getpid()


def exit(code):
    sys.exit(code)


def crash(code):
    os._exit(code)


def kill(number):
    os.kill(os.getpid(), number)
    time.sleep(10)


def allocate(size):
    return len(bytearray(b"x") * size)


def open_files():
    while True:
        kept.append(open("/dev/null"))


def start_processes():
    while True:
        kept.append(subprocess.Popen(["sleep", "1000"]))


def write_far(offset):
    with open("far", "wb") as file:
        file.seek(offset)
        file.write(b"x")
        return file.tell()


def limits():
    names = "NOFILE", "NPROC", "FSIZE", "CORE"
    return {name: list(resource.getrlimit(getattr(resource, "RLIMIT_" + name))) for name in names}


def cgroup():
    with open("/proc/self/cgroup") as file:
        return file.read()


def peek(text):
    """Looks for a text in the environment of each of its ancestors."""
    found = []
    pid = os.getpid()
    while pid > 1:
        with open("/proc/%d/stat" % pid) as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
        try:
            with open("/proc/%d/environ" % pid) as file:
                found.append(text in file.read())
        except OSError:
            found.append(False)
    return found


def close_output():
    os.close(1)
    os.close(2)


def disturb(message):
    """Writes to every socket of this process: one is the connection to the server."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                os.write(int(name), message.encode("latin-1"))
        except OSError:
            pass
    return "done"


def close_everything():
    os.closerange(0, 1024)
    return "done"


# What only Python has


def unknown_type():
    return {1, 2}


def not_a_number():
    return float("nan")


def base_exception():
    raise KeyboardInterrupt("interrupted")


def unprintable_exception():
    class Unprintable(Exception):
        def __str__(self):
            raise ValueError("no text")

    raise Unprintable()


def memory_error():
    raise MemoryError()


def no_resource():
    raise BlockingIOError(11, "Resource temporarily unavailable")


def fork_and_return():
    os.fork()
    return "returned"


def alarm():
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.05)


def handle_alarm():
    signal.signal(signal.SIGALRM, lambda *_: print("alarm"))
    signal.alarm(1000)


def replace_stdout():
    class Silent:
        def write(self, text):
            pass

        def flush(self):
            raise ValueError("cannot flush")

    sys.stdout = Silent()
    print("not seen")


def close_stdout():
    sys.stdout.close()


def change_folder():
    os.chdir("/")


def stop_zygote():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(10)
