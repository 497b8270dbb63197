import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What kafka-clients does against the gateway: one JSON line per check. Arguments: bootstrap, then the checks to run (default all). */
public final class ClientChecks {
  private interface Check {
    void run() throws Exception;
  }

  private static final Duration WAIT = Duration.ofSeconds(30);
  /** Each check has topics of its own, and waits most of its time. */
  private static final int AT_ONCE = 6;
  private static final String RUN = UUID.randomUUID().toString().substring(0, 8);
  private static String bootstrap;
  private static Admin admin;

  public static void main(String[] arguments) throws InterruptedException {
    bootstrap = arguments[0];
    admin = Admin.create(settings());
    Map<String, Check> checks = new LinkedHashMap<>();
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      for (String acks : List.of("all", "1", "0")) checks.put(codec + " acks=" + acks, () -> codecAndAcks(codec, acks));
    }
    checks.put("idempotent producer", ClientChecks::idempotent);
    checks.put("headers, nulls, empties, bytes and timestamps", ClientChecks::everythingComesBack);
    checks.put("LogAppendTime", ClientChecks::logAppendTime);
    checks.put("beginning, end, offset and timestamp", ClientChecks::positions);
    checks.put("an offset out of range is said", ClientChecks::outOfRange);
    checks.put("large records", ClientChecks::largeRecords);
    checks.put("a record past max.message.bytes is refused", ClientChecks::tooLarge);
    checks.put("topic administration", ClientChecks::topicAdministration);
    checks.put("wrong topics are refused", ClientChecks::wrongTopics);
    checks.put("validate only", ClientChecks::validateOnly);
    checks.put("topic ids", ClientChecks::topicIds);
    checks.put("ListOffsets", ClientChecks::listOffsets);
    checks.put("DeleteRecords", ClientChecks::deleteRecords);
    checks.put("DescribeLogDirs", ClientChecks::logDirs);
    checks.put("DescribeCluster", ClientChecks::cluster);
    checks.put("CreatePartitions", ClientChecks::morePartitions);

