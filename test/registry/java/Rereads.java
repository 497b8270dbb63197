import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Asks for offsets again and again, in no order: the same, the next, any. Every answer must be the record that the store's reader was
 * given at that offset, byte for byte; one may be passed by only where compaction may remove it.
 */
final class Rereads extends Thread {
  private static final long ANSWER_MS = 30_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final Expected expected;
  private final int count;
  private final Random random;
  private final List<String> wrong;

  /** Resolves to what went wrong. `reader` must have been given every record of the topic. */
  static List<String> run(
      String bootstrap, String topic, StoreReader reader, int readers, int count, long seed)
      throws InterruptedException {
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    List<Rereads> all = new ArrayList<>();
    for (int index = 0; index < readers; index++) {
      all.add(new Rereads(bootstrap, topic, new Expected(reader), count, new Random(seed + index), wrong));
    }
    for (Rereads each : all) each.start();
    for (Rereads each : all) each.join();
    return wrong;
  }

  private Rereads(
      String bootstrap, String topic, Expected expected, int count, Random random, List<String> wrong) {
    this.expected = expected;
    this.count = count;
    this.random = random;
    this.wrong = wrong;
    consumer = Expected.consumer(bootstrap);
    partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
  }

  @Override
  public void run() {
    long first = expected.first();
    long last = expected.last();
    long offset = first;
    try (consumer) {
      for (int index = 0; index < count; index++) {
        int choice = random.nextInt(10);
        if (choice >= 6) offset = first + random.nextLong(last - first + 1);
        else if (choice >= 3) offset = Math.min(offset + 1, last);
        read(offset);
      }
    } catch (RuntimeException | InterruptedException | TimeoutException error) {
      wrong.add("at " + offset + ": " + error);
    }
  }

  private void read(long offset) throws InterruptedException, TimeoutException {
    consumer.seek(partition, offset);
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(ANSWER_MS)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(ANSWER_MS))) {
        expected.compare(offset, record, wrong);
        return;
      }
    }
    wrong.add("no answer at " + offset + " in " + ANSWER_MS + " ms");
  }
}
