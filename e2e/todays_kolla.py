# SPDX-License-Identifier: Apache-2.0
"""Runs our role for the Kolla-Ansible of today, with what kolla_ansible has in the place of Kolla-Ansible's own."""

import json
import os
import pathlib
import shutil
import subprocess

import yaml

from harness import TOP

ANSIBLE = TOP / "deploy/kolla/ansible"
# Roles of Kolla-Ansible that the role calls.
ROLES = (
    "loadbalancer", "loadbalancer-config", "service-cert-copy", "service-check", "service-check-containers",
    "service-images-pull", "service-ks-register", "service-precheck", "service-stop")


class TodaysKolla:
    """A controller whose /etc/kolla is a new folder."""

    def __init__(self, folder, **variables):
        self.folder = pathlib.Path(folder)
        self._calls = self.folder / "calls"
        shutil.copytree(pathlib.Path(__file__).with_name("kolla_ansible"), self.folder, symlinks=True)
        shutil.copytree(ANSIBLE / "roles", self.folder / "roles")
        shutil.copy(ANSIBLE / "qinling.yml", self.folder)
        (self.folder / "gather-facts.yml").write_text("- hosts: all\n  gather_facts: false\n  tasks: []\n")
        for role in ROLES:
            tasks = self.folder / "roles" / role / "tasks"
            tasks.mkdir(parents=True)
            for name in "main", "check-containers":
                # Every container is in need of a restart.
                notified = role == "service-check-containers"
                (tasks / f"{name}.yml").write_text(yaml.safe_dump([{
                    "command": "true", "changed_when": notified, **({"notify": [
                        "Restart qinling-api container", "Restart qinling-engine container"]} if notified else {})}]))
        inventory = (ANSIBLE / "inventory").read_text()
        (self.folder / "hosts").write_text(
            "[control]\ncontrol01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n"
            f"[loadbalancer:children]\ncontrol\n[etcd:children]\ncontrol\n{inventory}")
        for name in "kubernetes_ca.crt", "kubernetes.crt", "kubernetes.key":
            self.write(f"qinling/qinling-engine/{name}", f"{name}\n")
        self.variables = {
            **yaml.safe_load((ANSIBLE / "globals.d/qinling.yml").read_text()),
            "node_config_directory": str(self.folder / "etc"), "node_custom_config": str(self.folder / "config"),
            "container_config_directory": "/var/lib/kolla/config_files", "config_owner_user": "root",
            "config_owner_group": "root", "config_strategy": "COPY_ALWAYS", "kolla_container_engine": "docker",
            "docker_common_options": {}, "default_container_dimensions": {}, "default_extra_volumes": [],
            "enable_container_healthchecks": True, "default_container_healthcheck_interval": 30,
            "default_container_healthcheck_retries": 3, "default_container_healthcheck_timeout": 30,
            "ansible_become": False,
            "kolla_internal_fqdn": "127.0.0.1", "kolla_external_fqdn": "127.0.0.1", "internal_protocol": "http",
            "public_protocol": "http", "haproxy_single_external_frontend": False, "kolla_enable_tls_backend": False,
            "supported_policy_format_list": ["policy.yaml", "policy.json"], "kolla_copy_ca_into_containers": True,
            "openstack_logging_debug": False, "openstack_region_name": "RegionOne", "openstack_auth": {},
            "openstack_cacert": "/etc/ssl/certs/ca-certificates.crt", "default_project_domain_id": "default",
            "default_user_domain_id": "default", "memcache_secret_key": "LKu5MyGRdWyZHp4hZpUS", "enable_etcd": True,
            "database_connection_recycle_time": 10, "database_max_pool_size": 1, "database_enable_tls_internal": False,
            "database_password": "PW", "database_user": "root", "use_preconfigured_databases": False,
            "use_common_mariadb_user": False, "enable_proxysql": True, "mariadb_default_database_shard_id": 0,
            **variables}

    def write(self, name, text):
        """What the operator has below /etc/kolla/config."""
        file = self.folder / "config" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, action):
        """Runs the playbook; what its modules were asked for."""
        self._calls.unlink(missing_ok=True)
        extra = self.folder / "variables.json"
        extra.write_text(json.dumps({**self.variables, "kolla_action": action}))
        done = subprocess.run(
            ["ansible-playbook", "-i", "hosts", "-e", f"@{extra}", "qinling.yml"], cwd=self.folder, text=True,
            capture_output=True, check=False,
            env={**os.environ, "KOLLA_CALLS": str(self._calls), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
                 "ANSIBLE_LIBRARY": str(self.folder / "library"), "ANSIBLE_HOME": str(self.folder / "home"),
                 "ANSIBLE_ACTION_PLUGINS": str(self.folder / "action_plugins"),
                 "ANSIBLE_FILTER_PLUGINS": str(self.folder / "filter_plugins")})
        if done.returncode != 0:
            raise AssertionError(f"{action}: {done.stdout[-4000:]}\n{done.stderr[-2000:]}")
        return [json.loads(line) for line in self._calls.read_text().splitlines()] if self._calls.exists() else []