    System.out.println("{\"client\":\"kafka-clients\",\"version\":\"" + clientVersion() + "\"}");
    Set<String> only = Set.copyOf(Arrays.asList(arguments).subList(1, arguments.length));
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    checks.forEach((name, check) -> {
      if (only.isEmpty() || only.contains(name)) pool.execute(() -> report(name, check));
    });
    // Ends when all have run.
    pool.shutdown();
    pool.awaitTermination(1, TimeUnit.HOURS);
    admin.close();
    // The client's own threads are daemons, but a hung one must not keep the program.
    System.out.flush();
    System.exit(0);
  }

  private static String clientVersion() {
    Properties properties = new Properties();
    try (InputStream stream = ClientChecks.class.getResourceAsStream("/kafka/kafka-version.properties")) {
      properties.load(stream);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return properties.getProperty("version");
  }

  private static void report(String name, Check check) {
    long begun = System.nanoTime();
    String detail = "";
    try {
      check.run();
    } catch (Throwable failure) {
      StringBuilder text = new StringBuilder(failure.toString());
      for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
      Arrays.stream(failure.getStackTrace()).filter(frame -> frame.getClassName().contains("ClientChecks")).limit(3)
          .forEach(frame -> text.append(" @").append(frame.getMethodName()).append(':').append(frame.getLineNumber()));
      detail = text.toString();
    }
    System.out.printf("{\"check\":%s,\"ok\":%b,\"detail\":%s,\"ms\":%d}%n", quote(name), detail.isEmpty(), quote(detail),
        (System.nanoTime() - begun) / 1_000_000);
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') quoted.append('\\').append(c);
      else if (c < ' ') quoted.append(' ');
      else quoted.append(c);
    }
    return quoted.append('"').toString();
  }

  private static Properties settings(String... pairs) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("client.id", "checks");
    for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], pairs[i + 1]);
    return properties;
  }

  private static <T> T done(Future<T> future) throws Exception {
    try {
      return future.get(WAIT.toSeconds() * 2, TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof Exception cause) throw cause;
      throw failure;
    }
  }

  private static String newTopic(String name, int partitions, Map<String, String> config) throws Exception {
    String topic = "java-" + name + "-" + RUN;
    done(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(config))).all());
    return topic;
  }

  /** For records of long ago, which retention would remove soon after they are written. */
  private static final Map<String, String> KEPT_FOR_EVER = Map.of("retention.ms", "-1");

  private static String newTopic(String name) throws Exception {
    return newTopic(name, 1, Map.of());
  }

  private static KafkaProducer<byte[], byte[]> producer(String... pairs) {
    return new KafkaProducer<>(settings(pairs), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String topic, int partition) {
    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
        settings("auto.offset.reset", "none", "enable.auto.commit", "false"), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(new TopicPartition(topic, partition)));
    return consumer;
  }

  private static List<ConsumerRecord<byte[], byte[]>> take(KafkaConsumer<byte[], byte[]> consumer, int count, Duration wait) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long deadline = System.nanoTime() + wait.toNanos();
    while (records.size() < count && System.nanoTime() < deadline) consumer.poll(Duration.ofMillis(250)).forEach(records::add);
    return records;
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(String topic, int partition, int count) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(topic, partition)) {
      consumer.seekToBeginning(consumer.assignment());
      return take(consumer, count, WAIT);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void same(Object expected, Object actual, String what) {
    if (!Objects.deepEquals(expected, actual)) throw new AssertionError(what + ": expected " + show(expected) + ", got " + show(actual));
  }

  private static String show(Object value) {
    return value instanceof byte[] array ? "byte[" + array.length + "]" : String.valueOf(value);
  }

  private static <E extends Exception> void refused(Class<E> kind, Check check) throws Exception {
    try {
      check.run();
    } catch (Exception failure) {
      if (kind.isInstance(failure)) return;
      throw new AssertionError("expected " + kind.getSimpleName() + ", got " + failure, failure);
    }
    throw new AssertionError("expected " + kind.getSimpleName());
  }

  private static void codecAndAcks(String codec, String acks) throws Exception {
    String topic = newTopic("codec-" + codec + "-" + acks);
    int count = 300;
    try (var producer = producer("compression.type", codec, "acks", acks, "enable.idempotence", "false", "linger.ms", "5")) {
      for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, bytes("k" + i % 7), bytes(("value " + i + " ").repeat(20))));
      producer.flush();
    }
    List<ConsumerRecord<byte[], byte[]>> records = readAll(topic, 0, count);
    same(count, records.size(), "records");
    for (int i = 0; i < count; i++) {
      same((long) i, records.get(i).offset(), "offset");
      same(bytes("k" + i % 7), records.get(i).key(), "key " + i);
      same(bytes(("value " + i + " ").repeat(20)), records.get(i).value(), "value " + i);
    }
  }

  private static void idempotent() throws Exception {
    String topic = newTopic("idempotent", 3, Map.of());
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer = producer("enable.idempotence", "true", "acks", "all", "compression.type", "lz4")) {
      for (int i = 0; i < 3000; i++) sent.add(producer.send(new ProducerRecord<>(topic, i % 3, bytes("k"), bytes("" + i))));
      for (int i = 0; i < sent.size(); i++) same((long) (i / 3), done(sent.get(i)).offset(), "offset of " + i);
    }
    for (int partition = 0; partition < 3; partition++) {
      List<ConsumerRecord<byte[], byte[]>> records = readAll(topic, partition, 1000);
      same(1000, records.size(), "records of partition " + partition);
      for (int i = 0; i < 1000; i++) same(bytes("" + (i * 3 + partition)), records.get(i).value(), "value");
    }
  }

  private static void everythingComesBack() throws Exception {
    String topic = newTopic("everything", 1, KEPT_FOR_EVER);
    long at = 1_600_000_000_000L;
    byte[] framed = new byte[600];
    framed[4] = 42;
    List<Header> headers = List.of(new RecordHeader("a", bytes("1")), new RecordHeader("a", bytes("2")),
        new RecordHeader("null", (byte[]) null), new RecordHeader("empty", new byte[0]));
    List<ProducerRecord<byte[], byte[]>> records = List.of(
        new ProducerRecord<>(topic, 0, at, bytes("k"), bytes("v"), headers),
        new ProducerRecord<>(topic, 0, at + 5, null, bytes("no key")),
        new ProducerRecord<>(topic, 0, at + 5, new byte[0], bytes("empty key")),
        new ProducerRecord<>(topic, 0, at + 3, bytes("tombstone"), (byte[]) null),
        new ProducerRecord<>(topic, 0, at + 7, bytes("empty value"), new byte[0]),
        new ProducerRecord<>(topic, 0, at + 8, (byte[]) null, (byte[]) null),
        new ProducerRecord<>(topic, 0, at + 9, new byte[] {0, 1}, framed));
    try (var producer = producer("linger.ms", "20")) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (ProducerRecord<byte[], byte[]> record : records) sent.add(producer.send(record));
      for (Future<RecordMetadata> future : sent) done(future);
    }
    List<ConsumerRecord<byte[], byte[]>> got = readAll(topic, 0, records.size());
    same(records.size(), got.size(), "records");
    for (int i = 0; i < records.size(); i++) {
      same((long) i, got.get(i).offset(), "offset");
      same(records.get(i).key(), got.get(i).key(), "key " + i);
      same(records.get(i).value(), got.get(i).value(), "value " + i);
      same(records.get(i).timestamp(), got.get(i).timestamp(), "timestamp " + i);
      same(TimestampType.CREATE_TIME, got.get(i).timestampType(), "timestamp type");
      same(Arrays.asList(records.get(i).headers().toArray()), Arrays.asList(got.get(i).headers().toArray()), "headers " + i);
    }
  }

  private static void logAppendTime() throws Exception {
    String topic = newTopic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    long before = System.currentTimeMillis();
    RecordMetadata metadata;
    try (var producer = producer()) {
      metadata = done(producer.send(new ProducerRecord<>(topic, 0, 1L, null, bytes("x"))));
    }
    ConsumerRecord<byte[], byte[]> record = readAll(topic, 0, 1).get(0);
    same(TimestampType.LOG_APPEND_TIME, record.timestampType(), "timestamp type");
    same(metadata.timestamp(), record.timestamp(), "timestamp told to the producer and to the consumer");
    same(true, Math.abs(record.timestamp() - before) < 60_000, "timestamp near now");
  }

  private static void positions() throws Exception {
    String topic = newTopic("positions");
    long at = 1_700_000_000_000L;
    try (var producer = producer()) {
      for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>(topic, 0, at + i * 1000L, null, bytes("" + i)));
    }
    TopicPartition place = new TopicPartition(topic, 0);
    try (var consumer = consumer(topic, 0)) {
      same(Map.of(place, 0L), consumer.beginningOffsets(List.of(place)), "beginning");
      same(Map.of(place, 100L), consumer.endOffsets(List.of(place)), "end");
      Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(Map.of(place, at + 41_500));
      same(42L, found.get(place).offset(), "offset for a time");
      same(at + 42_000, found.get(place).timestamp(), "its timestamp");
      same(null, consumer.offsetsForTimes(Map.of(place, at + 1_000_000_000L)).get(place), "offset for a time past the end");
      for (long offset : new long[] {42, 0, 99, 42}) {
        consumer.seek(place, offset);
        List<ConsumerRecord<byte[], byte[]>> records = take(consumer, 1, WAIT);
        same(offset, records.get(0).offset(), "offset after a seek");
        same(bytes("" + offset), records.get(0).value(), "value after a seek");
      }
      consumer.seekToEnd(List.of(place));
      same(100L, consumer.position(place), "position at the end");
      same(0, take(consumer, 1, Duration.ofSeconds(1)).size(), "records at the end");
      try (var producer = producer()) {
        done(producer.send(new ProducerRecord<>(topic, bytes("late"))));
      }
      same(100L, take(consumer, 1, WAIT).get(0).offset(), "offset of a late record");
    }
  }

  private static void outOfRange() throws Exception {
    String topic = newTopic("range");
    try (var producer = producer()) {
      done(producer.send(new ProducerRecord<>(topic, bytes("x"))));
    }
    try (var consumer = consumer(topic, 0)) {
      consumer.seek(new TopicPartition(topic, 0), 7);
      refused(OffsetOutOfRangeException.class, () -> take(consumer, 1, WAIT));
    }
  }

  private static void largeRecords() throws Exception {
    String topic = newTopic("large");
    byte[] value = new byte[900_000];
    for (int i = 0; i < value.length; i++) value[i] = (byte) (i * 31 + i / 251);
    try (var producer = producer("compression.type", "none")) {
      for (int i = 0; i < 12; i++) producer.send(new ProducerRecord<>(topic, bytes("" + i), value));
    }
    List<ConsumerRecord<byte[], byte[]>> records = readAll(topic, 0, 12);
    same(12, records.size(), "records");
    for (ConsumerRecord<byte[], byte[]> record : records) same(value, record.value(), "value");
  }

  private static void tooLarge() throws Exception {
    String topic = newTopic("too-large", 1, Map.of("max.message.bytes", "2000"));
    try (var producer = producer()) {
      refused(RecordTooLargeException.class, () -> done(producer.send(new ProducerRecord<>(topic, new byte[5000]))));
      same(0L, done(producer.send(new ProducerRecord<>(topic, new byte[500]))).offset(), "offset of the next one");
    }
  }

  private static void topicAdministration() throws Exception {
    String topic = newTopic("admin", 2, Map.of("retention.ms", "3600000", "cleanup.policy", "compact"));
    TopicDescription description = done(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    same(2, description.partitions().size(), "partitions");
    same(1, description.partitions().get(0).replicas().size(), "replicas");
    same(true, done(admin.listTopics().names()).contains(topic), "topic listed");
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config = done(admin.describeConfigs(List.of(resource)).all()).get(resource);
    same("3600000", config.get("retention.ms").value(), "retention.ms");
    same(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, config.get("retention.ms").source(), "source of retention.ms");
    same(true, config.get("segment.bytes").isDefault(), "segment.bytes is a default");
    Collection<AlterConfigOp> changes = List.of(
        new AlterConfigOp(new ConfigEntry("retention.ms", "7200000"), AlterConfigOp.OpType.SET),
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "delete"), AlterConfigOp.OpType.APPEND),
        new AlterConfigOp(new ConfigEntry("retention.bytes", "1000000"), AlterConfigOp.OpType.SET));
    done(admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
    config = done(admin.describeConfigs(List.of(resource)).all()).get(resource);
    same("7200000", config.get("retention.ms").value(), "retention.ms after the change");
    same("compact,delete", config.get("cleanup.policy").value(), "cleanup.policy after the change");
    done(admin.incrementalAlterConfigs(Map.of(resource, List.of(
        new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE)))).all());
    config = done(admin.describeConfigs(List.of(resource)).all()).get(resource);
    same("604800000", config.get("retention.ms").value(), "retention.ms after its deletion");
    done(admin.deleteTopics(List.of(topic)).all());
    same(false, done(admin.listTopics().names()).contains(topic), "topic listed after its deletion");
    refused(UnknownTopicOrPartitionException.class, () -> done(admin.describeTopics(List.of(topic)).allTopicNames()));
    done(admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all());
    same(3, done(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().size(), "partitions of the new one");
  }

  private static void wrongTopics() throws Exception {
    String topic = newTopic("wrong");
    refused(TopicExistsException.class, () -> newTopic("wrong"));
    refused(InvalidTopicException.class, () -> done(admin.createTopics(List.of(new NewTopic("no spaces", 1, (short) 1))).all()));
    refused(InvalidTopicException.class, () -> done(admin.createTopics(List.of(new NewTopic("x".repeat(250), 1, (short) 1))).all()));
    refused(InvalidPartitionsException.class, () -> done(admin.createTopics(List.of(new NewTopic(topic + "-0", 0, (short) 1))).all()));
    refused(UnknownTopicOrPartitionException.class, () -> done(admin.deleteTopics(List.of(topic + "-absent")).all()));
  }

  private static void validateOnly() throws Exception {
    String topic = "java-validate-" + RUN;
    done(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all());
    same(false, done(admin.listTopics().names()).contains(topic), "topic listed");
    done(admin.createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty()))).all());
    same(true, done(admin.listTopics().names()).contains(topic), "topic with default partitions listed");
  }

  private static void topicIds() throws Exception {
    String topic = newTopic("ids");
    Uuid id = done(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
    same(topic, done(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()).get(id).name(), "name by id");
    done(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
    newTopic("ids");
    Uuid next = done(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
    same(false, id.equals(next), "the new topic has the old id");
  }

  private static void listOffsets() throws Exception {
    String topic = newTopic("offsets");
    try (var producer = producer("linger.ms", "20")) {
      for (long at : new long[] {2000, 9000, 5000}) producer.send(new ProducerRecord<>(topic, 0, at, null, bytes("x")));
    }
    TopicPartition place = new TopicPartition(topic, 0);
    Map<OffsetSpec, Long> wanted = new HashMap<>();
    wanted.put(OffsetSpec.earliest(), 0L);
    wanted.put(OffsetSpec.latest(), 3L);
    wanted.put(OffsetSpec.maxTimestamp(), 1L);
    wanted.put(OffsetSpec.forTimestamp(4000), 1L);
    wanted.put(OffsetSpec.earliestLocal(), 0L);
    for (Map.Entry<OffsetSpec, Long> entry : wanted.entrySet()) {
      ListOffsetsResultInfo info = done(admin.listOffsets(Map.of(place, entry.getKey())).all()).get(place);
      same(entry.getValue(), info.offset(), entry.getKey().getClass().getSimpleName());
    }
  }

  private static void deleteRecords() throws Exception {
    String topic = newTopic("records");
    try (var producer = producer()) {
      for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, bytes("" + i)));
    }
    TopicPartition place = new TopicPartition(topic, 0);
    long low = done(admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).all().toCompletionStage()
        .thenCompose(nothing -> admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(place)
            .toCompletionStage()).toCompletableFuture()).lowWatermark();
    same(4L, low, "low watermark");
    List<ConsumerRecord<byte[], byte[]>> records = readAll(topic, 0, 6);
    same(4L, records.get(0).offset(), "first offset");
    same(6, records.size(), "records");
    try (var consumer = consumer(topic, 0)) {
      consumer.seek(place, 1);
      refused(OffsetOutOfRangeException.class, () -> take(consumer, 1, WAIT));
    }
  }

  private static void logDirs() throws Exception {
    String topic = newTopic("dirs");
    try (var producer = producer()) {
      done(producer.send(new ProducerRecord<>(topic, new byte[1000])));
    }
    int broker = done(admin.describeCluster().nodes()).iterator().next().id();
    Map<String, LogDirDescription> dirs = done(admin.describeLogDirs(List.of(broker)).allDescriptions()).get(broker);
    boolean listed = dirs.values().stream().anyMatch(dir -> dir.replicaInfos().containsKey(new TopicPartition(topic, 0)));
    same(true, listed, "partition listed in a log directory");
  }

  private static void cluster() throws Exception {
    var result = admin.describeCluster();
    same(1, done(result.nodes()).size(), "nodes");
    var node = done(result.nodes()).iterator().next();
    same(bootstrap, node.host() + ":" + node.port(), "address");
    same(true, done(result.clusterId()).length() > 0, "cluster id");
    same(node.id(), done(result.controller()).id(), "controller");
  }

  private static void morePartitions() throws Exception {
    String topic = newTopic("partitions");
    done(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all());
    try (var producer = producer()) {
      for (int p = 0; p < 3; p++) same(0L, done(producer.send(new ProducerRecord<>(topic, p, null, bytes("" + p)))).offset(), "offset");
    }
    for (int p = 0; p < 3; p++) same(bytes("" + p), readAll(topic, p, 1).get(0).value(), "value in partition " + p);
    refused(InvalidPartitionsException.class, () -> done(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all()));
  }
}
