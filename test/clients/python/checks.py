"""What confluent-kafka (librdkafka) does against the gateway: one JSON line per check, {"check", "ok", "detail"}.

Usage: checks.py BOOTSTRAP. Exits 0 when it could run, whatever the checks found.
"""

import json
import sys
import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, OFFSET_BEGINNING, OFFSET_END
from confluent_kafka import libversion, version
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

BOOTSTRAP = sys.argv[1]
RUN = uuid.uuid4().hex[:8]
WAIT_S = 30
AT_ONCE = 6
admin = AdminClient({"bootstrap.servers": BOOTSTRAP})


def result_of(futures):
    """The result of the only future of an admin call."""
    (future,) = futures.values()
    return future.result(timeout=WAIT_S)


def new_topic(name, partitions=1, config=None):
    topic = f"py-{name}-{RUN}"
    result_of(admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})], operation_timeout=10))
    return topic


def produce(topic, records, **settings):
    """Produces dicts of produce() arguments; returns the (partition, offset) of each, in order."""
    delivered, failures = {}, []
    # Idle wakeups of librdkafka's queue must not slow small batches.
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5, "message.timeout.ms": 30000, **settings})

    def on_delivery(index):
        def callback(error, message):
            if error is not None:
                failures.append(str(error))
            else:
                delivered[index] = (message.partition(), message.offset())

        return callback

    for index, record in enumerate(records):
        producer.produce(topic, on_delivery=on_delivery(index), **record)
        producer.poll(0)
    left = producer.flush(WAIT_S)
    assert left == 0, f"{left} records not delivered"
    assert not failures, failures[0]
    return [delivered[index] for index in range(len(records))]


def consume(topic, start, count, partition=0, wait_s=WAIT_S):
    """`count` records of one assigned partition from `start` on."""
    consumer = Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "group.id": f"py-{RUN}",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "check.crcs": True,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, partition, start)])
        messages, deadline = [], time.monotonic() + wait_s
        while len(messages) < count and time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            messages.append(message)
        return messages
    finally:
        consumer.close()


def codec_and_acks(codec, acks):
    topic = new_topic(f"codec-{codec}-{acks}")
    records = [{"key": f"k{i % 7}", "value": f"value {i} ".encode() * 20} for i in range(300)]
    produce(topic, records, **{"compression.type": codec, "acks": acks, "enable.idempotence": False})
    got = consume(topic, OFFSET_BEGINNING, len(records))
    assert [m.offset() for m in got] == list(range(len(records))), [m.offset() for m in got][:5]
    assert [m.value() for m in got] == [r["value"] for r in records], "values differ"
    assert [m.key().decode() for m in got] == [r["key"] for r in records], "keys differ"


def idempotent():
    topic = new_topic("idempotent", 3)
    records = [{"key": str(i), "value": f"{i}", "partition": i % 3} for i in range(900)]
    places = produce(topic, records, **{"enable.idempotence": True})
    for partition in range(3):
        offsets = [offset for (p, offset) in places if p == partition]
        assert offsets == list(range(300)), (partition, offsets[:5])
        got = consume(topic, OFFSET_BEGINNING, 300, partition)
        assert [m.value().decode() for m in got] == [str(i) for i in range(900) if i % 3 == partition]


def everything_comes_back():
    # Records of long ago, which retention would remove soon after they are written.
    topic = new_topic("everything", config={"retention.ms": "-1"})
    at = 1_600_000_000_000
    records = [
        {"key": b"k", "value": b"v", "headers": [("a", b"1"), ("a", b"2"), ("null", None), ("empty", b"")], "timestamp": at},
        {"key": None, "value": b"no key", "timestamp": at + 5},
        {"key": b"", "value": b"empty key", "timestamp": at + 5},
        {"key": b"tombstone", "value": None, "timestamp": at + 3},
        {"key": b"empty value", "value": b"", "timestamp": at + 7},
        {"key": None, "value": None, "timestamp": at + 8},
        {"key": b"\x00\x01", "value": b"\x00\x00\x00\x00\x2aconfluent framing", "timestamp": at + 9},
        {"key": "schlüssel".encode(), "value": bytes(range(256)) * 64, "timestamp": at + 10},
    ]
    produce(topic, records)
    got = consume(topic, OFFSET_BEGINNING, len(records))
    assert len(got) == len(records), len(got)
    for index, (record, message) in enumerate(zip(records, got)):
        assert message.offset() == index
        assert message.key() == record["key"], (index, "key", message.key())
        assert message.value() == record["value"], (index, "value")
        assert message.timestamp() == (1, record["timestamp"]), (index, message.timestamp())
        assert message.headers() == record.get("headers"), (index, message.headers())


