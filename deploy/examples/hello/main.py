# SPDX-License-Identifier: Apache-2.0
"""The example of the quickstart."""


def main(name="World", **kwargs):
    print("Greeting", name)
    return {"hello": name}
