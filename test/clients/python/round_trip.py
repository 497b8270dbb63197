"""One record out and back. Arguments: bootstrap, topic, then settings as name=value. Prints the value."""
import sys

from confluent_kafka import Consumer, Producer

bootstrap, topic = sys.argv[1], sys.argv[2]
settings = {"bootstrap.servers": bootstrap, **dict(each.split("=", 1) for each in sys.argv[3:])}
producer = Producer(settings)
producer.produce(topic, b"hello")
if producer.flush(20) > 0:
    sys.exit("the record was not acknowledged")
consumer = Consumer({**settings, "group.id": topic, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
message = consumer.poll(30)
if message is None or message.error():
    sys.exit(f"nothing came: {message and message.error()}")
print(message.value().decode())
consumer.close()
