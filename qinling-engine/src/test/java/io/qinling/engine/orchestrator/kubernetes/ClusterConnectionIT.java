// SPDX-License-Identifier: Apache-2.0
package io.qinling.engine.orchestrator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.qinling.engine.config.PemFilesFixture;
import io.qinling.engine.orchestrator.Pool;
import io.qinling.engine.orchestrator.WorkerNeeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What keeps the engine from a real cluster is said in a line, and mended without a new start. */
@EnabledIfEnvironmentVariable(named = TestCluster.PREFIX + "HOST", matches = ".+")
class ClusterConnectionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private static Path made;
  private static TestCluster cluster;
  private static Administrator administrator;

  @TempDir private Path folder;
  private Path ca;
  private Path certificate;
  private Path key;
  private Messages log;
  private KubernetesOrchestrator orchestrator;

  @BeforeAll
  static void prepare() {
    cluster = new TestCluster();
    administrator = new Administrator(cluster.namespace);
    administrator.certify(administrator.user("-stranger"), made.resolve("stranger"));
    administrator.certify(administrator.user(""), made.resolve("rsa"));
    administrator.certify(administrator.user(""), made.resolve("ec"), "--ec");
    Administrator.openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=other",
        "-keyout",
        made.resolve("other.key").toString(),
        "-out",
        made.resolve("other.pem").toString());
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @BeforeEach
  void useTheFilesOfTheEngine() throws IOException {
    ca = folder.resolve("ca.pem");
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
    replace(ca, cluster.ca);
    be("rsa");
    log = new Messages(ClusterConnection.class);
  }

  @AfterEach
  void close() {
    log.close();
    if (orchestrator != null) {
      orchestrator.close();
    }
  }

  @Test
  void aCaThatDoesNotVouch() throws IOException {
    replace(ca, made.resolve("other.pem"));
    open(cluster.host, cluster.namespace);

    awaitTrouble(
        "[kubernetes] ssl_ca_cert does not vouch for the API server of [kubernetes] kube_host");
    assertThat(log.errors()).singleElement().asString().contains(cluster.host);

    replace(ca, cluster.ca);
    awaitReached();
  }

  @Test
  void anExpiredCertificate() throws IOException {
    var expired = folder.resolve("expired.pem");
    Administrator.openssl(
        "x509",
        "-in",
        made.resolve("other.pem").toString(),
        "-signkey",
        made.resolve("other.key").toString(),
        "-days",
        "-1",
        "-out",
        expired.toString());
    replace(certificate, expired);
    open(cluster.host, cluster.namespace);

    awaitTrouble("[kubernetes] cert_file has expired");
    assertThat(log.errors()).singleElement().asString().contains(certificate.toString());

    be("rsa");
    awaitReached();
  }

  @Test
  void aCertificateOfAnotherCa() throws IOException {
    replace(certificate, made.resolve("other.pem"));
    replace(key, made.resolve("other.key"));
    open(cluster.host, cluster.namespace);

    awaitTrouble(
        "The API server does not accept the certificate of [kubernetes] cert_file; it may have"
            + " expired or be of another CA");

    be("rsa");
    awaitReached();
  }

  @Test
  void aUserWithoutRights() throws IOException {
    be("stranger");
    open(cluster.host, cluster.namespace);

    awaitTrouble(
        "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace; see"
            + " deploy/kubernetes/rbac.yaml");
    assertThat(log.errors())
        .singleElement()
        .asString()
        .contains(cluster.namespace, "create pods", "patch deployments");

    be("rsa");
    awaitReached();
  }

  @Test
  void oneRightThatIsMissing() {
    var role = administrator.user("-less");
    var user = administrator.user("-less");
    administrator.certify(user, made.resolve("less"));
    administrator.kubectl(
        "create",
        "role",
        role + "-a",
        "--resource=pods,pods/log,deployments.apps,networkpolicies.networking.k8s.io",
        "--verb=get,list,watch,create,patch,delete");
    administrator.kubectl(
        "create", "rolebinding", role + "-a", "--role=" + role + "-a", "--user=" + user);
    administrator.kubectl(
        "create", "role", role + "-b", "--resource=pods", "--verb=deletecollection");
    try {
      be("less");
      open(cluster.host, cluster.namespace);

      awaitTrouble(
          "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace; see"
              + " deploy/kubernetes/rbac.yaml");
      assertThat(log.errors())
          .singleElement()
          .asString()
          .endsWith("missing: deletecollection pods");

      administrator.kubectl(
          "create", "rolebinding", role + "-b", "--role=" + role + "-b", "--user=" + user);
      awaitReached();
    } finally {
      administrator.kubectl(
          "delete", "role,rolebinding", role + "-a", role + "-b", "--ignore-not-found");
    }
  }

  @Test
  void workersAreKeptApartAsSoonAsThatIsAllowed() {
    var role = administrator.user("-apart");
    administrator.certify(role, made.resolve("apart"));
    administrator.kubectl(
        "create",
        "role",
        role + "-a",
        "--resource=pods,deployments.apps",
        "--verb=get,list,watch,create,patch,delete,deletecollection");
    administrator.kubectl(
        "create", "rolebinding", role + "-a", "--role=" + role + "-a", "--user=" + role);
    administrator.kubectl(
        "create",
        "role",
        role + "-b",
        "--resource=networkpolicies.networking.k8s.io",
        "--verb=get,create,patch");
    try {
      be("apart");
      open(cluster.host, cluster.namespace);
      orchestrator.createPool(new Pool("apart", TestCluster.IMAGE, true));
      var policy =
          cluster
              .client
              .network()
              .v1()
              .networkPolicies()
              .inNamespace(cluster.namespace)
              .withName("apart");
      assertThat(policy.get()).isNull();

      administrator.kubectl(
          "create", "rolebinding", role + "-b", "--role=" + role + "-b", "--user=" + role);

      await().atMost(PATIENCE).until(() -> policy.get() != null);
    } finally {
      orchestrator.deletePool("apart");
      administrator.kubectl(
          "delete", "role,rolebinding", role + "-a", role + "-b", "--ignore-not-found");
    }
  }

  @Test
  void anotherNamespaceThanTheOneThatWasPrepared() {
    open(cluster.host, cluster.namespace + "-x");

    awaitTrouble(
        "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace; see"
            + " deploy/kubernetes/rbac.yaml");
    assertThat(log.errors()).singleElement().asString().contains(cluster.namespace + "-x");
  }

  @Test
  void aNamespaceThatIsNotThereForWhoMayUseAll() {
    var all = administrator.user("-all");
    var later = administrator.user("-later");
    administrator.certify(all, made.resolve("all"));
    administrator.kubectl(
        "create", "clusterrolebinding", all, "--clusterrole=cluster-admin", "--user=" + all);
    try {
      be("all");
      open(cluster.host, later);

      awaitTrouble("There is no [kubernetes] namespace of that name");
      assertThat(log.errors()).singleElement().asString().endsWith(": " + later);

      administrator.kubectl("create", "namespace", later);
      awaitReached();
    } finally {
      administrator.kubectl("delete", "namespace", later, "--ignore-not-found", "--wait=false");
      administrator.kubectl("delete", "clusterrolebinding", all);
    }
  }

  @Test
  void nobodyWhoListens() throws IOException {
    try (var link = new Link(cluster.host)) {
      link.refuse();
      open(link.url(), cluster.namespace);

      awaitTrouble("[kubernetes] kube_host cannot be reached");
      assertThat(log.errors()).singleElement().asString().contains(link.url(), "refused");

      link.listen();
      awaitReached();
    }
  }

  /** What happened meanwhile is known afterwards, though the open watch never tells of it. */
  @Test
  void aServerThatFallsSilent() throws IOException {
    try (var link = new Link(cluster.host);
        var other = cluster.open(1, 100, WorkerAccess.POD_IP)) {
      // Given
      var pool = new Pool("silent", TestCluster.IMAGE, true);
      other.createPool(pool);
      var gone = claim(other, pool);
      open(link.url(), cluster.namespace);
      awaitReached();
      await().atMost(PATIENCE).until(() -> orchestrator.find(gone).isPresent());

      // When
      link.silence();
      awaitTrouble("[kubernetes] kube_host cannot be reached");
      assertThat(orchestrator.find(gone)).isPresent();
      other.release(other.find(gone).orElseThrow());
      var come = claim(other, pool);
      link.forget();

      // Then
      awaitReached();
      await()
          .atMost(PATIENCE)
          .until(() -> orchestrator.find(gone).isEmpty() && orchestrator.find(come).isPresent());
      other.deletePool("silent");
    }
  }

  private static String claim(KubernetesOrchestrator by, Pool pool) {
    return by.claim(pool, new WorkerNeeds("f", 0, 3, 100, 1 << 26), _ -> true, PATIENCE).name();
  }

  @Test
  void aCertificateThatIsReplacedIsUsedFromThenOn() throws IOException {
    open(cluster.host, cluster.namespace);
    awaitReached();

    be("stranger");

    awaitTrouble(
        "The user of [kubernetes] cert_file lacks rights in [kubernetes] namespace; see"
            + " deploy/kubernetes/rbac.yaml");
    be("ec");
    awaitReached();
  }

  @ParameterizedTest
  @CsvSource({
    "rsa,PKCS#1,RSA PRIVATE KEY",
    "rsa,PKCS#8,PRIVATE KEY",
    "ec,SEC1,EC PRIVATE KEY",
    "ec,PKCS#8,PRIVATE KEY"
  })
  void everyFormatOfKeysConnects(String name, String format, String header) throws IOException {
    be(name);
    Administrator.openssl(
        format.equals("PKCS#8")
            ? new String[] {
              "pkcs8", "-topk8", "-nocrypt", "-in", from(name, "key.pem"), "-out", key.toString()
            }
            : new String[] {
              "pkey", "-traditional", "-in", from(name, "key.pem"), "-out", key.toString()
            });
    assertThat(Files.readString(key)).startsWith("-----BEGIN " + header);

    open(cluster.host, cluster.namespace);

    awaitReached();
    assertThat(log.errors()).isEmpty();
  }

  private static String from(String name, String file) {
    return made.resolve(name).resolve(file).toString();
  }

  /** The files of the engine become those that were made for another. */
  private void be(String name) {
    try {
      replace(key, made.resolve(name).resolve("key.pem"));
      replace(certificate, made.resolve(name).resolve("cert.pem"));
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  private void replace(Path file, Path by) throws IOException {
    var next = folder.resolve("next");
    Files.copy(by, next, StandardCopyOption.REPLACE_EXISTING);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void open(String host, String namespace) {
    var settings = cluster.settings(1, 100, WorkerAccess.POD_IP);
    orchestrator =
        cluster.open(
            new KubernetesSettings(
                host,
                namespace,
                settings.burst(),
                settings.maxWorkers(),
                settings.access(),
                settings.startPatience(),
                settings.containerStartPatience(),
                settings.allowedImages(),
                settings.maxLogBytes(),
                settings.template(),
                settings.templatesByImage()),
            PemFilesFixture.of(cluster.vertx, ca, certificate, key));
  }

  private void awaitTrouble(String words) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(orchestrator.trouble()).contains(words));
    assertThat(log.errors()).filteredOn(line -> line.startsWith(words)).hasSize(1);
  }

  private void awaitReached() {
    await().atMost(PATIENCE).until(() -> orchestrator.trouble().isEmpty());
  }
}
