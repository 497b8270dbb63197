import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.GroupRebalanceConfig;
import org.apache.kafka.clients.consumer.internals.AbstractCoordinator;
import org.apache.kafka.clients.consumer.internals.ConsumerNetworkClient;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Timer;
import org.apache.kafka.common.utils.internals.LogContext;

/**
 * Membership of a group of protocol type `sr`, protocol `v0`. What a member says of itself and the assignment are JSON: the assignment,
 * the same for all members, names the one that writes.
 */
final class ElectionCoordinator extends AbstractCoordinator {
  interface Listener {
    void onRevoked();

    /** The assignment as it came, byte for byte what the group's leader sent. */
    void onAssigned(String assignment, int generation, String memberId);
  }

  private final Identity identity;
  private final Listener listener;
  private boolean assigned;

  ElectionCoordinator(
      ConsumerNetworkClient client, Metrics metrics, LogContext context, Timeouts timeouts, String group, Identity identity, Listener listener) {
    super(
        new GroupRebalanceConfig(
            timeouts.sessionMs(), timeouts.rebalanceMs(), timeouts.heartbeatMs(), group, Optional.empty(), "", 100L, 1000L),
        context,
        client,
        metrics,
        "kafka.schema.registry",
        Time.SYSTEM);
    this.identity = identity;
    this.listener = listener;
  }

  record Timeouts(int sessionMs, int rebalanceMs, int heartbeatMs) {}

  @Override
  public String protocolType() {
    return "sr";
  }

  /** One turn: find the coordinator, be a member, answer heartbeats, until the next one is due. */
  void turn() {
    if (coordinatorUnknown()) ensureCoordinatorReady(time.timer(Long.MAX_VALUE));
    if (rejoinNeededOrPending() || !assigned) ensureActiveGroup();
    long now = time.milliseconds();
    pollHeartbeat(now);
    client.poll(time.timer(timeToNextHeartbeat(now)));
  }

  @Override
  protected JoinGroupRequestProtocolCollection metadata() {
    JoinGroupRequestProtocol v0 = new JoinGroupRequestProtocol().setName("v0").setMetadata(bytes(identity.json()));
    return new JoinGroupRequestProtocolCollection(List.of(v0).iterator());
  }

  @Override
  protected boolean onJoinPrepare(Timer timer, int generation, String memberId) {
    if (assigned) listener.onRevoked();
    return true;
  }

  /** The eligible member of the smallest URL writes; two members of one URL are an error that all are told. */
  @Override
  protected Map<String, ByteBuffer> onLeaderElected(
      String leader, String protocol, List<JoinGroupResponseMember> members, boolean skipAssignment) {
    Set<String> urls = new HashSet<>();
    String masterId = null;
    Identity master = null;
    for (JoinGroupResponseMember member : members) {
      Identity other = Identity.of(new String(member.metadata(), StandardCharsets.UTF_8));
      urls.add(other.url());
      if (other.eligible() && (master == null || other.url().compareTo(master.url()) < 0)) {
        master = other;
        masterId = member.memberId();
      }
    }
    int error = urls.size() == members.size() ? 0 : 1;
    String named = master == null ? "" : ",\"master\":" + Json.quote(masterId) + ",\"master_identity\":" + master.json();
    Map<String, ByteBuffer> assignment = new HashMap<>();
    for (JoinGroupResponseMember member : members) {
      assignment.put(member.memberId(), ByteBuffer.wrap(bytes("{\"version\":1,\"error\":" + error + named + "}")));
    }
    return assignment;
  }

  @Override
  protected void onJoinComplete(int generation, String memberId, String protocol, ByteBuffer assignment) {
    assigned = true;
    listener.onAssigned(StandardCharsets.UTF_8.decode(assignment).toString(), generation, memberId);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
