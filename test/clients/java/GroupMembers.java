import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Group members of kafka-clients, driven by the lines that ../group-members.ts describes. Argument: bootstrap. */
public final class GroupMembers {
  private static final Duration POLL = Duration.ofMillis(50);
  private static String bootstrap;

  private record Command(String name, List<String> fields) {}

  public static void main(String[] arguments) throws Exception {
    bootstrap = arguments[0];
    Map<String, BlockingQueue<Command>> members = new HashMap<>();
    try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        List<String> fields = List.of(line.split("\t", -1));
        String member = fields.get(1);
        Command command = new Command(fields.get(0), fields.subList(2, fields.size()));
        if (command.name().equals("open")) {
          members.put(member, new LinkedBlockingQueue<>());
          Thread thread = new Thread(() -> guarded(member, command, members.get(member)), member);
          thread.setDaemon(true);
          thread.start();
        } else {
          members.get(member).add(command);
        }
      }
    }
    System.exit(0);
  }

  private static synchronized void say(Object... fields) {
    System.out.println("@\t" + Arrays.stream(fields).map(String::valueOf).collect(Collectors.joining("\t")));
    System.out.flush();
  }

  private static void guarded(String member, Command open, BlockingQueue<Command> commands) {
    try {
      hold(member, open, commands);
    } catch (Throwable failure) {
      say("failed", member, failure.toString().replace('\n', ' '));
    }
  }

  private static void hold(String member, Command open, BlockingQueue<Command> commands) {
    Map<String, String> options = open.fields().stream().map(field -> field.split("=", 2)).collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    try (var consumer = new KafkaConsumer<>(settings(options), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      ConsumerRebalanceListener listener = tell(member);
      if (options.containsKey("pattern")) consumer.subscribe(Pattern.compile(options.get("pattern")), listener);
      else consumer.subscribe(List.of(options.get("topics").split(",")), listener);
      boolean running = true;
      while (running) {
        for (Command command = commands.poll(); command != null && running; command = commands.poll()) {
          if (command.name().equals("close")) running = false;
          else obey(consumer, member, command);
        }
        if (!running) break;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          say("record", member, record.topic(), record.partition(), record.offset(), Base64.getEncoder().encodeToString(record.value()));
        }
      }
    }
    say("done", member, "close");
  }

  private static Properties settings(Map<String, String> options) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("group.id", options.get("group"));
    settings.put("group.protocol", "classic");
    settings.put("auto.offset.reset", "earliest");
    settings.put("allow.auto.create.topics", "false");
    settings.put("session.timeout.ms", options.get("sessionMs"));
    settings.put("heartbeat.interval.ms", "300");
    settings.put("enable.auto.commit", String.valueOf(options.containsKey("autoCommit")));
    Class<?> assignor = options.get("assignor").equals("cooperative") ? CooperativeStickyAssignor.class : RangeAssignor.class;
    settings.put("partition.assignment.strategy", assignor.getName());
    // New topics are looked for by this clock.
    settings.put("metadata.max.age.ms", "500");
    settings.put("fetch.max.wait.ms", "200");
    if (options.containsKey("instance")) settings.put("group.instance.id", options.get("instance"));
    return settings;
  }

  private static ConsumerRebalanceListener tell(String member) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> gained) {
        say("assigned", member, places(gained));
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> lost) {
        say("revoked", member, places(lost));
      }
    };
  }

  private static String places(Collection<TopicPartition> partitions) {
    return partitions.stream().map(each -> each.topic() + "/" + each.partition()).collect(Collectors.joining(","));
  }

  private static void obey(KafkaConsumer<?, ?> consumer, String member, Command command) {
    List<String> fields = command.fields();
    TopicPartition place = new TopicPartition(fields.get(0), Integer.parseInt(fields.get(1)));
    switch (command.name()) {
      case "commit" -> consumer.commitSync(Map.of(place, new OffsetAndMetadata(Long.parseLong(fields.get(2)), fields.get(3))));
      case "seek" -> consumer.seek(place, Long.parseLong(fields.get(2)));
      case "pause" -> consumer.pause(List.of(place));
      case "resume" -> consumer.resume(List.of(place));
      default -> throw new IllegalArgumentException(command.name());
    }
    say("done", member, command.name());
  }
}
