import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Produces and consumes until producer and consumer have signed in again so often, and prints how many records went through and how many
 * connections were made meanwhile. Arguments: bootstrap, topic, how often, then settings as name=value.
 */
public final class SessionsThatEnd {
  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("group.id", arguments[1]);
    settings.put("auto.offset.reset", "earliest");
    for (int index = 3; index < arguments.length; index++) {
      String[] setting = arguments[index].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    String topic = arguments[1];
    double often = Double.parseDouble(arguments[2]);
    try (KafkaProducer<String, String> producer =
            new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      long sent = 0;
      long received = 0;
      double connections = -1;
      while (again(producer.metrics()) < often || again(consumer.metrics()) < often || received < sent) {
        producer.send(new ProducerRecord<>(topic, "record " + sent++)).get();
        received += consumer.poll(Duration.ofMillis(100)).count();
        // Whom they talk to is settled with the first records.
        if (connections < 0 && received > 0) connections = made(producer.metrics()) + made(consumer.metrics());
      }
      double later = made(producer.metrics()) + made(consumer.metrics()) - connections;
      System.out.println("sent " + sent + ", received " + received + ", connections made later " + (long) later);
    }
  }

  private static double again(Map<MetricName, ? extends Metric> metrics) {
    return total(metrics, "successful-reauthentication-total");
  }

  private static double made(Map<MetricName, ? extends Metric> metrics) {
    return total(metrics, "connection-creation-total");
  }

  private static double total(Map<MetricName, ? extends Metric> metrics, String name) {
    double total = 0;
    for (Map.Entry<MetricName, ? extends Metric> each : metrics.entrySet()) {
      MetricName metric = each.getKey();
      boolean ofClient = metric.group().equals("producer-metrics") || metric.group().equals("consumer-metrics");
      if (ofClient && metric.name().equals(name)) total += (Double) each.getValue().metricValue();
    }
    return total;
  }
}
