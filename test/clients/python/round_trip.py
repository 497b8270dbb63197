"""One record out and back. Arguments: bootstrap, topic, then settings as name=value, test.token a token of OAUTHBEARER. Prints the value."""
import sys
import time

from confluent_kafka import Consumer, Producer

bootstrap, topic = sys.argv[1], sys.argv[2]
settings = {"bootstrap.servers": bootstrap, **dict(each.split("=", 1) for each in sys.argv[3:])}
token = settings.pop("test.token", None)
if token is not None:
    settings["oauth_cb"] = lambda _: (token, time.time() + 3600)
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
