# SPDX-License-Identifier: Apache-2.0
"""Stands in for Kolla-Ansible's action: templates the sources that there are, and lets the last value of a key count."""

import configparser
import os

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        merged = configparser.RawConfigParser(strict=False)
        merged.optionxform = str
        for source in filter(os.path.exists, self._task.args["sources"]):
            with open(source) as template:
                text = self._templar.template(template.read(), escape_backslashes=False)
            merged.read_string(text)
        target = os.open(self._task.args["dest"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, int(self._task.args["mode"], 8))
        with open(target, "w") as file:
            merged.write(file)
        return {"changed": True}
