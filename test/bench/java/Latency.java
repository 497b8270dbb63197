import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Produce-to-consume latency, one record at a time: from before send() until poll() returned that very record, acks=all, linger 0.
 * Arguments: bootstrap, topic, records, record size. Prints one line: p50_us p99_us p999_us.
 */
public class Latency {
  public static void main(String[] args) throws Exception {
    int records = Integer.parseInt(args[2]);
    byte[] value = new byte[Integer.parseInt(args[3])];
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("acks", "all");
    properties.put("linger.ms", "0");
    properties.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
    properties.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
    properties.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
    properties.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
    properties.put("enable.auto.commit", "false");
    TopicPartition partition = new TopicPartition(args[1], 0);
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties);
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties)) {
      consumer.assign(List.of(partition));
      consumer.seekToEnd(List.of(partition));
      consumer.position(partition);
      int warmUp = Math.min(500, records);
      long[] nanos = new long[records];
      for (int i = -warmUp; i < records; i++) {
        long start = System.nanoTime();
        long offset = producer.send(new ProducerRecord<>(args[1], 0, null, value)).get().offset();
        boolean seen = false;
        while (!seen) {
          for (var record : consumer.poll(Duration.ofSeconds(10))) seen |= record.offset() == offset;
          if (System.nanoTime() - start > 20_000_000_000L) throw new IllegalStateException("offset " + offset + " not seen within 20 s");
        }
        if (i >= 0) nanos[i] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      System.out.println(at(nanos, 0.5) + " " + at(nanos, 0.99) + " " + at(nanos, 0.999));
    }
  }

  private static long at(long[] sorted, double quantile) {
    return sorted[Math.min(sorted.length - 1, (int) Math.floor(sorted.length * quantile))] / 1_000;
  }
}
