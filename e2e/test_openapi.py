# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document: that it is one, is whole, and says what the service does."""

import importlib.util
import json
import re
import unittest
import xml.etree.ElementTree

import jsonschema
import yaml

from document import FILE, JSON, VERBS, document
from harness import TOP, UNKNOWN, QinlingTest, multipart, wait_for, zip_of

ECHO = """\
def main(**kwargs):
    print("ran")
    return kwargs
"""
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

# Every address of the API, by the behaviour that clients know, and what was added to it.
CATALOGUE = """\
GET /
GET /v1
GET /v1/
GET /healthcheck
GET /openapi
GET POST /v1/runtimes
GET PUT DELETE /v1/runtimes/{runtime_id}
GET /v1/runtimes/{runtime_id}/pool
GET POST /v1/functions
GET PUT DELETE /v1/functions/{function_id}
POST /v1/functions/{function_id}/scale_up
POST /v1/functions/{function_id}/scale_down
POST /v1/functions/{function_id}/detach
GET /v1/functions/{function_id}/workers
GET POST /v1/functions/{function_id}/versions
GET PUT DELETE /v1/functions/{function_id}/versions/{version_number}
POST /v1/functions/{function_id}/versions/{version_number}/scale_up
POST /v1/functions/{function_id}/versions/{version_number}/scale_down
POST /v1/functions/{function_id}/versions/{version_number}/detach
GET POST /v1/aliases
GET PUT DELETE /v1/aliases/{alias_name}
GET POST /v1/executions
GET DELETE /v1/executions/{execution_id}
GET /v1/executions/{execution_id}/log
GET POST /v1/jobs
GET PUT DELETE /v1/jobs/{job_id}
GET POST /v1/webhooks
GET PUT DELETE /v1/webhooks/{webhook_id}
POST /v1/webhooks/{webhook_id}/invoke
"""

# Keys that the parts of a document may have, of those that are used: OpenAPI 3.1, section 4.8.
KEYS = {
    "operation": {
        "operationId", "tags", "summary", "description", "security", "parameters", "requestBody",
        "responses", "x-policy", "x-policy-all-projects"},
    "parameter": {"name", "in", "required", "description", "schema", "example"},
    "response": {"description", "headers", "content"},
    "header": {"description", "required", "schema", "example"},
    "body": {"required", "content"},
    "media type": {"schema", "example"},
}


def leaves(value):
    """All texts, numbers and such in a value, by the path to them."""
    return {
        path: repr(inner) for path, inner in each_value(value)
        if not isinstance(inner, (dict, list)) or not inner}


