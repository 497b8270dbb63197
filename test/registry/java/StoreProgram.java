import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * A registry's storage and election without the registry, on plain kafka-clients: what Confluent Schema Registry asks of a broker, in the
 * order in which it asks, steered over HTTP. Arguments: bootstrap, topic, group, session timeout ms, read-after-write timeout ms, settings
 * of the topic (name=value).
 */
public final class StoreProgram {
  private static final long INIT_TIMEOUT_MS = 60_000;
  private static final int REBALANCE_TIMEOUT_MS = 300_000;

  private interface Handler {
    String answer(Map<String, String> query, String body) throws Exception;
  }

  private final String bootstrap;
  private final String topic;
  private final SchemaStore store;
  private final Elector elector;

  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    StoreProgram program = new StoreProgram(arguments, server.getAddress().getPort());
    server.createContext("/put", exchange -> handle(exchange, program::put));
    server.createContext("/delete", exchange -> handle(exchange, program::delete));
    server.createContext("/reach", exchange -> handle(exchange, program::reach));
    server.createContext("/state", exchange -> handle(exchange, program::state));
    server.createContext("/leader", exchange -> handle(exchange, program::leader));
    server.createContext("/scan", exchange -> handle(exchange, program::scan));
    server.createContext("/reread", exchange -> handle(exchange, program::reread));
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(program::close));
    System.out.println("listening http://127.0.0.1:" + server.getAddress().getPort());
  }

  private StoreProgram(String[] arguments, int port) throws Exception {
    bootstrap = arguments[0];
    topic = arguments[1];
    long timeoutMs = Long.parseLong(arguments[4]);
    Map<String, String> topicSettings = new HashMap<>();
    for (String setting : List.of(arguments).subList(5, arguments.length)) {
      String[] parts = setting.split("=", 2);
      topicSettings.put(parts[0], parts[1]);
    }
    String readerGroup = "schema-registry-127.0.0.1-" + port;
    store = new SchemaStore(bootstrap, topic, readerGroup, topicSettings, INIT_TIMEOUT_MS, timeoutMs);
    int sessionMs = Integer.parseInt(arguments[3]);
    var timeouts = new ElectionCoordinator.Timeouts(sessionMs, REBALANCE_TIMEOUT_MS, Math.min(3000, sessionMs / 3));
    Identity identity = new Identity("127.0.0.1", port, true, "http");
    elector = new Elector(bootstrap, arguments[2], identity, timeouts, this::elected);
    elector.start();
    elector.awaitJoined(INIT_TIMEOUT_MS);
  }

  /** Another may have written until now: all of it is read before this one writes. */
  private void elected() {
    try {
      store.markLastWrittenOffsetInvalid();
      store.waitUntilReaderReachesLastOffset();
    } catch (Exception error) {
      throw new IllegalStateException("the end was not reached by the new master", error);
    }
  }

  private String put(Map<String, String> query, String body) throws Exception {
    return write(query.get("key"), body.getBytes(StandardCharsets.UTF_8));
  }

  private String delete(Map<String, String> query, String body) throws Exception {
    return write(query.get("key"), null);
  }

  private String write(String key, byte[] value) throws Exception {
    if (!elector.isMaster()) throw new IllegalStateException("another one writes");
    SchemaStore.Write write = store.put(key, value);
    return String.format("{\"offset\":%d,\"ackMs\":%.2f,\"reachedMs\":%.2f}", write.offset(), write.ackMs(), write.reachedMs());
  }

  private String reach(Map<String, String> query, String body) throws Exception {
    store.markLastWrittenOffsetInvalid();
    return "{\"offset\":" + store.waitUntilReaderReachesLastOffset() + "}";
  }

  private String state(Map<String, String> query, String body) {
    String entries =
        store.reader.entries().entrySet().stream()
            .map(entry -> Json.quote(entry.getKey()) + ":" + Json.quote(new String(entry.getValue(), StandardCharsets.UTF_8)))
            .collect(Collectors.joining(","));
    return String.format(
        "{\"reached\":%d,\"records\":%d,\"jumpsBack\":%d,\"death\":%s,\"entries\":{%s}}",
        store.reader.reached(), store.reader.seen.size(), store.reader.jumpsBack,
        store.reader.death == null ? "null" : Json.quote(store.reader.death), entries);
  }

  private String leader(Map<String, String> query, String body) throws InterruptedException {
    return elector.json(Integer.parseInt(query.get("after")), Long.parseLong(query.get("waitMs")));
  }

  private String scan(Map<String, String> query, String body) throws Exception {
    TopicScans.Result result = TopicScans.run(bootstrap, topic, store.reader, Integer.parseInt(query.get("readers")));
    return String.format("{\"records\":%s,%s}", result.records(), wrongJson(result.wrong()));
  }

  private String reread(Map<String, String> query, String body) throws Exception {
    int readers = Integer.parseInt(query.get("readers"));
    int count = Integer.parseInt(query.get("count"));
    List<String> wrong = Rereads.run(bootstrap, topic, store.reader, readers, count, Long.parseLong(query.get("seed")));
    return String.format("{\"reads\":%d,%s}", readers * count, wrongJson(wrong));
  }

  private static String wrongJson(List<String> wrong) {
    String texts = wrong.stream().limit(10).map(Json::quote).collect(Collectors.joining(","));
    return String.format("\"wrongCount\":%d,\"wrong\":[%s]", wrong.size(), texts);
  }

  private void close() {
    try {
      elector.close();
      store.close();
    } catch (Exception error) {
      error.printStackTrace();
    }
  }

  private static void handle(HttpExchange exchange, Handler handler) {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      int status = 200;
      String answer;
      try {
        answer = handler.answer(queryOf(exchange), body);
      } catch (Exception error) {
        status = 500;
        answer = String.valueOf(error);
      }
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (java.io.IOException gone) {
      System.err.println("the asker is gone: " + gone);
    }
  }

  private static Map<String, String> queryOf(HttpExchange exchange) {
    Map<String, String> values = new HashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    if (query == null) return values;
    for (String pair : query.split("&")) {
      String[] parts = pair.split("=", 2);
      values.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return values;
  }
}
