# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, by openssl."""

import pathlib
import subprocess

CONFIG = """\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
"""


class Authority:
    """A CA whose certificates, and keys without a password (PKCS #8), lie in one folder that all may read."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o755, exist_ok=True)
        self._name = name
        self._config = self.folder / "openssl.cnf"
        self._config.write_text(CONFIG)
        self._make(name, "authority")

    def issue(self, name, kind):
        """Makes NAME.crt and NAME.key; the kind is server (on this host) or client."""
        self._make(name, kind, "-CA", self.folder / f"{self._name}.crt", "-CAkey", self.folder / f"{self._name}.key")

    def _make(self, name, kind, *signed_by):
        key = self.folder / f"{name}.key"
        subprocess.run(
            ["openssl", "req", "-config", self._config, "-x509", "-days", "7", "-nodes", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-extensions", kind, "-subj", f"/CN={name}", "-keyout", key,
             "-out", self.folder / f"{name}.crt", *signed_by], check=True, capture_output=True)
        key.chmod(0o644)
