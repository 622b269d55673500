# SPDX-License-Identifier: Apache-2.0
"""What the environment says about this worker."""

import os
import tempfile

_PREFIX = "QINLING_WORKER_"


class Settings:
    def __init__(self, environment):
        def get(name, default):
            return environment.get(_PREFIX + name) or default

        self.host = get("HOST", "0.0.0.0")
        self.port = int(get("PORT", "9090"))
        self.secret = get("SECRET", "")
        self.slots = int(get("SLOTS", "3"))
        self.processes = int(get("PROCESSES", "128"))
        self.max_body = int(get("MAX_BODY", str(64 << 20)))
        self.cgroups = [folder for folder in get("CGROUPS", "").split(":") if folder]
        self.folder = get("DIR", "")
        self.temporary = not self.folder
        if self.temporary:
            self.folder = tempfile.mkdtemp(prefix="qinling-worker-")
        self.folder = os.path.abspath(self.folder)
        self.code = os.path.join(self.folder, "code")
        self.scratch = os.path.join(self.folder, "scratch")
        # What user code sees.
        self.environment = {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}
        self.environment.update(HOME=self.scratch, TMPDIR=self.scratch)
