// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionKey;
import io.qinling.engine.function.FunctionVersion;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many workers each project and each function version holds or is about to get, and whose turn
 * it is. Not safe for use by several threads.
 */
final class Shares {
  /** Projects come and go; one whose turn was longer ago than those of so many others is first. */
  private static final int REMEMBERED_TURNS = 1000;

  private final Map<String, Integer> byProject;
  private final Map<FunctionKey, Integer> byFunction;

  /** Oldest first. */
  private final LinkedHashMap<String, Long> lastTurns;

  private long turns;

  Shares() {
    this(Map.of(), Map.of(), Map.of(), 0);
  }

  private Shares(
      Map<String, Integer> byProject,
      Map<FunctionKey, Integer> byFunction,
      Map<String, Long> lastTurns,
      long turns) {
    this.byProject = new HashMap<>(byProject);
    this.byFunction = new HashMap<>(byFunction);
    this.lastTurns = new LinkedHashMap<>(lastTurns);
    this.turns = turns;
  }

  Shares copy() {
    return new Shares(byProject, byFunction, lastTurns, turns);
  }

  int ofProject(FunctionVersion function) {
    return byProject.getOrDefault(function.projectId(), 0);
  }

  int ofFunction(FunctionVersion function) {
    return byFunction.getOrDefault(function.key(), 0);
  }

  /** The function version gets a worker, and its project has had its turn. */
  void serve(FunctionVersion function) {
    add(function);
    lastTurns.remove(function.projectId());
    lastTurns.put(function.projectId(), ++turns);
    if (lastTurns.size() > REMEMBERED_TURNS) {
      lastTurns.pollFirstEntry();
    }
  }

  void add(FunctionVersion function) {
    byProject.merge(function.projectId(), 1, Integer::sum);
    byFunction.merge(function.key(), 1, Integer::sum);
  }

  void remove(FunctionVersion function) {
    byFunction.computeIfPresent(function.key(), (key, count) -> count == 1 ? null : count - 1);
    byProject.computeIfPresent(
        function.projectId(), (project, count) -> count == 1 ? null : count - 1);
  }

  /**
   * Who is served first: those whom an execution waits for; of the projects, the one that holds
   * least, and among equals the one whose turn was longest ago; within it the function version that
   * holds least, and among equals who came first.
   */
  Comparator<Claim> inTurn() {
    return Comparator.comparing(Claim::isUrgent)
        .reversed()
        .thenComparingInt(claim -> ofProject(claim.function()))
        .thenComparingLong(claim -> lastTurns.getOrDefault(claim.function().projectId(), 0L))
        .thenComparingInt(claim -> ofFunction(claim.function()))
        .thenComparingLong(Claim::number);
  }
}
