#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/configuration.md from the interfaces that both services read their options with."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGE = TOP / "docs/configuration.md"
# Of which service an interface in the folder is.
SERVICES = {"qinling-api": "api", "qinling-engine": "engine", "proto": "both"}
HEAD = """\
# Configuration

Made by `docs/generate_configuration.py` from the services' source; change that.

Both services read `/etc/qinling/qinling.conf`, an INI file as OpenStack services have, or what `--config-file` and
`--config-dir` name. A property of the JVM `qinling.SECTION.OPTION` or a variable `QINLING_SECTION_OPTION` goes before
it. Unknown options of a known section are named when a service starts, with the nearest that is known. Options of upstream
that mean nothing here are accepted.

Durations are numbers with a unit (`30s`, `10m`, `1h`), sizes are bytes, lists are separated by commas.

One option more has the api: `enable_proxy_headers_parsing` of `[oslo_middleware]`, by default `false`. It says whether a proxy before
it is to be believed in what it says of its client, in `X-Forwarded-*` and `Forwarded`.
"""

INTERFACE = re.compile(
    r"/\*\*(?P<doc>(?:(?!\*/).)*)\*/\s*@ConfigMapping\(prefix = \"qinling\.(?P<section>\w+)\"[^)]*\)\s*"
    r"(?:public )?interface \w+ \{(?P<body>.*)\}", re.DOTALL)
OPTION = re.compile(
    r"/\*\*(?P<doc>(?:(?!\*/).)*)\*/\s*(?:@WithDefault\((?P<default>(?:\s|\+|\"(?:[^\"\\]|\\.)*\")*)\)\s*)?"
    r"(?P<type>[\w<>]+) (?P<name>\w+)\(\);", re.DOTALL)
TYPES = {
    "boolean": "true or false", "int": "number", "long": "number", "Integer": "number", "OptionalInt": "number",
    "OptionalLong": "number", "double": "number", "Duration": "duration", "Path": "path", "String": "text"}


def text(javadoc):
    """A Javadoc comment as Markdown, in one line."""
    words = " ".join(line.strip().lstrip("*").strip() for line in javadoc.splitlines()).strip()
    words = re.sub(r"\{@code ([^}]*)\}", r"`\1`", words)
    words = re.sub(r"\{@link #?([^}]*)\}", lambda link: f"`{snake(link[1].rstrip('()'))}`", words)
    return re.sub(r"<p>\s*", "", words).replace("|", "\\|")


def snake(name):
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def kind(java_type):
    inner = re.fullmatch(r"(?:Optional<)?(?:List|Set)<(\w+)>>?", java_type)
    if inner:
        return "list"
    return TYPES[re.sub(r"Optional<(\w+)>", r"\1", java_type)]


def default(literals):
    if literals is None:
        return ""
    value = "".join(re.findall(r"\"((?:[^\"\\]|\\.)*)\"", literals))
    return f"`{value}`".replace("|", "\\|")


def sections():
    """By name: what each is about, and the rows of its table."""
    found = {}
    for folder, service in SERVICES.items():
        for file in sorted((TOP / folder / "src/main/java").rglob("*.java")):
            mapping = INTERFACE.search(file.read_text())
            if mapping is None:
                continue
            name = {"default": "DEFAULT"}.get(mapping["section"], mapping["section"])
            about, rows = found.setdefault(name, ([], {}))
            about.append(text(mapping["doc"]))
            options = list(OPTION.finditer(mapping["body"]))
            assert len(options) == len(re.findall(r"\(\);", mapping["body"])), f"{file}: not understood"
            for option in options:
                row = (kind(option["type"]), default(option["default"]), service, text(option["doc"]))
                rows.setdefault(snake(option["name"]), []).append(row)
    return found


def page():
    lines = [HEAD]
    for name, (about, rows) in sorted(sections().items(), key=lambda item: item[0].lower()):
        lines += [f"## [{name}]", ""]
        # What only says which section it is needs not be said again.
        lines += [f"{each}\n" for each in about if not each.endswith(f"ection `[{name}]`.")]
        lines += ["| Option | Value | Default | Read by | Meaning |", "|---|---|---|---|---|"]
        for option, uses in sorted(rows.items()):
            for value, standard, service, meaning in uses:
                lines.append(f"| `{option}` | {value} | {standard} | {service} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
