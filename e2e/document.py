# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document of the service, as tests use it. Needs Debian's python3-yaml and -jsonschema."""

import functools
import re

import jsonschema
import yaml

from harness import TOP, UNKNOWN

FILE = TOP / "qinling-api/src/main/resources/META-INF/openapi.yaml"
VERBS = ("get", "post", "put", "delete")
JSON = "application/json"


class Operation:
    """A verb of a path."""

    def __init__(self, document, path, verb):
        item = document.content["paths"][path]
        self.document = document
        self.path = path
        self.verb = verb
        self.content = item[verb]
        self.id = self.content["operationId"]
        self.parameters = [
            document.resolve(each)
            for each in item.get("parameters", []) + self.content.get("parameters", [])]
        self.bodies = {
            kind: document.flat(body["schema"])
            for kind, body in self.content.get("requestBody", {}).get("content", {}).items()}

    def __str__(self):
        return f"{self.verb} {self.path}"

    def address(self, **values):
        """The path with values for its parameters; those that are not given do not exist."""
        return re.sub(
            r"\{(\w+)\}",
            lambda name: str(values.get(name[1], 1 if name[1] == "version_number" else UNKNOWN)),
            self.path)

    def response(self, status):
        """What is said of a status, None when it is not mentioned."""
        said = self.content["responses"].get(str(status))
        return said and self.document.resolve(said)

    def exists(self, q):
        """Whether the service knows the operation; objects that do not exist have other words."""
        answer = q.request(self.verb.upper(), self.address())
        return not (answer.status == 405 or answer.status == 404
                    and answer.json["faultstring"] == "The resource could not be found.")


class Document:
    def __init__(self, content):
        self.content = content
        self.operations = {}
        for path, item in content["paths"].items():
            for verb in VERBS:
                if verb in item:
                    operation = Operation(self, path, verb)
                    self.operations[operation.id] = operation

    def target(self, reference):
        value = self.content
        for step in reference.removeprefix("#/").split("/"):
            value = value[step]
        return value

    def resolve(self, value):
        """The value, or what it refers to."""
        return self.resolve(self.target(value["$ref"])) if "$ref" in value else value

    def flat(self, schema):
        """The object of a schema with the fields of all that it consists of."""
        schema = self.resolve(schema)
        fields = {}
        for part in schema.get("allOf", ()):
            fields |= self.flat(part)["properties"]
        fields |= schema.get("properties", {})
        return {**schema, "properties": fields}

    def errors(self, value, schema):
        """How a value breaks a schema."""
        validator = jsonschema.Draft202012Validator(
            schema, resolver=jsonschema.RefResolver("", self.content),
            format_checker=jsonschema.FormatChecker())
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@functools.cache
def document():
    return Document(yaml.safe_load(FILE.read_text()))
