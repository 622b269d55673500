// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.policy;

/** Everything that a policy decides on, by the names and with the defaults of upstream's policy. */
public enum PolicyRule {
  RUNTIME_CREATE("runtime:create", PolicyRule.ADMIN),
  RUNTIME_UPDATE("runtime:update", PolicyRule.ADMIN),
  RUNTIME_DELETE("runtime:delete", PolicyRule.ADMIN),
  RUNTIME_POOL_GET_ALL("runtime_pool:get_all", PolicyRule.ADMIN),
  FUNCTION_CREATE("function:create", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_GET("function:get", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_UPDATE("function:update", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_DELETE("function:delete", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_GET_ALL_PROJECTS("function:get_all:all_projects", PolicyRule.ADMIN),
  FUNCTION_SCALE_UP("function:scale_up", PolicyRule.ADMIN),
  FUNCTION_SCALE_DOWN("function:scale_down", PolicyRule.ADMIN),
  FUNCTION_DETACH("function:detach", PolicyRule.ADMIN),
  FUNCTION_WORKER_GET_ALL("function_worker:get_all", PolicyRule.ADMIN),
  FUNCTION_VERSION_CREATE("function_version:create", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_VERSION_GET("function_version:get", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_VERSION_GET_ALL("function_version:get_all", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_VERSION_UPDATE("function_version:update", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_VERSION_DELETE("function_version:delete", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_VERSION_SCALE_UP("function_version:scale_up", PolicyRule.ADMIN),
  FUNCTION_VERSION_SCALE_DOWN("function_version:scale_down", PolicyRule.ADMIN),
  FUNCTION_VERSION_DETACH("function_version:detach", PolicyRule.ADMIN),
  FUNCTION_ALIAS_CREATE("function_alias:create", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_ALIAS_GET("function_alias:get", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_ALIAS_UPDATE("function_alias:update", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_ALIAS_DELETE("function_alias:delete", PolicyRule.ADMIN_OR_OWNER),
  FUNCTION_ALIAS_GET_ALL_PROJECTS("function_alias:get_all:all_projects", PolicyRule.ADMIN),
  EXECUTION_CREATE("execution:create", PolicyRule.ADMIN_OR_OWNER),
  EXECUTION_GET("execution:get", PolicyRule.ADMIN_OR_OWNER),
  EXECUTION_DELETE("execution:delete", PolicyRule.ADMIN_OR_OWNER),
  EXECUTION_GET_ALL_PROJECTS("execution:get_all:all_projects", PolicyRule.ADMIN),
  JOB_CREATE("job:create", PolicyRule.ADMIN_OR_OWNER),
  JOB_GET("job:get", PolicyRule.ADMIN_OR_OWNER),
  JOB_UPDATE("job:update", PolicyRule.ADMIN_OR_OWNER),
  JOB_DELETE("job:delete", PolicyRule.ADMIN_OR_OWNER),
  JOB_GET_ALL_PROJECTS("job:get_all:all_projects", PolicyRule.ADMIN),
  WEBHOOK_CREATE("webhook:create", PolicyRule.ADMIN_OR_OWNER),
  WEBHOOK_GET("webhook:get", PolicyRule.ADMIN_OR_OWNER),
  WEBHOOK_UPDATE("webhook:update", PolicyRule.ADMIN_OR_OWNER),
  WEBHOOK_DELETE("webhook:delete", PolicyRule.ADMIN_OR_OWNER),
  WEBHOOK_GET_ALL_PROJECTS("webhook:get_all:all_projects", PolicyRule.ADMIN);

  private static final String ADMIN = "rule:context_is_admin";
  private static final String ADMIN_OR_OWNER = "rule:admin_or_owner";

  private final String key;
  private final String defaultExpression;

  PolicyRule(String key, String defaultExpression) {
    this.key = key;
    this.defaultExpression = defaultExpression;
  }

  /** The name in policy files. */
  public String key() {
    return key;
  }

  /** What holds unless a policy file says otherwise, in the language of those files. */
  public String defaultExpression() {
    return defaultExpression;
  }
}
