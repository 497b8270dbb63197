import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a read must answer: the records that the store's reader was given, but for what compaction may have removed since. */
record Expected(StoreReader reader) {
  private static final long CATCH_UP_MS = 30_000;

  /** Without a group. */
  static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
            // An offset that is not there is an error, never another offset.
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
            // A consumer asks ahead at the end, and asks nothing else until that is answered.
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class));
  }

  long first() {
    return reader.seen.firstKey();
  }

  long last() {
    return reader.seen.lastKey();
  }

  /** Adds to `wrong` where the first record of an answer is not the one that was asked for. */
  void compare(long asked, ConsumerRecord<byte[], byte[]> record, List<String> wrong) throws InterruptedException, TimeoutException {
    reader.waitUntilOffset(record.offset(), CATCH_UP_MS);
    StoreReader.Seen right = reader.seen.get(record.offset());
    if (record.offset() < asked || right == null) wrong.add("asked " + asked + " and got " + record.offset());
    else if (!Arrays.equals(record.key(), right.key())) wrong.add("another key at " + record.offset());
    else if (!Arrays.equals(record.value(), right.value())) wrong.add("another value at " + record.offset() + ": " + lengths(record.value(), right.value()));
    if (record.offset() <= asked) return;
    for (StoreReader.Seen passed : reader.seen.subMap(asked, record.offset()).values()) {
      if (!mayBeGone(passed)) wrong.add("asked " + asked + ", got " + record.offset() + " and passed " + passed.offset() + " by");
    }
  }

  /** Compaction removes what a newer record of the key replaced, and tombstones. */
  private boolean mayBeGone(StoreReader.Seen passed) {
    return passed.value() == null
        || reader.seen.tailMap(passed.offset(), false).values().stream().anyMatch(newer -> Arrays.equals(newer.key(), passed.key()));
  }

  private static String lengths(byte[] got, byte[] right) {
    return (got == null ? "null" : got.length) + " instead of " + (right == null ? "null" : right.length) + " bytes";
  }
}
