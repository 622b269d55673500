#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/api.md from the OpenAPI document of the service. Needs Debian's python3-yaml."""

import json
import pathlib

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = TOP / "qinling-api/src/main/resources/META-INF/openapi.yaml"
PAGE = TOP / "docs/api.md"
VERBS = ("get", "post", "put", "delete")
JSON = "application/json"


def anchor(heading):
    """The fragment that Markdown viewers give a heading."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return "#" + kept.replace(" ", "-")


def link(heading):
    return f"[{heading}]({anchor(heading)})"


def flat(text):
    """For a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def code_block(value):
    yield "```json"
    yield json.dumps(value, indent=2, ensure_ascii=False)
    yield "```"
    yield ""


class Page:
    """Writes the page, part by part."""

    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        self.described = set()
        self.sent = set(self.references([
            operation["requestBody"] for item in document["paths"].values()
            for verb, operation in item.items() if verb in VERBS and "requestBody" in operation]))

    def references(self, value):
        """Names of all schemas that a value refers to."""
        if isinstance(value, list):
            for each in value:
                yield from self.references(each)
        elif isinstance(value, dict):
            for key, each in value.items():
                if key == "$ref" and "/schemas/" in each:
                    name = each.rpartition("/")[2]
                    yield name
                    yield from self.references(self.schemas[name])
                else:
                    yield from self.references(each)

    def text(self):
        return "\n".join(self.lines()).rstrip("\n") + "\n"

    def lines(self):
        info = self.document["info"]
        yield f"# {info['title']} API v1"
        yield ""
        source = f"[openapi.yaml](../{DOCUMENT.relative_to(TOP)})"
        yield f"Made by `docs/generate_api.py` from {source}; change that."
        yield ""
        yield info["description"]
        for tag in self.document["tags"]:
            yield from table((link(tag["name"]), ""), (
                (f"[{verb.upper()} {path}](#{operation['operationId']})", operation["summary"])
                for verb, path, operation in self.operations(tag["name"])))
        yield f"{link('Values')}, {link('Error answers')}"
        yield ""
        for tag in self.document["tags"]:
            yield from self.section(tag)
        yield from self.values()
        yield from self.errors()

    def operations(self, tag):
        for path, item in self.document["paths"].items():
            for verb in VERBS:
                if verb in item and tag in item[verb]["tags"]:
                    yield verb, path, item[verb]

    def section(self, tag):
        yield f"## {tag['name']}"
        yield ""
        yield tag["description"]
        yield ""
        used = []
        for verb, path, operation in self.operations(tag["name"]):
            yield from self.operation(verb, path, operation, used)
        for name in used:
            yield from self.resource(name)

    def operation(self, verb, path, operation, used):
        # Addresses that differ by a slash would have one anchor.
        yield f"### <a id=\"{operation['operationId']}\"></a>{verb.upper()} {path}"
        yield ""
        about = [operation["summary"] + ".", operation.get("description", "")]
        yield " ".join(" ".join([*about, *self.access(operation)]).split())
        yield ""
        shared = self.document["paths"][path].get("parameters", [])
        parameters = [self.resolved(each) for each in shared + operation.get("parameters", [])]
        if parameters:
            yield from table(("Parameter", "In", "Type", "Meaning"), (
                (f"`{each['name']}`", each["in"], self.type_of(each["schema"], used),
                 flat(each["description"])) for each in parameters))
        if "requestBody" in operation:
            yield from self.body(operation["requestBody"], used)
        yield from self.answers(operation["responses"], used)

    @staticmethod
    def access(operation):
        if operation.get("security") == []:
            yield "Needs no token."
        if "x-policy" in operation:
            yield f"Policy rule `{operation['x-policy']}`."
        if "x-policy-all-projects" in operation:
            yield f"Policy rule `{operation['x-policy-all-projects']}` for other projects'."

    def body(self, body, used):
        need = "Body" if body.get("required") else "Body, which may be left out"
        yield f"{need}: " + "; ".join(
            f"`{kind}` with {self.type_of(content['schema'], used)}"
            for kind, content in body["content"].items()) + "."
        yield ""

    def answers(self, responses, used):
        errors = []
        rows = []
        for status, response in responses.items():
            if "$ref" in response:
                errors.append(status)
                continue
            kinds = [
                f"`{kind}`: {self.type_of(content['schema'], used)}"
                for kind, content in response.get("content", {}).items()]
            rows.append((status, flat(response["description"]), "<br>".join(kinds) or "empty"))
        yield from table(("Status", "Meaning", "Body"), rows)
        if errors:
            yield f"{link('Error answers')}: {', '.join(errors)}."
            yield ""

    def resource(self, name):
        """An object that bodies consist of, unless it has been described before."""
        if name in self.described:
            return
        self.described.add(name)
        schema = self.schemas[name]
        used = []
        yield f"### {name}"
        yield ""
        yield schema["description"]
        yield ""
        rows = []
        for field, value, required in self.fields(schema, name in self.sent):
            about = self.resolved(value).get("description", "")
            marks = ["required"] if required else []
            marks += ["read-only"] if self.resolved(value).get("readOnly") else []
            marks += [f"default `{json.dumps(value['default'])}`"] if "default" in value else []
            rows.append((f"`{field}`", self.type_of(value, used), ", ".join(marks), flat(about)))
        if rows:
            yield from table(("Field", "Type", "", "Meaning"), rows)
        for example in schema.get("examples", ()):
            yield from code_block(example)
        for each in used:
            yield from self.resource(each)

    def fields(self, schema, is_sent):
        """Name, schema and whether clients must send it, of this object and all it consists of."""
        schema = self.resolved(schema)
        for part in schema.get("allOf", ()):
            yield from self.fields(part, is_sent)
        for name, value in schema.get("properties", {}).items():
            yield name, value, is_sent and name in schema.get("required", ())

    def values(self):
        yield "## Values"
        yield ""
        rows = []
        for name, schema in self.schemas.items():
            if self.is_value(name):
                rows.append((f'<a id="{name.lower()}"></a>{name}', self.plain_type(schema),
                             flat(schema["description"])))
        yield from table(("Name", "JSON", "Meaning"), rows)

    def errors(self):
        yield "## Error answers"
        yield ""
        rows = []
        responses = self.document["components"]["responses"]
        statuses = {
            response["$ref"]: status
            for item in self.document["paths"].values() for verb in VERBS if verb in item
            for status, response in item[verb]["responses"].items() if "$ref" in response}
        for name, response in responses.items():
            example = response["content"][JSON]["example"]
            rows.append((
                statuses[f"#/components/responses/{name}"], flat(response["description"]),
                f"`{flat(example['faultstring'])}`"))
        yield from table(("Status", "Meaning", "For example"), rows)
        yield from self.resource("Error")
        yield from code_block(responses["Forbidden"]["content"][JSON]["example"])

    def resolved(self, value):
        """The value, with what it refers to."""
        if "$ref" not in value:
            return value
        target = self.document
        for step in value["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return {**self.resolved(target), **{k: v for k, v in value.items() if k != "$ref"}}

    def is_value(self, name):
        schema = self.schemas[name]
        return ("properties" not in schema and "allOf" not in schema
                and schema.get("type") != "object")

    def type_of(self, schema, used):
        """Links what has a name; objects are added to the used ones."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if self.is_value(name):
                return link(name)
            listed = self.listed(self.schemas[name])
            if listed:
                used.append(listed[1])
                return f"`{{\"{listed[0]}\": […]}}` of {link(listed[1])}"
            used.append(name)
            return link(name)
        if schema.get("type") == "array":
            return "list of " + self.type_of(schema["items"], used)
        if schema.get("type") == "object" and "properties" in schema:
            inner = ", ".join(
                f"`{name}`: {self.type_of(value, used)}"
                for name, value in schema["properties"].items())
            return f"object ({inner})"
        return self.plain_type(schema)

    def listed(self, schema):
        """Key and item of a list in its wrapper."""
        if len(schema.get("properties", {})) == 1:
            (key, value), = schema["properties"].items()
            if value.get("type") == "array" and "$ref" in value["items"]:
                return key, value["items"]["$ref"].rpartition("/")[2]
        return None

    @staticmethod
    def plain_type(schema):
        if "enum" in schema:
            return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
        kinds = schema.get("type", "anything")
        text = " or ".join(kinds) if isinstance(kinds, list) else kinds
        if schema.get("format") == "binary":
            text = "bytes"
        if "maxLength" in schema:
            text += f", up to {schema['maxLength']} characters"
        return text


def page():
    return Page(yaml.safe_load(DOCUMENT.read_text())).text()


if __name__ == "__main__":
    PAGE.write_text(page())
