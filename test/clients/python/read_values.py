"""Reads partition 0 from its beginning and prints `offset value` of each record, until so many came. Arguments: bootstrap, topic, count."""
import sys

from confluent_kafka import Consumer, TopicPartition

bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "client.id": "librdkafka"})
consumer.assign([TopicPartition(topic, 0, 0)])
while count > 0:
    message = consumer.poll(1)
    if message is None:
        continue
    if message.error():
        # An application logs it and polls again.
        print(f"error {message.error()}", flush=True)
        continue
    value = message.value()
    print(message.offset(), "null" if value is None else value.decode(), flush=True)
    count -= 1
consumer.close()
