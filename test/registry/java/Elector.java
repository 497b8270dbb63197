import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.BootstrapConfiguration;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.Metadata;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.internals.ConsumerNetworkClient;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.internals.ClusterResourceListeners;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;

/** Keeps this program a member of the election group, in a thread of its own, and knows who writes. */
final class Elector extends Thread implements ElectionCoordinator.Listener {
  private static final int REQUEST_TIMEOUT_MS = 305_000;

  private final ConsumerNetworkClient client;
  private final ElectionCoordinator coordinator;
  private final Metrics metrics = new Metrics();
  private final Runnable onElected;
  private final CountDownLatch joined = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile String assignment;
  private volatile int generation = -1;
  private volatile String memberId = "";
  private int assignments;

  /** `onElected` runs in the group's thread, before this program writes. */
  Elector(String bootstrap, String group, Identity identity, ElectionCoordinator.Timeouts timeouts, Runnable onElected) {
    super("elector");
    this.onElected = onElected;
    LogContext context = new LogContext("[elector] ");
    Time time = Time.SYSTEM;
    Metadata metadata = new Metadata(100L, 1000L, 300_000L, context, new ClusterResourceListeners());
    metadata.bootstrap(ClientUtils.parseAndValidateAddresses(List.of(bootstrap), "use_all_dns_ips"));
    var config = new AdminClientConfig(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
    var channels = ClientUtils.createChannelBuilder(config, time, context);
    NetworkClient network =
        new NetworkClient(
            new Selector(540_000L, metrics, time, "kafka.schema.registry", channels, context),
            metadata, "sr-1", 100, 50L, 1000L, 128 * 1024, 64 * 1024, REQUEST_TIMEOUT_MS, 10_000L, 127_000L, time, true,
            new ApiVersions(), context, MetadataRecoveryStrategy.NONE, BootstrapConfiguration.DISABLED, false);
    client = new ConsumerNetworkClient(context, network, metadata, time, 100L, REQUEST_TIMEOUT_MS, Integer.MAX_VALUE);
    coordinator = new ElectionCoordinator(client, metrics, context, timeouts, group, identity, this);
  }

  void awaitJoined(long timeoutMs) throws InterruptedException, TimeoutException {
    if (!joined.await(timeoutMs, TimeUnit.MILLISECONDS)) throw new TimeoutException("the group was not joined");
  }

  @Override
  public void run() {
    while (!stopping) {
      try {
        coordinator.turn();
      } catch (WakeupException closing) {
        return;
      } catch (RuntimeException error) {
        error.printStackTrace();
        try {
          Thread.sleep(100);
        } catch (InterruptedException ended) {
          return;
        }
      }
    }
  }

  @Override
  public void onRevoked() {
    assignment = null;
  }

  @Override
  public void onAssigned(String json, int number, String member) {
    if (!json.contains("\"error\":0")) throw new IllegalStateException("the assignment has an error: " + json);
    generation = number;
    memberId = member;
    if (json.contains("\"master\":" + Json.quote(member))) onElected.run();
    synchronized (this) {
      assignment = json;
      assignments++;
      notifyAll();
    }
    joined.countDown();
  }

  boolean isMaster() {
    String now = assignment;
    return now != null && now.contains("\"master\":" + Json.quote(memberId));
  }

  /**
   * Who this program is in the group, and the assignment as it came. Waits until it has been assigned more often than `after` and no
   * rebalance is under way, or until `waitMs` have passed: the assignment may then be null.
   */
  synchronized String json(int after, long waitMs) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    for (long left = waitMs; (assignments <= after || assignment == null) && left > 0; ) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    return String.format(
        "{\"member\":%s,\"generation\":%d,\"assignments\":%d,\"isMaster\":%b,\"assignment\":%s}",
        Json.quote(memberId), generation, assignments, isMaster(), assignment);
  }

  /** Leaves the group. */
  void close() throws Exception {
    stopping = true;
    client.wakeup();
    join();
    coordinator.close();
    metrics.close();
    client.close();
  }
}
