import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Quota;
import org.apache.kafka.common.metrics.QuotaViolationException;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.TokenBucket;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.quota.QuotaUtils;

/** What Kafka's own classes throttle by. Reads lines `rate|bucket samples windowSeconds limit`, `at value` below; prints each throttle. */
public final class ThrottleTimes {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    Metrics metrics = new Metrics();
    Sensor sensor = null;
    boolean isRate = true;
    int runs = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      if (words.length == 4) {
        isRate = words[0].equals("rate");
        double limit = Double.parseDouble(words[3]);
        MetricConfig config = new MetricConfig()
            .samples(Integer.parseInt(words[1]))
            .timeWindow(Integer.parseInt(words[2]), TimeUnit.SECONDS)
            .quota(new Quota(limit, true));
        sensor = metrics.sensor("run" + runs++);
        MetricName name = metrics.metricName("run" + runs, "runs");
        sensor.add(name, isRate ? new Rate() : new TokenBucket(), config);
        System.out.println(line);
        continue;
      }
      long at = Long.parseLong(words[0]);
      double value = Double.parseDouble(words[1]);
      long throttle = 0;
      try {
        if (isRate) {
          sensor.record(value, at, true);
        } else {
          sensor.checkQuotas(at);
          sensor.record(value, at, false);
        }
      } catch (QuotaViolationException over) {
        throttle = isRate ? QuotaUtils.throttleTime(over, at) : Math.round(-over.value() / over.bound() * 1000);
      }
      System.out.println(line + " " + throttle);
    }
  }
}
