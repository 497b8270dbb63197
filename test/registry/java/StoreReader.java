import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The one reader of the topic: it goes from the beginning to the end and on, never commits, applies every record to the local
 * store, and signals each offset it has reached to those who wait for it. What poll throws ends it, as it ends a registry's.
 */
final class StoreReader extends Thread {
  /** A record as it was delivered; the value of a tombstone is null. */
  record Seen(long offset, byte[] key, byte[] value) {}

  /** A write that makes no difference to the store: it only tells where the end is. */
  static final String NOOP = "{\"keytype\":\"NOOP\",\"magic\":0}";

  final ConcurrentSkipListMap<String, byte[]> store = new ConcurrentSkipListMap<>();
  /** Everything this reader was given, by offset. */
  final ConcurrentSkipListMap<Long, Seen> seen = new ConcurrentSkipListMap<>();
  volatile String death;
  /** How often the position went back, for instance because the offset was said to be out of range. */
  volatile int jumpsBack;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private volatile long reached = -1;
  private volatile boolean stopping;

  StoreReader(String bootstrap, String topic, String groupId) throws InterruptedException {
    super("store-reader");
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "KafkaStore-reader-" + topic);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    consumer = new KafkaConsumer<>(settings);
    List<PartitionInfo> partitions = consumer.partitionsFor(topic);
    for (int attempt = 1; (partitions == null || partitions.isEmpty()) && attempt < 10; attempt++) {
      Thread.sleep(1000);
      partitions = consumer.partitionsFor(topic);
    }
    if (partitions == null || partitions.size() != 1) {
      throw new IllegalStateException(topic + " should have one partition: " + partitions);
    }
    TopicPartition partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(Long.MAX_VALUE))) apply(record);
      }
    } catch (WakeupException closing) {
      if (!stopping) death = "woken up by nobody";
    } catch (RuntimeException error) {
      death = error.toString();
      error.printStackTrace();
    }
  }

  private void apply(ConsumerRecord<byte[], byte[]> record) {
    if (record.offset() <= reached) jumpsBack++;
    seen.put(record.offset(), new Seen(record.offset(), record.key(), record.value()));
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (!key.equals(NOOP)) {
      if (record.value() == null) store.remove(key);
      else store.put(key, record.value());
    }
    lock.lock();
    try {
      reached = record.offset();
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  long reached() {
    return reached;
  }

  void waitUntilOffset(long offset, long timeoutMs) throws TimeoutException, InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      while (reached < offset && left > 0) left = moved.awaitNanos(left);
    } finally {
      lock.unlock();
    }
    if (reached < offset) {
      throw new TimeoutException("reader failed to reach " + offset + ", it is at " + reached + " after " + timeoutMs + " ms; " + death);
    }
  }

  /** What the store holds, for comparison. */
  Map<String, byte[]> entries() {
    return store;
  }

  void close() throws InterruptedException {
    stopping = true;
    consumer.wakeup();
    join();
    consumer.close();
  }
}