def log_append_time():
    topic = new_topic("append-time", config={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000)
    produce(topic, [{"value": "x", "timestamp": 1_000_000}])
    (message,) = consume(topic, OFFSET_BEGINNING, 1)
    kind, at = message.timestamp()
    assert kind == 2, kind
    assert before - 1000 <= at <= int(time.time() * 1000) + 1000, at


def positions():
    topic = new_topic("positions")
    at = 1_700_000_000_000
    produce(topic, [{"value": str(i), "timestamp": at + i * 1000} for i in range(100)])
    assert [m.offset() for m in consume(topic, 42, 3)] == [42, 43, 44]
    assert consume(topic, OFFSET_END, 1, wait_s=1.5) == []
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": f"py-{RUN}"})
    try:
        assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=WAIT_S) == (0, 100)
        (found,) = consumer.offsets_for_times([TopicPartition(topic, 0, at + 41_500)], timeout=WAIT_S)
        assert found.offset == 42, found
        (past,) = consumer.offsets_for_times([TopicPartition(topic, 0, at + 1_000_000)], timeout=WAIT_S)
        assert past.offset in (OFFSET_END, 100), past
    finally:
        consumer.close()
    assert [m.value() for m in consume(topic, found.offset, 1)] == [b"42"]


def out_of_range():
    topic = new_topic("range")
    produce(topic, [{"value": "x"}])
    try:
        consume(topic, 7, 1, wait_s=10)
    except KafkaException as error:
        assert "out of range" in str(error).lower(), error
        return
    raise AssertionError("an offset past the end was served")


def tail():
    """A consumer at the end gets what is appended while it waits."""
    topic = new_topic("tail")
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": f"py-{RUN}", "auto.offset.reset": "earliest"})
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_END)])
        assert consumer.poll(1.0) is None
        produce(topic, [{"key": "same", "value": f"late {i}"} for i in range(50)])
        got = []
        deadline = time.monotonic() + WAIT_S
        while len(got) < 50 and time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None:
                assert message.error() is None, message.error()
                got.append(message.value().decode())
        assert got == [f"late {i}" for i in range(50)], got[:3]
    finally:
        consumer.close()


def topic_administration():
    topic = new_topic("admin", 2, {"retention.ms": "3600000", "cleanup.policy": "compact"})
    described = admin.list_topics(topic, timeout=WAIT_S).topics[topic]
    assert described.error is None and sorted(described.partitions) == [0, 1], described.error
    resource = ConfigResource(ResourceType.TOPIC, topic)
    config = result_of(admin.describe_configs([resource]))
    assert config["retention.ms"].value == "3600000" and config["cleanup.policy"].value == "compact"
    change = ConfigResource(
        ResourceType.TOPIC,
        topic,
        incremental_configs=[
            ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET),
            ConfigEntry("cleanup.policy", None, incremental_operation=AlterConfigOpType.DELETE),
        ],
    )
    result_of(admin.incremental_alter_configs([change]))
    config = result_of(admin.describe_configs([resource]))
    assert config["retention.ms"].value == "7200000", config["retention.ms"].value
    assert config["cleanup.policy"].value == "delete" and config["cleanup.policy"].is_default
    result_of(admin.delete_topics([topic], operation_timeout=45))
    assert topic not in admin.list_topics(timeout=WAIT_S).topics


def duplicate_topic():
    topic = new_topic("duplicate")
    try:
        result_of(admin.create_topics([NewTopic(topic, 1, 1)]))
    except KafkaException as error:
        assert "TOPIC_ALREADY_EXISTS" in str(error), error
        return
    raise AssertionError("the same topic was created twice")


def more_partitions():
    topic = new_topic("partitions", 1)
    result_of(admin.create_partitions([NewPartitions(topic, 3)]))
    produce(topic, [{"value": str(p), "partition": p} for p in range(3)])
    for partition in range(3):
        assert [m.value().decode() for m in consume(topic, OFFSET_BEGINNING, 1, partition)] == [str(partition)]


