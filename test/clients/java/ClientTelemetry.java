import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A producer and a consumer that push metrics of themselves. Arguments: bootstrap. Runs until it is ended. */
public final class ClientTelemetry {
  public static void main(String[] arguments) throws Exception {
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings(arguments[0], "java-writer"), new StringSerializer(), new StringSerializer());
    Properties reading = settings(arguments[0], "java-audit");
    reading.put("group.id", "java-audit");
    reading.put("auto.offset.reset", "earliest");
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of("telemetry"));
    while (true) {
      producer.send(new ProducerRecord<>("telemetry", "x".repeat(100)));
      consumer.poll(Duration.ofMillis(100));
    }
  }

  private static Properties settings(String bootstrap, String clientId) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("client.id", clientId);
    return settings;
  }
}
