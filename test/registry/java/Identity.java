import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who a registry is, as it tells the group in JSON. */
record Identity(String host, int port, boolean eligible, String scheme) {
  private static final Pattern STRING = Pattern.compile("\"(host|scheme)\":\"([^\"]*)\"");
  private static final Pattern PORT = Pattern.compile("\"port\":(\\d+)");

  static Identity of(String json) {
    String host = null;
    String scheme = "http";
    Matcher strings = STRING.matcher(json);
    while (strings.find()) {
      if (strings.group(1).equals("host")) host = strings.group(2);
      else scheme = strings.group(2);
    }
    Matcher port = PORT.matcher(json);
    if (host == null || !port.find()) throw new IllegalArgumentException("no identity: " + json);
    return new Identity(host, Integer.parseInt(port.group(1)), json.contains("\"master_eligibility\":true"), scheme);
  }

  String url() {
    return scheme + "://" + host + ":" + port;
  }

  String json() {
    return String.format(
        "{\"version\":1,\"host\":%s,\"port\":%d,\"master_eligibility\":%b,\"scheme\":%s,\"leader\":false}",
        Json.quote(host), port, eligible, Json.quote(scheme));
  }
}
