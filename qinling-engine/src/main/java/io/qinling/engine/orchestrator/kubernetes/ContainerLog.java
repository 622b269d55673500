// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * What a container writes, read while it runs, since it is lost with its pod. Ends with the
 * container, or at the limit.
 */
final class ContainerLog {
  private static final Logger LOG = Logger.getLogger(ContainerLog.class);

  /** What the last lines may take on their way. */
  private static final Duration LATENESS = Duration.ofSeconds(3);

  private static final int PART = 8192;

  private final PodResource pod;
  private final int limit;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();

  /** Whether the content is all there is or as much as the limit allows. */
  private final CompletableFuture<Boolean> whole = new CompletableFuture<>();

  /**
   * @param limit bytes
   */
  ContainerLog(PodResource pod, int limit, ExecutorService blocking) {
    this.pod = pod;
    this.limit = limit;
    blocking.execute(this::follow);
  }

  private void follow() {
    try {
      var watch = pod.inContainer(ContainerManifest.CONTAINER).watchLog();
      var stream = watch.getOutput();
      var part = new byte[PART];
      for (int count = stream.read(part); count >= 0; count = stream.read(part)) {
        if (!add(part, count)) {
          // Not after its end: the connection may serve another request by then.
          watch.close();
          break;
        }
      }
      whole.complete(true);
    } catch (IOException | KubernetesClientException broken) {
      LOG.debugf("A log is read again in the end: reason=%s", broken.getMessage());
      whole.complete(false);
    }
  }

  /** Whether more is of use. */
  private synchronized boolean add(byte[] part, int count) {
    content.write(part, 0, count);
    return content.size() <= limit;
  }

  /** What there is by now. */
  synchronized String textSoFar() {
    return cut(content.toByteArray());
  }

  /** All of it, when the container has ended and its pod is there still. */
  String text() {
    return isWhole() ? textSoFar() : readAgain();
  }

  private boolean isWhole() {
    try {
      return whole.get(LATENESS.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException late) {
      return false;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private String readAgain() {
    try (var stream =
        pod.inContainer(ContainerManifest.CONTAINER).limitBytes(limit + 1).getLogInputStream()) {
      return cut(stream.readNBytes(limit + 1));
    } catch (IOException | KubernetesClientException lost) {
      LOG.warnf("The end of a container's log is lost: reason=%s", lost.getMessage());
      return textSoFar();
    }
  }

  private String cut(byte[] bytes) {
    if (bytes.length <= limit) {
      return new String(bytes, UTF_8);
    }
    var text = CharBuffer.allocate(limit);
    // A decoder that is not told that this is the end leaves out a character cut in two.
    var _ =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .decode(ByteBuffer.wrap(bytes, 0, limit), text, false);
    return text.flip() + "\n... log cut at " + limit + " bytes\n";
  }
}