def list_offsets():
    topic = new_topic("offsets")
    produce(topic, [{"value": "a", "timestamp": 2000}, {"value": "b", "timestamp": 9000}, {"value": "c", "timestamp": 5000}])
    place = TopicPartition(topic, 0)
    wanted = [
        (OffsetSpec.earliest(), 0),
        (OffsetSpec.latest(), 3),
        (OffsetSpec.max_timestamp(), 1),
        (OffsetSpec.for_timestamp(4000), 1),
    ]
    for spec, offset in wanted:
        found = result_of(admin.list_offsets({place: spec}, request_timeout=WAIT_S))
        assert found.offset == offset, (spec, found.offset)


def statistics():
    """Answers that have room for one partition tell the high watermarks of all; -1 is no watermark."""
    topic = new_topic("statistics", 3)
    produce(topic, [{"value": "x" * 400, "partition": p} for p in range(3) for _ in range(9)])
    told = {partition: [] for partition in range(3)}

    def on_statistics(text):
        partitions = json.loads(text)["topics"].get(topic, {}).get("partitions", {})
        for partition, values in told.items():
            if str(partition) in partitions:
                values.append(partitions[str(partition)]["hi_offset"])

    consumer = Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "group.id": f"statistics-{RUN}",
            "message.max.bytes": 1000,
            "fetch.max.bytes": 1000,
            "statistics.interval.ms": 20,
            "stats_cb": on_statistics,
        }
    )
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(3)])
    deadline = time.monotonic() + WAIT_S
    try:
        while not all(9 in values for values in told.values()) and time.monotonic() < deadline:
            consumer.poll(0.1)
    finally:
        consumer.close()
    for partition, values in told.items():
        assert 9 in values and -1 not in values, (partition, values)


def delete_records():
    topic = new_topic("records")
    produce(topic, [{"value": str(i)} for i in range(10)])
    deleted = result_of(admin.delete_records([TopicPartition(topic, 0, 4)]))
    assert deleted.low_watermark == 4, deleted.low_watermark
    assert [m.offset() for m in consume(topic, OFFSET_BEGINNING, 6)] == list(range(4, 10))


def cluster():
    description = admin.describe_cluster(request_timeout=WAIT_S).result(timeout=WAIT_S)
    assert description.cluster_id and len(description.nodes) == 1, description
    (node,) = description.nodes
    assert f"{node.host}:{node.port}" == BOOTSTRAP, (node.host, node.port)


CHECKS = {
    **{
        f"{codec} acks={acks}": (lambda codec=codec, acks=acks: codec_and_acks(codec, acks))
        for codec in ["none", "gzip", "snappy", "lz4", "zstd"]
        for acks in ["all", "1", "0"]
    },
    "idempotent producer": idempotent,
    "headers, nulls, empties, bytes and timestamps": everything_comes_back,
    "LogAppendTime": log_append_time,
    "beginning, end, offset and timestamp": positions,
    "an offset out of range is said": out_of_range,
    "tail": tail,
    "topic administration": topic_administration,
    "duplicate topic": duplicate_topic,
    "ListOffsets": list_offsets,
    "high watermarks in statistics": statistics,
    "DeleteRecords": delete_records,
    "DescribeCluster": cluster,
    "CreatePartitions": more_partitions,
}

print(json.dumps({"client": "confluent-kafka", "version": version()[0] if isinstance(version(), tuple) else version(), "library": libversion()[0]}))


def outcome_of(name):
    begun = time.monotonic()
    try:
        CHECKS[name]()
        outcome = {"ok": True, "detail": ""}
    except BaseException:  # one check's failure is its own answer
        outcome = {"ok": False, "detail": traceback.format_exc(limit=3)}
    return {"check": name, **outcome, "ms": round((time.monotonic() - begun) * 1000)}


# Each has topics of its own, and most of its time librdkafka waits.
with ThreadPoolExecutor(AT_ONCE) as pool:
    for done in as_completed([pool.submit(outcome_of, name) for name in sys.argv[2:] or CHECKS]):
        print(json.dumps(done.result()), flush=True)
