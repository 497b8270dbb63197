"""Group members of confluent-kafka (librdkafka), driven by the lines that ../group-members.ts describes.

Usage: group_members.py BOOTSTRAP
"""

import base64
import queue
import sys
import threading

from confluent_kafka import Consumer, TopicPartition

BOOTSTRAP = sys.argv[1]
POLL_S = 0.05
writing = threading.Lock()


def say(event, member, *fields):
    with writing:
        sys.stdout.write("\t".join(["@", event, member, *map(str, fields)]) + "\n")
        sys.stdout.flush()


def places(partitions):
    return ",".join(f"{each.topic}/{each.partition}" for each in partitions)


def settings(options):
    cooperative = options["assignor"] == "cooperative"
    chosen = {
        "bootstrap.servers": BOOTSTRAP,
        "group.id": options["group"],
        "auto.offset.reset": "earliest",
        "session.timeout.ms": int(options["sessionMs"]),
        "heartbeat.interval.ms": 300,
        "enable.auto.commit": "autoCommit" in options,
        "partition.assignment.strategy": "cooperative-sticky" if cooperative else "range",
        # New topics are looked for by this clock.
        "topic.metadata.refresh.interval.ms": 500,
        "fetch.wait.max.ms": 200,
        "check.crcs": True,
    }
    if "instance" in options:
        chosen["group.instance.id"] = options["instance"]
    return chosen


def obey(consumer, member, command, fields):
    topic, partition = fields[0], int(fields[1])
    place = TopicPartition(topic, partition)
    if command == "commit":
        place = TopicPartition(topic, partition, int(fields[2]), metadata=fields[3])
        consumer.commit(offsets=[place], asynchronous=False)
    elif command == "seek":
        consumer.seek(TopicPartition(topic, partition, int(fields[2])))
    elif command == "pause":
        consumer.pause([place])
    elif command == "resume":
        consumer.resume([place])
    say("done", member, command)


def hold(member, options, commands):
    consumer = Consumer(settings(options))
    topics = [options["pattern"]] if "pattern" in options else options["topics"].split(",")
    consumer.subscribe(
        topics,
        on_assign=lambda _, gained: say("assigned", member, places(gained)),
        on_revoke=lambda _, lost: say("revoked", member, places(lost)),
    )
    while True:
        # A closed consumer polls no more, so what was asked before comes first.
        while not commands.empty():
            command, fields = commands.get()
            if command == "close":
                consumer.close()
                say("done", member, "close")
                return
            obey(consumer, member, command, fields)
        message = consumer.poll(POLL_S)
        if message is None:
            continue
        if message.error():
            # A topic that is not there yet is told, and taken when it comes.
            if message.error().name() != "UNKNOWN_TOPIC_OR_PART":
                say("failed", member, message.error())
            continue
        value = base64.b64encode(message.value()).decode()
        say("record", member, message.topic(), message.partition(), message.offset(), value)


def guarded(member, options, commands):
    try:
        hold(member, options, commands)
    except Exception as failure:
        say("failed", member, repr(failure).replace("\n", " "))


members = {}
for line in sys.stdin:
    command, member, *fields = line.rstrip("\n").split("\t")
    if command == "open":
        members[member] = queue.Queue()
        options = dict(field.split("=", 1) for field in fields)
        threading.Thread(target=guarded, args=(member, options, members[member]), daemon=True).start()
    else:
        members[member].put((command, fields))
