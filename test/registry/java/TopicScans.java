import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The topic read whole by several consumers at once, from its beginning to where its end was when they began. */
final class TopicScans extends Thread {
  record Result(List<Integer> records, List<String> wrong) {}

  private static final long SCAN_MS = 60_000;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final Expected expected;
  private final Result result;

  /** `reader` must have been given every record of the topic, those that compaction removed as well. */
  static Result run(String bootstrap, String topic, StoreReader reader, int readers)
      throws InterruptedException {
    Result result = new Result(Collections.synchronizedList(new ArrayList<>()), Collections.synchronizedList(new ArrayList<>()));
    List<TopicScans> all = new ArrayList<>();
    for (int index = 0; index < readers; index++) all.add(new TopicScans(bootstrap, topic, new Expected(reader), result));
    for (TopicScans each : all) each.start();
    for (TopicScans each : all) each.join();
    return result;
  }

  private TopicScans(String bootstrap, String topic, Expected expected, Result result) {
    this.expected = expected;
    this.result = result;
    consumer = Expected.consumer(bootstrap);
    partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  @Override
  public void run() {
    try (consumer) {
      long end = expected.last() + 1;
      long next = consumer.position(partition);
      int records = 0;
      long begun = System.nanoTime();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (record.offset() >= end) break;
          expected.compare(next, record, result.wrong());
          next = record.offset() + 1;
          records++;
        }
        if (System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(SCAN_MS)) {
          result.wrong().add("at " + consumer.position(partition) + " of " + end + " after " + SCAN_MS + " ms");
          return;
        }
      }
      result.records().add(records);
    } catch (RuntimeException | InterruptedException | TimeoutException error) {
      result.wrong().add(error.toString());
    }
  }
}
