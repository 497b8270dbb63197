"""confluent-kafka's serializers over a registry and a gateway: one JSON line per check, {"check", "ok", "detail"}.

Each check registers a schema by serializing with it, produces, consumes, and deserializes with a registry client of its own, which knows
nothing but the id in each value. Usage: serializers.py BOOTSTRAP REGISTRY. Exits 0 when it could run, whatever the checks found.
"""

import json
import sys
import traceback
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

BOOTSTRAP, REGISTRY = sys.argv[1:3]
RUN = uuid.uuid4().hex[:8]
WAIT_S = 30
ORDERS = [{"customer": f"c-{i} ü", "amount": i + 1} for i in range(20)]


def registry():
    return SchemaRegistryClient({"url": REGISTRY})


def round_trip(name, serializer, deserializer, values):
    """`values` as they come back, having checked that all were delivered in order with a schema id."""
    topic = f"py-{name}-{RUN}"
    context = SerializationContext(topic, MessageField.VALUE)
    failures = []
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5, "message.timeout.ms": 30000})
    for value in values:
        producer.produce(topic, serializer(value, context), on_delivery=lambda error, _: error and failures.append(error))
    assert producer.flush(WAIT_S) == 0, "not all records were delivered"
    assert not failures, failures[0]
    assert f"{topic}-value" in registry().get_subjects()
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": f"py-{name}-{RUN}"})
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        messages = consumer.consume(len(values), timeout=WAIT_S)
    finally:
        consumer.close()
    for index, message in enumerate(messages):
        assert message.error() is None, message.error()
        assert message.offset() == index, (message.offset(), index)
        assert message.value()[0] == 0, message.value()[:5]
    return [deserializer(message.value(), context) for message in messages]


def avro():
    schema = {
        "type": "record",
        "name": "Order",
        "namespace": "seaglass.python",
        "fields": [{"name": "customer", "type": "string"}, {"name": "amount", "type": "int"}],
    }
    got = round_trip("avro", AvroSerializer(registry(), json.dumps(schema)), AvroDeserializer(registry()), ORDERS)
    assert got == ORDERS, got[:2]


def json_schema():
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "PythonOrder",
        "type": "object",
        "properties": {"customer": {"type": "string"}, "amount": {"type": "integer"}},
        "required": ["customer", "amount"],
    }
    text = json.dumps(schema)
    got = round_trip(
        "json", JSONSerializer(text, registry()), JSONDeserializer(None, schema_registry_client=registry()), ORDERS
    )
    assert got == ORDERS, got[:2]


def protobuf():
    file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="seaglass.python", syntax="proto3")
    message = file.message_type.add(name="Order")
    string, int32 = descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.TYPE_INT32
    for number, (name, kind) in enumerate([("customer", string), ("amount", int32)], start=1):
        label = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
        message.field.add(name=name, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    Order = message_factory.GetMessageClass(pool.FindMessageTypeByName("seaglass.python.Order"))
    got = round_trip(
        "protobuf",
        ProtobufSerializer(Order, registry(), {"use.deprecated.format": False}),
        ProtobufDeserializer(Order, {"use.deprecated.format": False}, registry()),
        [Order(**order) for order in ORDERS],
    )
    found = [json_format.MessageToDict(order) for order in got]
    assert found == ORDERS, found[:2]


for name, check in {"Avro": avro, "JSON Schema": json_schema, "Protobuf": protobuf}.items():
    try:
        check()
        outcome = {"ok": True, "detail": ""}
    except BaseException:  # one check's failure is its own answer
        outcome = {"ok": False, "detail": traceback.format_exc(limit=-4)}
    print(json.dumps({"check": name, **outcome}), flush=True)
