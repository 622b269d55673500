// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.placement;

import io.qinling.engine.function.FunctionVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;

/**
 * Which workers are given up so that claims find room, when all workers are held: idle ones first,
 * and then, as far as somebody waits, those of projects that hold more than their share.
 *
 * @param moves what to ask for
 * @param again after so many nanoseconds there may be more to give up
 */
record RoomPlan(List<Move> moves, OptionalLong again) {
  /**
   * A worker that was used so short a while ago is not up for grabs: it is what the next call of a
   * client that calls again and again needs. For as long a worker stays where it was brought at the
   * cost of a cold start, when there are fewer workers than projects that want one.
   */
  static final Duration REST = Duration.ofSeconds(1);

  /** Claims that a plan looks at, and so workers that leave at a time; more plans follow. */
  private static final int CLAIMS = 16;

  private static final Comparator<HeldWorker> LONGEST_IDLE =
      Comparator.comparingLong(HeldWorker::idleNanos).reversed();

  private static final Comparator<HeldWorker> LEAST_MISSED =
      Comparator.comparingInt(HeldWorker::busySlots)
          .thenComparing(HeldWorker::provisioned)
          .thenComparing(Comparator.comparingLong(HeldWorker::heldNanos).reversed());

  /** Asks the holder for a worker; an idle one only if it still is. */
  record Move(HeldWorker worker, boolean onlyIfIdle) {}

  /**
   * @param blocked claims that find no room
   * @param coming workers that are being given up already
   * @param held all others
   * @param shares without those that are being given up; is changed
   */
  static RoomPlan make(
      Collection<Claim> blocked, int coming, Collection<HeldWorker> held, Shares shares) {
    var waiting = new ArrayList<>(blocked);
    var candidates = new ArrayList<>(held);
    var moves = new ArrayList<Move>();
    boolean isDone = true;
    for (int i = 0; i < CLAIMS && !waiting.isEmpty(); i++) {
      var claim = waiting.stream().min(shares.inTurn()).orElseThrow();
      waiting.remove(claim);
      if (i >= coming) {
        var move = choose(claim, candidates, shares);
        if (move.isEmpty()) {
          isDone = false;
          continue;
        }
        candidates.remove(move.get().worker());
        shares.remove(move.get().worker().function());
        moves.add(move.get());
      }
      shares.serve(claim.function());
    }
    return new RoomPlan(moves, isDone ? OptionalLong.empty() : untilOneHasRested(candidates));
  }

  private static Optional<Move> choose(Claim claim, List<HeldWorker> held, Shares shares) {
    var asking = claim.function();
    var idle =
        held.stream()
            .filter(HeldWorker::isIdle)
            .filter(worker -> worker.idleNanos() >= REST.toNanos())
            .filter(worker -> !worker.function().key().equals(asking.key()))
            .filter(worker -> claim.isUrgent() || !worker.provisioned())
            .min(Comparator.comparing(HeldWorker::provisioned).thenComparing(LONGEST_IDLE));
    if (idle.isPresent()) {
      return Optional.of(new Move(idle.get(), true));
    }
    if (!claim.isUrgent()) {
      return Optional.empty();
    }
    Predicate<HeldWorker> isOfProject =
        worker -> worker.function().projectId().equals(asking.projectId());
    return ofWhoHoldsMore(asking, held, isOfProject.negate(), shares::ofProject)
        .or(() -> ofWhoHoldsMore(asking, held, isOfProject, shares::ofFunction))
        .map(worker -> new Move(worker, false));
  }

  /**
   * From whoever still holds as many as the one who asks afterwards. Who has none gets one from
   * those that have one each, too, or would never be served while they are busy.
   */
  private static Optional<HeldWorker> ofWhoHoldsMore(
      FunctionVersion asking,
      List<HeldWorker> held,
      Predicate<HeldWorker> among,
      ToIntFunction<FunctionVersion> share) {
    int own = share.applyAsInt(asking);
    return held.stream()
        .filter(among)
        .filter(worker -> !worker.function().key().equals(asking.key()))
        .filter(worker ->
            share.applyAsInt(worker.function()) > own + 1
                || (own == 0 && worker.heldNanos() >= REST.toNanos()))
        .min(
            Comparator.<HeldWorker>comparingInt(worker -> share.applyAsInt(worker.function()))
                .reversed()
                .thenComparing(LEAST_MISSED));
  }

  private static OptionalLong untilOneHasRested(List<HeldWorker> held) {
    return held.stream()
        .flatMapToLong(worker ->
            worker.isIdle()
                ? LongStream.of(worker.idleNanos(), worker.heldNanos())
                : LongStream.of(worker.heldNanos()))
        .map(nanos -> REST.toNanos() - nanos)
        .filter(left -> left > 0)
        .min();
  }
}
