# SPDX-License-Identifier: Apache-2.0
"""What Kolla-Ansible of Victoria does with the two images, as its operators and its containers see it.

The role itself is not here: this page holds the facts of what it renders, mounts and passes, once as in the default
installation of three controllers.
"""

import json
import os
import pathlib

from container import Container

# The name of an operator's file for both services; see Kolla.options.
BOTH = "qinling"
# Files of /etc/kolla/config/qinling/qinling-engine that `qinling_kubernetes_certificates` has delivered, and their places.
KUBERNETES = {"kubernetes_ca.crt": "ca.crt", "kubernetes.crt": "qinling.crt", "kubernetes.key": "qinling.key"}


class Kolla:
    """A controller: its /etc/kolla, its volumes and its containers, in a new folder."""

    def __init__(self, folder, images, distro="debian", **variables):
        """Variables are those of the facts below; images are by the name of the service."""
        self.folder = pathlib.Path(folder)
        self.distro = distro
        self.variables = variables
        # What the operator has in /etc/kolla/config/qinling.conf and /etc/kolla/config/qinling/qinling-*.conf.
        self.options = {BOTH: {}, "qinling-api": {}, "qinling-engine": {}}
        # The name and text of /etc/kolla/config/qinling/policy.{yaml,json}.
        self.policy = None
        self.authorities = {}
        # The texts of the files of KUBERNETES.
        self.certificates = {}
        self._images = images
        self._made = 0
        self.volumes = {}
        # A new volume is what the image has at its place.
        for volume, template in ("kolla_logs", "/var/log/kolla"), ("qinling", "/var/lib/qinling"):
            status = (images["qinling-engine"].root / template.strip("/")).stat()
            self.volumes[volume] = self.folder / "volumes" / volume
            self.volumes[volume].mkdir(parents=True)
            self.volumes[volume].chmod(status.st_mode)
            os.chown(self.volumes[volume], status.st_uid, status.st_gid)
        self.localtime = self.folder / "localtime"
        self.localtime.write_bytes(pathlib.Path("/usr/share/zoneinfo/Asia/Kathmandu").read_bytes())
        self.timezone = self.folder / "timezone"
        self.timezone.write_text("Asia/Kathmandu\n")

    @property
    def rendered(self):
        """/etc/kolla."""
        return self.folder / "etc"

    def log(self, service):
        return self.volumes["kolla_logs"] / "qinling" / f"{service}.log"

    # What it renders

    def render(self):
        """Writes /etc/kolla/qinling-api and /etc/kolla/qinling-engine of this host, which only root may read."""
        for service in "qinling-api", "qinling-engine":
            folder = self.rendered / service
            folder.mkdir(mode=0o770, parents=True, exist_ok=True)
            files = {"config.json": json.dumps(self._config(service)), "qinling.conf": self._conf(service)}
            if service == "qinling-api":
                files["wsgi-qinling.conf"] = self._wsgi()
            else:
                files |= self.certificates
            if self.policy:
                name, text = self.policy
                files[name] = text
            for name in self.authorities:
                (folder / "ca-certificates").mkdir(exist_ok=True)
            files |= {f"ca-certificates/{name}": text for name, text in self.authorities.items()}
            for old in folder.rglob("*"):
                if old.is_file() and str(old.relative_to(folder)) not in files:
                    old.unlink()
            for name, text in files.items():
                (folder / name).touch(0o660)
                (folder / name).write_text(text)

    def _is_debian(self):
        return self.distro in ("debian", "ubuntu")

    def _config(self, service):
        """config.json."""
        def file(source, dest):
            return {"source": f"/var/lib/kolla/config_files/{source}", "dest": dest, "owner": "qinling", "perm": "0600"}

        def owned(path):
            return {"path": path, "owner": "qinling:qinling", "recurse": True}

        is_debian = self._is_debian()
        files = [file("qinling.conf", "/etc/qinling/qinling.conf")]
        permissions = [owned("/var/log/kolla/qinling")]
        if service == "qinling-api":
            command = "apache2 -DFOREGROUND" if is_debian else "httpd -DFOREGROUND"
            folder = "/etc/apache2/conf-enabled" if is_debian else "/etc/httpd/conf.d"
            files.append(file("wsgi-qinling.conf", f"{folder}/wsgi-qinling.conf"))
        else:
            command = "qinling-engine --config-file /etc/qinling/qinling.conf"
            permissions.insert(0, owned("/var/lib/qinling"))
            files += [file(name, f"/etc/qinling/pki/kubernetes/{KUBERNETES[name]}") for name in self.certificates]
        if self.policy:
            files.append(file(self.policy[0], f"/etc/qinling/{self.policy[0]}"))
        return {"command": command, "config_files": files, "permissions": permissions}

    def _conf(self, service):
        """qinling.conf, with the operator's files merged into it: per key, the last one counts."""
        v = self.variables
        rabbit = ",".join(f"openstack:PW@10.0.0.1{i}:5672" for i in (1, 2, 3))
        settings = {
            "DEFAULT": {
                "debug": "False", "log_dir": "/var/log/kolla/qinling", "transport_url": f"rabbit://{rabbit}//"},
            "database": {
                "connection": v["database"], "connection_recycle_time": "10", "max_pool_size": "1",
                "max_retries": "-1"},
            "keystone_authtoken": {
                "www_authenticate_uri": f"{v['keystone']}/v3", "auth_url": v["keystone"], "auth_type": "password",
                "project_domain_name": "Default", "user_domain_name": "Default", "project_name": "service",
                "username": "qinling", "password": v["keystone_password"], "region_name": "RegionOne",
                # What Kolla's guide has the operator say who has a certificate authority of his own.
                "cafile": "" if self._is_debian() else "/etc/pki/tls/certs/ca-bundle.crt",
                "memcache_security_strategy": "ENCRYPT", "memcache_secret_key": "LKu5MyGRdWyZHp4hZpUS",
                "memcached_servers": "10.0.0.11:11211,10.0.0.12:11211,10.0.0.13:11211"},
            "storage": {"file_system_dir": "/var/lib/qinling/package"},
            "etcd": v["etcd"],
            "oslo_messaging_notifications": {"transport_url": f"rabbit://{rabbit}//", "driver": "noop"},
            "oslo_middleware": {"enable_proxy_headers_parsing": "True"}}
        if service == "qinling-api":
            settings["api"] = {"port": v["port"], "host": v["address"]}
        else:
            settings["engine"] = {"host": v["address"]}
        if self.policy:
            settings["oslo_policy"] = {"policy_file": self.policy[0]}
        for name in BOTH, service:
            for section, options in self.options[name].items():
                settings.setdefault(section, {}).update(options)
        return "".join(
            f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()) + "\n"
            for section, options in settings.items())

    def _wsgi(self):
        """The part of wsgi-qinling.conf that means something to others than Apache."""
        return (f"Listen {self.variables['address']}:{self.variables['port']}\n\n"
                "ServerSignature Off\nServerTokens Prod\nTraceEnable off\nKeepAliveTimeout 60\n\n"
                f"<VirtualHost *:{self.variables['port']}>\n    WSGIScriptAlias / /var/www/cgi-bin/qinling/wsgi.py\n"
                "</VirtualHost>\n")

    # What it runs

    def container(self, service, environment=None):
        """A new container qinling_api or qinling_engine."""
        return self._new(service, service, {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", **(environment or {})})

    def bootstrap(self):
        """A new container bootstrap_qinling, to be run to its end."""
        return self._new(
            "qinling-api", "bootstrap-qinling", {"KOLLA_BOOTSTRAP": "", "KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS"})

    def _new(self, service, name, environment):
        mounts = [
            (self.rendered / service, "/var/lib/kolla/config_files/", False),
            (self.localtime, "/etc/localtime", False), (self.timezone, "/etc/timezone", False),
            (self.volumes["kolla_logs"], "/var/log/kolla/", True)]
        if service == "qinling-engine":
            mounts.append((self.volumes["qinling"], "/var/lib/qinling/", True))
        mounts += self.variables.get("extra_volumes", {}).get(service, [])
        return self._make(service, name, environment, mounts)

    def asked(self, call):
        """A new container as a task of today's role asks for it."""
        sources = {"/etc/localtime": self.localtime, **self.volumes}
        mounts = []
        for volume in call["volumes"]:
            source, target, *options = volume.split(":")
            mounts.append((sources.get(source, source), target, options != ["ro"]))
        service = call["image"].rpartition("/")[2].partition(":")[0]
        environment = {name: value or "" for name, value in call.get("environment", {}).items()}
        return self._make(service, call["name"], {"KOLLA_CONFIG_STRATEGY": "COPY_ALWAYS", **environment}, mounts)

    def _make(self, service, name, environment, mounts):
        self._made += 1
        return Container(
            self._images[service], self.folder / "containers" / str(self._made),
            {**environment, "KOLLA_SERVICE_NAME": name.replace("_", "-")}, mounts)
