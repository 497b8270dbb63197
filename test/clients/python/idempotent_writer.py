"""An idempotent producer that writes numbers until a line comes by standard input, then reads everything back and says what it found.

Arguments: bootstrap, topic, partitions, acks between two lines of progress. Prints "acked N" for each so many, and at the end
"sent N acked N failed N read N repeated N missing N disordered N".
"""

import sys
import threading

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, partitions, step = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
stopping = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stopping.set()), daemon=True).start()

admin = AdminClient({"bootstrap.servers": bootstrap})
admin.create_topics([NewTopic(topic, partitions)])[topic].result(30)
acked = set()
failed = 0


def delivered(error, message):
    global failed
    if error is not None:
        failed += 1
        print("failed", error, flush=True)
        return
    acked.add(int(message.value()[:12]))
    if len(acked) % step == 0:
        print("acked", len(acked), flush=True)


producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "linger.ms": 5,
        "batch.num.messages": 500,
        "queue.buffering.max.messages": 5000,
        "reconnect.backoff.max.ms": 200,
        "error_cb": lambda error: print("error", error, flush=True) if error.fatal() else None,
    }
)
sent = 0
while not stopping.is_set():
    try:
        producer.produce(topic, value=b"%012d" % sent + b"x" * 88, partition=sent % partitions, on_delivery=delivered)
        sent += 1
        producer.poll(0)
    except BufferError:
        producer.poll(0.05)
producer.flush(120)

consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
read = set()
repeated = disordered = 0
for partition in range(partitions):
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
    consumer.assign([TopicPartition(topic, partition, 0)])
    last = -1
    while consumer.position([TopicPartition(topic, partition)])[0].offset < end:
        message = consumer.poll(10)
        if message is None:
            break
        if message.error() is not None:
            print("error", message.error(), flush=True)
            continue
        number = int(message.value()[:12])
        if number in read:
            repeated += 1
        elif number < last:
            disordered += 1
        read.add(number)
        last = max(last, number)
consumer.close()
print(
    f"sent {sent} acked {len(acked)} failed {failed} read {len(read)}"
    f" repeated {repeated} missing {len(acked - read)} disordered {disordered}",
    flush=True,
)
