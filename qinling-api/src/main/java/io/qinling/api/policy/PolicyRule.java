// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

import java.util.List;
import java.util.Optional;

/**
 * Everything that a policy decides on. Names and defaults are those of upstream's policy: what it
 * asked for without naming it in its file follows the rule {@code default}, and what it did not ask
 * for is up to administrators and the owning project.
 */
public enum PolicyRule {
  RUNTIME_CREATE("runtime:create", PolicyRule.ADMIN, "Add a runtime.", "POST /v1/runtimes"),
  RUNTIME_UPDATE("runtime:update", PolicyRule.ADMIN, "Change a runtime.", "PUT /v1/runtimes/{id}"),
  RUNTIME_DELETE(
      "runtime:delete", PolicyRule.ADMIN, "Delete a runtime.", "DELETE /v1/runtimes/{id}"),
  RUNTIME_POOL_GET_ALL(
      "runtime_pool:get_all",
      PolicyRule.ADMIN,
      "See how many workers of a runtime are free.",
      "GET /v1/runtimes/{id}/pool"),
  FUNCTION_CREATE(
      "function:create", PolicyRule.ADMIN_OR_OWNER, "Create a function.", "POST /v1/functions"),
  FUNCTION_GET(
      "function:get",
      PolicyRule.DEFAULT,
      "See a function, and download its package.",
      "GET /v1/functions/{id}",
      "GET /v1/functions/{id}?download=true"),
  FUNCTION_UPDATE(
      "function:update", PolicyRule.ADMIN_OR_OWNER, "Change a function.", "PUT /v1/functions/{id}"),
  FUNCTION_DELETE(
      "function:delete",
      PolicyRule.ADMIN_OR_OWNER,
      "Delete a function.",
      "DELETE /v1/functions/{id}"),
  FUNCTION_GET_ALL_PROJECTS(
      "function:get_all:all_projects",
      PolicyRule.ADMIN,
      "List the functions of all projects.",
      "GET /v1/functions?all_projects=true"),
  FUNCTION_SCALE_UP(
      "function:scale_up",
      PolicyRule.ADMIN,
      "Add workers to a function.",
      "POST /v1/functions/{id}/scale_up"),
  FUNCTION_SCALE_DOWN(
      "function:scale_down",
      PolicyRule.ADMIN,
      "Take workers from a function.",
      "POST /v1/functions/{id}/scale_down"),
  FUNCTION_DETACH(
      "function:detach",
      PolicyRule.ADMIN,
      "Take all workers from a function.",
      "POST /v1/functions/{id}/detach"),
  FUNCTION_WORKER_GET_ALL(
      "function_worker:get_all",
      PolicyRule.ADMIN,
      "List the workers of a function.",
      "GET /v1/functions/{id}/workers"),
  FUNCTION_VERSION_CREATE(
      "function_version:create",
      PolicyRule.DEFAULT,
      "Create a version of a function.",
      "POST /v1/functions/{id}/versions"),
  FUNCTION_VERSION_GET(
      "function_version:get",
      PolicyRule.DEFAULT,
      "See a version of a function, and download its package.",
      "GET /v1/functions/{id}/versions/{number}",
      "GET /v1/functions/{id}/versions/{number}?download=true"),
  FUNCTION_VERSION_GET_ALL(
      "function_version:get_all",
      PolicyRule.DEFAULT,
      "List the versions of a function.",
      "GET /v1/functions/{id}/versions"),
  FUNCTION_VERSION_UPDATE(
      "function_version:update",
      PolicyRule.ADMIN_OR_OWNER,
      "Change a version of a function.",
      "PUT /v1/functions/{id}/versions/{number}"),
  FUNCTION_VERSION_DELETE(
      "function_version:delete",
      PolicyRule.DEFAULT,
      "Delete a version of a function.",
      "DELETE /v1/functions/{id}/versions/{number}"),
  FUNCTION_VERSION_SCALE_UP(
      "function_version:scale_up",
      PolicyRule.ADMIN,
      "Add workers to a version of a function.",
      "POST /v1/functions/{id}/versions/{number}/scale_up"),
  FUNCTION_VERSION_SCALE_DOWN(
      "function_version:scale_down",
      PolicyRule.ADMIN,
      "Take workers from a version of a function.",
      "POST /v1/functions/{id}/versions/{number}/scale_down"),
  FUNCTION_VERSION_DETACH(
      "function_version:detach",
      PolicyRule.ADMIN,
      "Take all workers from a version of a function.",
      "POST /v1/functions/{id}/versions/{number}/detach"),
  FUNCTION_ALIAS_CREATE(
      "function_alias:create", PolicyRule.DEFAULT, "Create an alias.", "POST /v1/aliases"),
  FUNCTION_ALIAS_GET(
      "function_alias:get", PolicyRule.DEFAULT, "See an alias.", "GET /v1/aliases/{name}"),
  FUNCTION_ALIAS_UPDATE(
      "function_alias:update", PolicyRule.DEFAULT, "Change an alias.", "PUT /v1/aliases/{name}"),
  FUNCTION_ALIAS_DELETE(
      "function_alias:delete", PolicyRule.DEFAULT, "Delete an alias.", "DELETE /v1/aliases/{name}"),
  FUNCTION_ALIAS_GET_ALL_PROJECTS(
      "function_alias:get_all:all_projects",
      PolicyRule.ADMIN,
      "List the aliases of all projects.",
      "GET /v1/aliases?all_projects=true"),
  EXECUTION_CREATE(
      "execution:create", PolicyRule.DEFAULT, "Execute a function.", "POST /v1/executions"),
  EXECUTION_GET(
      "execution:get",
      PolicyRule.ADMIN_OR_OWNER,
      "See an execution, and its log.",
      "GET /v1/executions/{id}",
      "GET /v1/executions/{id}/log"),
  EXECUTION_DELETE(
      "execution:delete",
      PolicyRule.ADMIN_OR_OWNER,
      "Delete an execution.",
      "DELETE /v1/executions/{id}"),
  EXECUTION_GET_ALL_PROJECTS(
      "execution:get_all:all_projects",
      PolicyRule.ADMIN,
      "List the executions of all projects.",
      "GET /v1/executions?all_projects=true"),
  JOB_CREATE("job:create", PolicyRule.ADMIN_OR_OWNER, "Create a job.", "POST /v1/jobs"),
  JOB_GET("job:get", PolicyRule.ADMIN_OR_OWNER, "See a job.", "GET /v1/jobs/{id}"),
  JOB_UPDATE("job:update", PolicyRule.ADMIN_OR_OWNER, "Change a job.", "PUT /v1/jobs/{id}"),
  JOB_DELETE("job:delete", PolicyRule.ADMIN_OR_OWNER, "Delete a job.", "DELETE /v1/jobs/{id}"),
  JOB_GET_ALL_PROJECTS(
      "job:get_all:all_projects",
      PolicyRule.ADMIN,
      "List the jobs of all projects.",
      "GET /v1/jobs?all_projects=true"),
  WEBHOOK_CREATE("webhook:create", PolicyRule.DEFAULT, "Create a webhook.", "POST /v1/webhooks"),
  WEBHOOK_GET("webhook:get", PolicyRule.ADMIN_OR_OWNER, "See a webhook.", "GET /v1/webhooks/{id}"),
  WEBHOOK_UPDATE(
      "webhook:update", PolicyRule.DEFAULT, "Change a webhook.", "PUT /v1/webhooks/{id}"),
  WEBHOOK_DELETE(
      "webhook:delete", PolicyRule.DEFAULT, "Delete a webhook.", "DELETE /v1/webhooks/{id}"),
  WEBHOOK_GET_ALL_PROJECTS(
      "webhook:get_all:all_projects",
      PolicyRule.ADMIN,
      "List the webhooks of all projects.",
      "GET /v1/webhooks?all_projects=true");

  private static final String ADMIN = "rule:context_is_admin";
  private static final String ADMIN_OR_OWNER = "rule:admin_or_owner";
  private static final String DEFAULT = "rule:default";

  private final String key;
  private final String defaultExpression;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // it is a List.of
  private final List<String> operations;

  PolicyRule(String key, String defaultExpression, String description, String... operations) {
    this.key = key;
    this.defaultExpression = defaultExpression;
    this.description = description;
    this.operations = List.of(operations);
  }

  /** The name in policy files. */
  public String key() {
    return key;
  }

  /**
   * A name that upstream used in its place, which counts in a file that does not have the present
   * one.
   */
  public Optional<String> formerKey() {
    return this == FUNCTION_ALIAS_GET_ALL_PROJECTS
        ? Optional.of("function_version:get_all:all_projects")
        : Optional.empty();
  }

  /** What holds unless a policy file says otherwise, in the language of those files. */
  public String defaultExpression() {
    return defaultExpression;
  }

  /** What it lets a caller do, as a sentence. */
  public String description() {
    return description;
  }

  /** The calls that ask for it, each as {@code METHOD PATH}. */
  public List<String> operations() {
    return operations;
  }
}
