// SPDX-License-Identifier: Apache-2.0
package io.qinling.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qinling.api.database.Condition;
import io.qinling.api.identity.Caller;
import io.qinling.api.policy.Policy;
import io.qinling.api.policy.PolicyRule;
import io.qinling.error.ErrorCode;
import io.qinling.error.QinlingException;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class TestProjectScope {
  private static final Caller MEMBER = Caller.inProject("p1");

  /** As the rule {@code rule:owner}. */
  private static final Policy OWNER = (caller, _, owner) -> caller.requireOwner(owner);

  @Test
  void nobodyOwnsWhatIsOfAllProjects() {
    assertThatThrownBy(() -> scope("all_projects", "true", OWNER))
        .isInstanceOfSatisfying(
            QinlingException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_ALLOWED));
  }

  @Test
  void whomTheRuleAllowsItIsShownAllProjects() {
    assertThat(scope("all_projects", "true", Policy.ALLOW_ALL)).isEqualTo(Condition.ALL);
  }

  @Test
  void aFilterMeansNothingForOthersThanAdministrators() {
    assertThat(scope("project_id", "p2", OWNER)).isEqualTo(Condition.equal("project_id", "p1"));
  }

  private static Condition scope(String name, String value, Policy policy) {
    var parameters = new MultivaluedHashMap<String, String>();
    parameters.add(name, value);
    var uri =
        (UriInfo)
            Proxy.newProxyInstance(
                UriInfo.class.getClassLoader(),
                new Class<?>[] {UriInfo.class},
                (_, _, _) -> parameters);
    return ProjectScope.of(
        MEMBER, Query.lenient(uri), policy, PolicyRule.FUNCTION_GET_ALL_PROJECTS);
  }
}
