"""Produces until all is acked, and prints how long that took and how often the broker said that it throttles: `seconds throttles`.

Arguments: bootstrap, topic, messages, bytes of each, then settings as name=value.
"""
import sys
import time

from confluent_kafka import Producer

bootstrap, topic, messages, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
throttles = []
producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "client.id": "librdkafka",
        **dict(each.split("=", 1) for each in sys.argv[5:]),
        "batch.size": 50_000,
        "linger.ms": 5,
        "max.in.flight.requests.per.connection": 1,
        "throttle_cb": lambda event: throttles.append(event.throttle_time) if event.throttle_time > 0 else None,
    }
)
begun = time.monotonic()
failures = []
for _ in range(messages):
    producer.produce(topic, b"x" * size, on_delivery=lambda error, _: failures.append(error) if error else None)
    producer.poll(0)
left = producer.flush(120)
if left or failures:
    sys.exit(f"{left} are not acked, {len(failures)} failed: {failures[:1]}")
print(f"{time.monotonic() - begun:.3f} {len(throttles)}")
