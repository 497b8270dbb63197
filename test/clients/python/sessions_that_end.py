"""Produces and consumes until sessions ended so often. Arguments: bootstrap, topic, seconds, then settings as name=value. Prints what went through and the connections made."""
import json
import sys
import time

from confluent_kafka import Consumer, Producer

bootstrap, topic, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
connects = {}


def stats(text):
    told = json.loads(text)
    connects[told["name"]] = {name: each["connects"] for name, each in told["brokers"].items() if each["nodeid"] >= 0}


errors = []
settings = {
    "bootstrap.servers": bootstrap,
    "statistics.interval.ms": 200,
    "stats_cb": stats,
    "error_cb": lambda error: errors.append(str(error)),
    **dict(each.split("=", 1) for each in sys.argv[4:]),
}
producer = Producer(settings)
consumer = Consumer({**settings, "group.id": topic, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
sent = received = 0
until = time.monotonic() + seconds
while time.monotonic() < until or received < sent:
    if time.monotonic() < until:
        producer.produce(topic, f"record {sent}".encode())
        sent += 1
    producer.poll(0)
    message = consumer.poll(0.1)
    if message is not None and not message.error():
        received += 1
    if time.monotonic() > until + 30:
        break
print(json.dumps({"sent": sent, "received": received, "connects": list(connects.values()), "errors": errors}))
consumer.close()
