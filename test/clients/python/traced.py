"""Writes records, of which the last says in a header whose span it belongs to, reads them in a group, and goes on polling for nothing.

Arguments: bootstrap, topic, traceparent, group, client id of the reader, seconds of polling for nothing.
"""
import sys
import time

from confluent_kafka import Consumer, Producer

bootstrap, topic, traceparent, group, client_id, idle_seconds = sys.argv[1:7]
RECORDS = 3

failures = []
producer = Producer({"bootstrap.servers": bootstrap, "client.id": "shop"})
for index in range(RECORDS):
    producer.produce(
        topic,
        b"v%d" % index,
        headers=[("traceparent", traceparent)] if index == RECORDS - 1 else None,
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
left = producer.flush(60)
if left or failures:
    sys.exit(f"{left} are not acked, {len(failures)} failed: {failures[:1]}")

consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "client.id": client_id,
        "auto.offset.reset": "earliest",
        # Many polls and beats in little time.
        "fetch.wait.max.ms": 50,
        "heartbeat.interval.ms": 100,
    }
)
consumer.subscribe([topic])
read = 0
until = time.monotonic() + 60
while read < RECORDS:
    message = consumer.poll(1.0)
    if message is not None and message.error() is None:
        read += 1
    if time.monotonic() > until:
        sys.exit(f"{read} of {RECORDS} records came in a minute")
print("read", flush=True)
until = time.monotonic() + float(idle_seconds)
while time.monotonic() < until:
    if consumer.poll(0.2) is not None:
        sys.exit("a record that nobody wrote")
consumer.close()
print("done", flush=True)
