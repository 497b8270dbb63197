"""A producer and a consumer that push metrics of themselves. Arguments: bootstrap. Runs until it is ended."""
import sys

from confluent_kafka import Consumer, Producer

bootstrap = sys.argv[1]
producer = Producer({"bootstrap.servers": bootstrap, "client.id": "python-writer"})
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": "python-audit",
        "client.id": "python-audit",
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe(["telemetry"])
while True:
    producer.produce("telemetry", b"x" * 100)
    producer.poll(0)
    consumer.poll(0.1)
