# SPDX-License-Identifier: Apache-2.0
"""Runs images as a container engine does, with the network of the host; only root can."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tarfile
import time

from harness import wait_for

# Which a container of the host's network has.
HOST_FILES = ("/etc/hosts", "/etc/resolv.conf")


class Image:
    """An image of a docker-archive, unpacked into a new folder."""

    def __init__(self, archive, folder):
        self.root = pathlib.Path(folder)
        self.root.mkdir(0o755)
        with tarfile.open(archive) as tar:
            manifest, = json.load(tar.extractfile("manifest.json"))
            self.names = manifest["RepoTags"]
            self.config = json.load(tar.extractfile(manifest["Config"]))["config"]
            self.size = sum(tar.getmember(layer).size for layer in manifest["Layers"])
        for layer in manifest["Layers"]:
            subprocess.run(
                ["bash", "-o", "pipefail", "-c",
                 'tar -xOf "$0" "$1" | tar -x --numeric-owner --preserve-permissions -C "$2"',
                 archive, layer, self.root], check=True)

    @property
    def environment(self):
        return dict(pair.split("=", 1) for pair in self.config["Env"])


class Container:
    """A container, which may be started and stopped several times; its file system goes with remove()."""

    def __init__(self, image, folder, environment=None, mounts=(), command=None):
        """Mounts are (source, target, whether the container may write)."""
        self._folder = pathlib.Path(folder)
        for name in "root", "upper", "work":
            (self._folder / name).mkdir(parents=True)
        self._environment = {**image.environment, **(environment or {})}
        self.output = self._folder / "output"
        self._specification = self._folder / "specification.json"
        self._specification.write_text(json.dumps({
            "root": str(self._folder / "root"), "image": str(image.root), "upper": str(self._folder / "upper"),
            "work": str(self._folder / "work"), "environment": self._environment,
            "mounts": [[str(source), target, is_writable] for source, target, is_writable in mounts] + [
                [file, file, False] for file in HOST_FILES],
            "user": image.config.get("User", "root"),
            "command": image.config.get("Entrypoint", []) + (command or image.config["Cmd"])}))
        self._process = None

    def start(self):
        """Starts it, and waits until its command has taken over."""
        with open(self.output, "ab") as output:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--ipc", "--fork", "--", "/usr/bin/python3",
                 pathlib.Path(__file__).with_name("container_init.py"), self._specification],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        wait_for(lambda: not self.is_alive() or self._has_begun(), "the container has begun")

    def _has_begun(self):
        children = self._children().split()
        with contextlib.suppress(FileNotFoundError):
            return children and pathlib.Path(f"/proc/{children[0]}/comm").read_text() not in ("unshare\n", "python3\n")

    def run(self, timeout=120):
        """Starts it and waits for its end; returns the exit code."""
        self.start()
        return self._process.wait(timeout)

    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        """Its first process, as the host numbers it."""
        return int(self._children())

    def _children(self):
        parent = self._process.pid
        return pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text()

    def execute(self, *command, user="root"):
        """Runs a command in it, as `docker exec` does."""
        change = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return subprocess.run(
            ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--ipc", "--root", "--wdns=/", *change, *command],
            env=self._environment, capture_output=True, text=True, check=False)

    def send(self, number):
        os.kill(self.pid, number)

    def stop(self):
        """As `docker stop`; returns the seconds it took and the exit code."""
        begun = time.monotonic()
        self.send(signal.SIGTERM)
        code = self._process.wait(60)
        return time.monotonic() - begun, code

    def remove(self):
        if self.is_alive():
            self.send(signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder)
