import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * What Apache Kafka reads in the text of a topic setting: it wrote kafka-reads.txt, with the jars of kafka-server and kafka-storage 4.3.1:
 * java -cp 'jars/*' ReadSettings.java > kafka-reads.txt
 *
 * A line: setting, text as a Java literal, then = and the described value or ! and the refusal.
 */
public final class ReadSettings {
    private static final List<String> NUMBERS = List.of(
        "", " ", "-0", "+0", "5", " 5 ", "\t5\n", "\u00a05", "\u00015", "+5", "--5", "+-5", "+", "-", "5 5", "5_000", "5,000", "05",
        "0000000000000000000000000000005", "0x10", "1e3", "1E3", "5.0", "5.", ".5", ".", "5L", "5d", "5D", "0.5f", "0.5F", "0x1p-1",
        "0X1.8P-1d", "0x.8p0", "0x8.p-4", "0x1", "0xp1", "0x1.8", "NaN", "+NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "1e400",
        "1e-400", "1e-5", "0.001", "0.0009", "0.30000000000000004", "12345678.9", "9999999", "10000000", "1.0000000000000001", "1.1",
        "true", "abc", "9223372036854775808", "-9223372036854775809", "123456789012345680000");
    private static final List<String> BOOLEANS = List.of("", "true", "TRUE", " True ", "\u00a0true", "false", "yes", "1", "on", "tru");
    private static final List<String> POLICIES = List.of(
        "", " ", "delete", "compact", "Delete", "compact,delete", " compact , delete ", "compact\n,\tdelete", "compact,\u00a0delete",
        "compact,,delete", ",", "compact,", ",compact", "compact,compact", "compact;delete", "none");
    private static final List<String> REPLICAS =
        List.of("", "*", " * ", "1:1", "1:1,2:2", "1:1, 2:2", "*,*", "1:1,*", "1", "1:", "a:b", "1:1:1", "[1:1]", "01:1", "-1:1", "1:1,",
            "1:1,1:1", ",1:1,,2:2");
    private static final List<String> CODECS =
        List.of("", "producer", "gzip", " gzip ", "\u00a0gzip", "GZIP", "none", "uncompressed", "gzip,lz4");
    private static final List<String> TIMES = List.of("CreateTime", "LogAppendTime", "createtime", " CreateTime", "");
    private static final Map<String, List<String>> TEXTS = Map.of(
        "retention.ms", NUMBERS, "segment.index.bytes", NUMBERS, "min.cleanable.dirty.ratio", NUMBERS, "preallocate", BOOLEANS,
        "cleanup.policy", POLICIES, "leader.replication.throttled.replicas", REPLICAS, "compression.type", CODECS,
        "message.timestamp.type", TIMES);
    /** For every number: on either side of every bound. */
    private static final List<String> BOUNDS = List.of(
        "-9223372036854775808", "-2147483649", "-2147483648", "-131073", "-131072", "-3", "-2", "-1", "0", "1", "3", "4", "9", "10", "17",
        "18", "22", "23", "1048575", "1048576", "2147483647", "2147483648", "9223372036854775807");

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String name : LogConfig.configNames()) {
            ConfigDef.Type type = LogConfig.configType(name).orElseThrow();
            Set<String> texts = new LinkedHashSet<>(TEXTS.getOrDefault(name, List.of()));
            if (Set.of(ConfigDef.Type.INT, ConfigDef.Type.LONG, ConfigDef.Type.DOUBLE).contains(type)) texts.addAll(BOUNDS);
            for (String text : texts) out.println(name + "\t" + literal(text) + "\t" + answer(name, type, text));
        }
    }

    private static String answer(String name, ConfigDef.Type type, String text) {
        try {
            Map<String, Object> defaults = new HashMap<>(new LogConfig(Map.of()).values());
            LogConfig.validate(Map.of(), Map.of(name, text), defaults, false);
            Properties own = new Properties();
            own.put(name, text);
            return "=" + ConfigDef.convertToString(LogConfig.fromProps(Map.of(), own).values().get(name), type);
        } catch (RuntimeException refusal) {
            return "!" + refusal.getMessage();
        }
    }

    private static String literal(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (char character : text.toCharArray()) {
            boolean plain = character >= ' ' && character < 127;
            literal.append(plain ? String.valueOf(character) : String.format("\\u%04x", (int) character));
        }
        return literal.append('"').toString();
    }
}
