import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Asks for offsets again and again, in no order: the same, the next, any. Every answer must be the record that the store's reader was
 * given at that offset, byte for byte; one may be passed by only where compaction may remove it.
 */
final class Rereads extends Thread {
  private static final long ANSWER_MS = 30_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final NavigableMap<Long, StoreReader.Seen> expected;
  private final int count;
  private final Random random;
  private final List<String> wrong;

  /** Resolves to what went wrong. `seen` must hold every record of the topic. */
  static List<String> run(
      String bootstrap, String topic, NavigableMap<Long, StoreReader.Seen> seen, int readers, int count, long seed)
      throws InterruptedException {
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    List<Rereads> all = new ArrayList<>();
    for (int index = 0; index < readers; index++) {
      all.add(new Rereads(bootstrap, topic, seen, count, new Random(seed + index), wrong));
    }
    for (Rereads each : all) each.start();
    for (Rereads each : all) each.join();
    return wrong;
  }

  private Rereads(
      String bootstrap, String topic, NavigableMap<Long, StoreReader.Seen> expected, int count, Random random, List<String> wrong) {
    this.expected = expected;
    this.count = count;
    this.random = random;
    this.wrong = wrong;
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
            // An offset that is not there is an error, never another offset.
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
            // A consumer asks ahead at the end, and asks nothing else until that is answered.
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    Properties properties = new Properties();
    properties.putAll(settings);
    consumer = new KafkaConsumer<>(properties);
    partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
  }

  @Override
  public void run() {
    long offset = expected.firstKey();
    long last = expected.lastKey();
    try (consumer) {
      for (int index = 0; index < count; index++) {
        int choice = random.nextInt(10);
        if (choice >= 6) offset = expected.firstKey() + random.nextLong(last - expected.firstKey() + 1);
        else if (choice >= 3) offset = Math.min(offset + 1, last);
        read(offset);
      }
    } catch (RuntimeException error) {
      wrong.add("at " + offset + ": " + error);
    }
  }

  private void read(long offset) {
    consumer.seek(partition, offset);
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(ANSWER_MS)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(ANSWER_MS))) {
        compare(offset, record);
        return;
      }
    }
    wrong.add("no answer at " + offset + " in " + ANSWER_MS + " ms");
  }

  private void compare(long asked, ConsumerRecord<byte[], byte[]> record) {
    StoreReader.Seen right = expected.get(record.offset());
    if (record.offset() < asked || right == null) wrong.add("asked " + asked + " and got " + record.offset());
    else if (!Arrays.equals(record.key(), right.key())) wrong.add("another key at " + record.offset());
    else if (!Arrays.equals(record.value(), right.value())) wrong.add("another value at " + record.offset() + ": " + lengths(record.value(), right.value()));
    for (StoreReader.Seen passed : expected.subMap(asked, record.offset()).values()) {
      if (!mayBeGone(passed)) wrong.add("asked " + asked + ", got " + record.offset() + " and passed " + passed.offset() + " by");
    }
  }

  /** Compaction removes what a newer record of the key replaced, and tombstones. */
  private boolean mayBeGone(StoreReader.Seen passed) {
    return passed.value() == null
        || expected.tailMap(passed.offset(), false).values().stream().anyMatch(newer -> Arrays.equals(newer.key(), passed.key()));
  }

  private static String lengths(byte[] got, byte[] right) {
    return (got == null ? "null" : got.length) + " instead of " + (right == null ? "null" : right.length) + " bytes";
  }
}
