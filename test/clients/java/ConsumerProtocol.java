import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Subscribes with KIP-848's group protocol and prints what the client throws. Arguments: bootstrap, topic. */
public final class ConsumerProtocol {
  public static void main(String[] arguments) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("group.id", "consumer-protocol");
    settings.put("group.protocol", "consumer");
    long begun = System.nanoTime();
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(arguments[1]));
      while (System.nanoTime() - begun < Duration.ofSeconds(60).toNanos()) consumer.poll(Duration.ofMillis(100));
      System.out.println("nothing was thrown");
    } catch (Exception failure) {
      System.out.printf("%s after %d ms%n", failure, (System.nanoTime() - begun) / 1_000_000);
    }
    System.out.flush();
    System.exit(0);
  }
}
