#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for the modules of Kolla-Ansible that do something: writes down what it is asked for. WANT_JSON"""

import json
import os
import pathlib
import sys

arguments = json.loads(pathlib.Path(sys.argv[1]).read_text())
asked = {name: value for name, value in arguments.items() if not name.startswith("_ansible")}
with open(os.environ["KOLLA_CALLS"], "a") as calls:
    calls.write(json.dumps({"module": arguments["_ansible_module_name"], **asked}) + "\n")
print(json.dumps({"changed": False, "containers": {}}))
