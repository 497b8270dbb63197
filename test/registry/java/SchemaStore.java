import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A key-value store in a compacted topic of one partition, as Confluent's registry keeps one: a write is over when the producer has
 * its ack and the reader has reached its offset; where the end is, a NOOP record tells.
 */
final class SchemaStore {
  record Write(long offset, double ackMs, double reachedMs) {}

  final StoreReader reader;
  private final String topic;
  private final Map<String, String> topicSettings;
  private final long initTimeoutMs;
  private final long timeoutMs;
  private final KafkaProducer<byte[], byte[]> producer;
  private volatile long lastWrittenOffset = -1;

  SchemaStore(
      String bootstrap, String topic, String groupId, Map<String, String> topicSettings, long initTimeoutMs, long timeoutMs)
      throws Exception {
    this.topic = topic;
    this.topicSettings = new HashMap<>(topicSettings);
    this.topicSettings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    this.initTimeoutMs = initTimeoutMs;
    this.timeoutMs = timeoutMs;
    createOrVerifyTopic(bootstrap);
    Properties settings = new Properties();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ProducerConfig.ACKS_CONFIG, "-1");
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    producer = new KafkaProducer<>(settings);
    reader = new StoreReader(bootstrap, topic, groupId);
    reader.start();
    waitUntilReaderReachesLastOffset();
  }

  /** Null deletes. */
  Write put(String key, byte[] value) throws Exception {
    boolean done = false;
    try {
      long begun = System.nanoTime();
      long offset = send(key, value, timeoutMs);
      long acked = System.nanoTime();
      lastWrittenOffset = offset;
      reader.waitUntilOffset(offset, timeoutMs);
      done = true;
      return new Write(offset, (acked - begun) / 1e6, (System.nanoTime() - begun) / 1e6);
    } finally {
      if (!done) lastWrittenOffset = -1;
    }
  }

  /** The next wait writes a NOOP record, whatever was written before: another registry may have written since. */
  void markLastWrittenOffsetInvalid() {
    lastWrittenOffset = -1;
  }

  long waitUntilReaderReachesLastOffset() throws Exception {
    if (lastWrittenOffset < 0) lastWrittenOffset = send(StoreReader.NOOP, null, initTimeoutMs);
    long offset = lastWrittenOffset;
    reader.waitUntilOffset(offset, initTimeoutMs);
    return offset;
  }

  private long send(String key, byte[] value, long waitMs) throws Exception {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    return producer.send(new ProducerRecord<>(topic, 0, keyBytes, value)).get(waitMs, TimeUnit.MILLISECONDS).offset();
  }

  private void createOrVerifyTopic(String bootstrap) throws Exception {
    Properties settings = new Properties();
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    try (AdminClient admin = AdminClient.create(settings)) {
      Set<String> topics = admin.listTopics().names().get(initTimeoutMs, TimeUnit.MILLISECONDS);
      if (topics.contains(topic)) verifyTopic(admin);
      else createTopic(admin);
    }
  }

  private void createTopic(AdminClient admin) throws Exception {
    Collection<Node> brokers = admin.describeCluster().nodes().get(initTimeoutMs, TimeUnit.MILLISECONDS);
    if (brokers.isEmpty()) throw new IllegalStateException("no live brokers");
    NewTopic wanted = new NewTopic(topic, 1, (short) Math.min(brokers.size(), 3));
    wanted.configs(topicSettings);
    try {
      admin.createTopics(Set.of(wanted)).all().get(initTimeoutMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException error) {
      if (!(error.getCause() instanceof TopicExistsException)) throw error;
      verifyTopic(admin);
    }
  }

  private void verifyTopic(AdminClient admin) throws InterruptedException, ExecutionException, TimeoutException {
    TopicDescription description =
        admin.describeTopics(Set.of(topic)).allTopicNames().get(initTimeoutMs, TimeUnit.MILLISECONDS).get(topic);
    if (description.partitions().size() != 1 || description.partitions().get(0).replicas().size() != 1) {
      throw new IllegalStateException("the topic should have one partition of one replica: " + description);
    }
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config = admin.describeConfigs(List.of(resource)).all().get(initTimeoutMs, TimeUnit.MILLISECONDS).get(resource);
    String policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value();
    if (!TopicConfig.CLEANUP_POLICY_COMPACT.equals(policy)) {
      throw new IllegalStateException("cleanup.policy should be compact and is " + policy);
    }
  }

  void close() throws Exception {
    reader.close();
    producer.close();
  }
}