def each_value(value, path=""):
    """All there is in a value, with the path to it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from each_value(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from each_value(inner, f"{path}/{index}")


class TestDocument(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.document = document()
        self.content = self.document.content
        self.operations = self.document.operations.values()

    def assertKeys(self, kind, value):
        self.assertLessEqual(set(value), KEYS[kind], kind)

    def test_it_has_every_address_and_no_other(self):
        wanted = set()
        for line in CATALOGUE.splitlines():
            *verbs, path = line.split()
            wanted |= {(verb.lower(), path) for verb in verbs}
        self.assertEqual({(each.verb, each.path) for each in self.operations}, wanted)
        count = sum(verb in item for item in self.content["paths"].values() for verb in VERBS)
        self.assertEqual(len(self.operations), count, "operationIds are unique")

    def test_its_parts_have_the_keys_that_openapi_knows(self):
        self.assertEqual(
            set(self.content), {"openapi", "info", "servers", "security", "tags", "paths", "components"})
        self.assertRegex(self.content["openapi"], r"^3\.1\.\d$")
        for path, item in self.content["paths"].items():
            with self.subTest(path):
                self.assertLessEqual(set(item), {"parameters", *VERBS})
        for operation in self.operations:
            with self.subTest(str(operation)):
                self.assertKeys("operation", operation.content)
                for parameter in operation.parameters:
                    self.assertKeys("parameter", parameter)
                self.assertKeys("body", operation.content.get("requestBody", {}))
                for status, said in operation.content["responses"].items():
                    self.assertRegex(status, r"^[2345]\d\d$")
                    response = self.document.resolve(said)
                    self.assertKeys("response", response)
                    for header in response["headers"].values():
                        self.assertKeys("header", self.document.resolve(header))
                    for media_type in response.get("content", {}).values():
                        self.assertKeys("media type", media_type)

    def test_its_schemas_are_json_schemas(self):
        # A key that the vocabulary does not know is a typing error here.
        vocabulary = {
            "$ref", "type", "description", "properties", "required", "additionalProperties", "enum",
            "unevaluatedProperties", "items", "allOf", "pattern", "minimum", "maximum", "minLength",
            "maxLength", "format", "contentMediaType", "default", "readOnly", "examples"}
        schemas = list(self.content["components"]["schemas"].items())
        while schemas:
            name, schema = schemas.pop()
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)
                self.assertLessEqual(set(schema), vocabulary)
            schemas += [(f"{name}.{key}", each) for key, each in schema.get("properties", {}).items()]
            schemas += [(f"{name}.allOf", each) for each in schema.get("allOf", ())]
            if "items" in schema:
                schemas.append((f"{name}[]", schema["items"]))

    def test_references_lead_somewhere_and_every_component_is_used(self):
        used = set()
        for path, value in each_value(self.content):
            if path.endswith("/$ref"):
                with self.subTest(path):
                    self.assertTrue(self.document.target(value))
                    used.add(value)
        components = {
            f"#/components/{kind}/{name}"
            for kind, named in self.content["components"].items() if kind != "securitySchemes"
            for name in named}
        self.assertEqual(components - used, set())

    def test_operations_are_complete(self):
        tags = {tag["name"] for tag in self.content["tags"]}
        for operation in self.operations:
            with self.subTest(str(operation)):
                self.assertRegex(operation.id, r"^[a-z][A-Za-z]+$")
                self.assertTrue(operation.content["summary"])
                self.assertLessEqual(set(operation.content["tags"]), tags)
                in_path = {each["name"] for each in operation.parameters if each["in"] == "path"}
                self.assertEqual(in_path, set(re.findall(r"\{(\w+)\}", operation.path)))
                for parameter in operation.parameters:
                    self.assertTrue(parameter["description"])
                    self.assertEqual(parameter.get("required", False), parameter["in"] == "path")
                self.assertTrue(any(operation.response(status) for status in (200, 201, 202, 204, 302)))

    def test_operations_give_the_errors_that_their_kind_gives(self):
        for operation in self.operations:
            with self.subTest(str(operation)):
                if not operation.path.startswith("/v1/") or operation.path == "/v1/":
                    continue  # They touch nothing that could fail.
                wanted = {"500", "503"}
                if operation.content.get("security") != []:
                    wanted.add("401")
                if {"x-policy", "x-policy-all-projects"} & set(operation.content):
                    wanted.add("403")
                if "{" in operation.path and not operation.path.endswith("/workers"):
                    wanted.add("404")
                if operation.bodies:
                    wanted |= {"400", "413", "415"}
                self.assertLessEqual(wanted, set(operation.content["responses"]))

    def test_answers_have_their_headers_and_errors_their_shape(self):
        for operation in self.operations:
            with self.subTest(str(operation)):
                for status in operation.content["responses"]:
                    response = operation.response(status)
                    self.assertIn("X-Openstack-Request-Id", response["headers"])
                    self.assertEqual("Retry-After" in response["headers"], status in ("429", "503"))
                    if status >= "400" and str(operation) != "get /healthcheck":
                        self.assertEqual(
                            response["content"][JSON]["schema"], {"$ref": "#/components/schemas/Error"})

    def test_answers_have_all_their_fields(self):
        answered = {
            reference for operation in self.operations for status in operation.content["responses"]
            for path, reference in each_value(operation.response(status)) if path.endswith("/$ref")}
        answered |= {
            "#/components/schemas/" + name for name in ("Worker", "FunctionFields", "ListedFunction")}
        for reference in answered:
            with self.subTest(reference):
                schema = self.document.target(reference)
                for part in [schema, *schema.get("allOf", ())]:
                    if "properties" in part:
                        self.assertEqual(set(part["required"]), set(part["properties"]))
                self.assertNotEqual(schema.get("additionalProperties", False), True)

    def test_bodies_are_strict_but_for_functions_and_webhooks(self):
        for operation in self.operations:
            with self.subTest(str(operation)):
                for kind, body in operation.bodies.items():
                    lenient = operation.id in ("createFunction", "updateFunction", "invokeWebhook")
                    self.assertEqual(body.get("additionalProperties") is False, not lenient)
                    self.assertIn(kind, (JSON, *FORMS) if lenient else (JSON,))

    def test_examples_meet_their_schemas(self):
        count = 0
        for name, schema in self.content["components"]["schemas"].items():
            for example in schema.get("examples", ()):
                with self.subTest(name):
                    self.assertEqual(self.document.errors(example, schema), [])
                    count += 1
        for path, value in each_value(self.content):
            if isinstance(value, dict) and "example" in value and "schema" in value:
                with self.subTest(path):
                    self.assertEqual(self.document.errors(value["example"], value["schema"]), [])
                    count += 1
        self.assertGreater(count, 40)

    def test_bodies_have_examples(self):
        for operation in self.operations:
            with self.subTest(str(operation)):
                for kind, body in operation.bodies.items():
                    self.assertIn("examples", body, kind)

    def test_it_names_the_rules_of_policies(self):
        source = TOP / "qinling-api/src/main/java/io/qinling/api/policy/PolicyRule.java"
        rules = set(re.findall(r'[A-Z]\(\s*"(\w+:\w+(?::\w+)?)"', source.read_text()))
        self.assertGreater(len(rules), 30)
        named = {
            rule for operation in self.operations for key, rule in operation.content.items()
            if key.startswith("x-policy")}
        self.assertEqual(named, rules)

    def test_it_says_what_anybody_may_call(self):
        open_to_all = {str(each) for each in self.operations if each.content.get("security") == []}
        self.assertEqual(open_to_all, {
            "get /", "get /v1", "get /v1/", "get /healthcheck", "get /openapi",
            "post /v1/webhooks/{webhook_id}/invoke"})

    def test_the_page_is_up_to_date(self):
        spec = importlib.util.spec_from_file_location("generate_api", TOP / "docs/generate_api.py")
        generate_api = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(generate_api)
        self.assertEqual(
            (TOP / "docs/api.md").read_text(), generate_api.page(), "run docs/generate_api.py")

    def test_links_of_the_page_lead_somewhere(self):
        page = (TOP / "docs/api.md").read_text()
        anchors = set(re.findall(r'<a id="(\w+)">', page))
        for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE):
            anchors.add(re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-"))
        self.assertEqual(set(re.findall(r"\]\(#([^)]*)\)", page)) - anchors, set())


class TestServedDocument(QinlingTest):
    def test_yaml_is_served_by_default(self):
        answer = self.q.get("/openapi")
        self.assertEqual(answer.status, 200, answer)
        self.assertRegex(answer.headers["Content-Type"], "^application/yaml")
        self.assertEqual(yaml.safe_load(answer.body)["openapi"], document().content["openapi"])

    def test_json_is_served_on_request_and_is_what_was_written(self):
        version = xml.etree.ElementTree.parse(TOP / "pom.xml").find("{*}version").text
        wanted = yaml.safe_load(FILE.read_text())
        wanted["info"]["version"] = version
        wanted = leaves(wanted)
        for path, headers in (
                ("/openapi", {"Accept": JSON}), ("/openapi?format=json", {}),
                ("/openapi/", {"Accept": JSON})):
            with self.subTest(path):
                answer = self.q.get(path, **headers)
                self.assertEqual(answer.status, 200, answer)
                self.assertRegex(answer.headers["Content-Type"], "^application/json")
                self.assertEqual(set(leaves(answer.json).items()) ^ set(wanted.items()), set())

    def test_every_operation_exists(self):
        for operation in document().operations.values():
            with self.subTest(str(operation)):
                self.assertTrue(operation.exists(self.q))


class DocumentedTest(QinlingTest):
    """Calls operations by their id, and compares each answer with what is said of it."""

    def call(self, operation_id, status, body=None, headers=None, query="", **path):
        """The answer; a body that is a dict is sent as JSON."""
        operation = document().operations[operation_id]
        if isinstance(body, dict):
            body, headers = json.dumps(body), {"Content-Type": JSON}
        answer = self.q.request(
            operation.verb.upper(), operation.address(**path) + query, body, headers)
        self.assertEqual(answer.status, status, answer)
        self.assertDocumented(operation, answer)
        return answer

    def assertDocumented(self, operation, answer):
        said = operation.response(answer.status)
        self.assertIsNotNone(said, f"{operation} does not mention {answer}")
        for name, header in said["headers"].items():
            if document().resolve(header).get("required"):
                self.assertIn(name, answer.headers, answer)
        if "content" not in said:
            self.assertEqual(answer.body, b"", answer)
            return
        kind = answer.headers["Content-Type"]
        media_type = said["content"].get(kind) or said["content"].get(kind.partition(";")[0])
        self.assertIsNotNone(media_type, f"{operation} does not mention {kind}")
        if kind == JSON:
            self.assertEqual(document().errors(answer.json, media_type["schema"]), [], answer)

    def new_version(self, function):
        made = self.call(
            "createFunctionVersion", 201, {"description": "first"}, function_id=function).json
        self.addCleanup(
            self.q.delete, f"/v1/functions/{function}/versions/{made['version_number']}")
        return made["version_number"]

    def new_alias(self, function, name):
        made = self.call("createFunctionAlias", 201, {"name": name, "function_id": function})
        self.addCleanup(self.q.delete, f"/v1/aliases/{name}")
        return made.json

    def new(self, operation_id, resource, body):
        made = self.call(operation_id, 201, body).json
        self.addCleanup(self.q.delete, f"/v1/{resource}/{made['id']}")
        return made["id"]


class TestAnswers(DocumentedTest):
    def test_of_the_service(self):
        self.call("listApiVersions", 200)
        self.call("getApiVersion", 200)
        self.call("redirectToApiVersion", 302)
        self.call("checkHealth", 200)

    def test_of_runtimes(self):
        runtime = self.new("createRuntime", "runtimes", {"image": "nobody/has-this"})
        self.call("listRuntimes", 200)
        self.call("getRuntime", 200, runtime_id=runtime)
        self.call("updateRuntime", 200, {"description": "d"}, runtime_id=runtime)
        self.call("getRuntimePool", 200, runtime_id=self.q.runtime())
        self.call("deleteRuntime", 204, runtime_id=runtime)

    def test_of_functions(self):
        fields = {"runtime_id": self.q.runtime(), "code": '{"source": "package"}', "name": "n"}
        uploaded = zip_of(ECHO)
        form, kind = multipart(fields, [("package", "p.zip", uploaded)])
        function = self.call("createFunction", 201, form, {"Content-Type": kind}).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        self.call("listFunctions", 200, query="?all_projects=true&project_id=has:default")
        self.call("getFunction", 200, function_id=function)
        package = self.call("getFunction", 200, query="?download=true", function_id=function)
        self.assertEqual(package.body, uploaded)
        self.call("updateFunction", 200, {"name": None, "cpu": 200}, function_id=function)
        self.call("updateFunction", 200, "name=m", {"Content-Type": FORMS[1]}, function_id=function)
        self.call("updateFunction", 200, form, {"Content-Type": kind}, function_id=function)
        self.call("scaleUpFunction", 202, {}, function_id=function)
        wait_for(lambda: self.q.workers(function), "a worker")
        self.call("listWorkers", 200, query="?function_version=0", function_id=function)
        self.call("scaleDownFunction", 202, {"count": "1"}, function_id=function)
        self.call("detachFunction", 202, function_id=function)
        self.call("deleteFunction", 204, function_id=function)

    def test_of_versions(self):
        function = self.function(ECHO)
        which = {"function_id": function, "version_number": self.new_version(function)}
        self.call("listFunctionVersions", 200, function_id=function)
        self.call("getFunctionVersion", 200, **which)
        self.call("getFunctionVersion", 200, query="?download=true", **which)
        self.call("updateFunctionVersion", 200, {"description": "second"}, **which)
        self.call("scaleUpFunctionVersion", 202, {"count": 1}, **which)
        self.call("scaleDownFunctionVersion", 202, {"count": 1}, **which)
        self.call("detachFunctionVersion", 202, **which)
        self.call("deleteFunctionVersion", 204, **which)

    def test_of_aliases(self):
        function = self.function(ECHO)
        self.new_alias(function, "documented")
        self.call("listFunctionAliases", 200, query="?all_projects=true")
        self.call("getFunctionAlias", 200, alias_name="documented")
        self.call(
            "updateFunctionAlias", 200, {"description": "d", "function_version": "0"},
            alias_name="documented")
        self.call("deleteFunctionAlias", 204, alias_name="documented")

    def test_of_executions(self):
        function = self.function(ECHO)
        execution = self.new(
            "createExecution", "executions", {"function_id": function, "input": '{"a": 1}'})
        self.new("createExecution", "executions", {"function_id": function, "sync": False})
        self.call("listExecutions", 200, query="?status=in:success,running&description=eq:")
        found = self.call("listExecutions", 200, query=f"?function_id={function}").json["executions"]
        self.assertEqual(len(found), 2)
        self.call("getExecution", 200, execution_id=execution)
        self.call("getExecutionLog", 200, execution_id=execution)
        self.call("deleteExecution", 204, execution_id=execution)

    def test_of_jobs(self):
        function = self.function(ECHO)
        often = self.new(
            "createJob", "jobs", {"function_id": function, "pattern": "0 0 1 1 *", "count": 2})
        once = self.new(
            "createJob", "jobs",
            {"function_id": function, "first_execution_time": "2090-01-02T03:04:05Z", "name": "n"})
        for query in ("", "?all_projects=true", f"?function_id={function}", "?name=n", "?status=running"):
            jobs = self.call("listJobs", 200, query=query).json["jobs"]
            self.assertIn(once, [job["id"] for job in jobs])
        self.call("getJob", 200, job_id=often)
        self.call("updateJob", 200, {"status": "paused", "pattern": None}, job_id=often)
        self.call("deleteJob", 204, job_id=often)

    def test_of_webhooks(self):
        function = self.function(ECHO)
        webhook = self.new("createWebhook", "webhooks", {"function_id": function})
        self.call("listWebhooks", 200)
        self.call("getWebhook", 200, webhook_id=webhook)
        self.call("updateWebhook", 200, {"description": "d"}, webhook_id=webhook)
        started = self.call("invokeWebhook", 202, {"a": 1}, webhook_id=webhook).json["execution_id"]
        self.addCleanup(self.q.delete, f"/v1/executions/{started}")
        self.q.wait_ended(started)
        self.call("deleteWebhook", 204, webhook_id=webhook)

    def test_of_lists_with_items_of_every_kind(self):
        function = self.function(ECHO)
        self.new_version(function)
        self.new_alias(function, "listed")
        self.new("createJob", "jobs", {"function_alias": "listed", "pattern": "0 0 1 1 *"})
        self.new("createWebhook", "webhooks", {"function_alias": "listed"})
        self.new("createExecution", "executions", {"function_alias": "listed"})
        for operation in ("listFunctionAliases", "listJobs", "listWebhooks", "listExecutions"):
            self.call(operation, 200)

    def test_of_refused_requests(self):
        self.call("listRuntimes", 400, query="?limit=1")
        self.call("createRuntime", 400, {})
        self.call("createRuntime", 415, "x", {"Content-Type": "text/plain"})
        self.call("createRuntime", 413, "", {"Content-Length": str(9 * 1024 * 1024)})
        self.call("getRuntime", 400, runtime_id="x")
        self.call("getRuntime", 404)
        self.call("getRuntimePool", 404)
        self.call("getFunction", 404)
        self.call("scaleUpFunction", 400, {"count": 0})
        self.call("getExecutionLog", 404)
        self.call("createExecution", 404, {"function_id": UNKNOWN})
        runtime = self.new("createRuntime", "runtimes", {"image": "nobody/has-this"})
        self.call("updateRuntime", 409, {"image": "x"}, runtime_id=runtime)


if __name__ == "__main__":
    unittest.main()
