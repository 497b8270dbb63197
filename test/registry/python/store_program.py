"""A registry's storage and election without the registry, on the clients that Karapace uses: what it asks of a broker, in the
order in which it asks, steered over HTTP. Arguments: bootstrap, topic, group, session timeout ms, read-after-write timeout ms, settings
of the topic (name=value)."""

import json
import random
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from election import Elector
from schema_reader import SchemaReader, SchemaWriter

NOOP = '{"keytype":"NOOP","magic":0}'


class Program:
    def __init__(self, bootstrap, topic, group, session_ms, timeout_ms, topic_settings, port):
        self.bootstrap = bootstrap
        self.topic = topic
        self.reader = SchemaReader(bootstrap, topic, session_ms, topic_settings)
        self.writer = SchemaWriter(bootstrap, topic, self.reader, timeout_ms / 1000)
        self.elector = Elector(bootstrap, group, port, session_ms)
        self.reader.start()
        self.reader.wait_ready()
        self.elector.start()
        self.elector.leader(0, 60)

    def put(self, query, body):
        return self.write(query["key"], body)

    def delete(self, query, _body):
        # Karapace deletes with an empty value, not with none.
        return self.write(query["key"], b"")

    def write(self, key, value):
        if not self.elector.is_master():
            raise RuntimeError("another one writes")
        return self.writer.write(key, value)

    def reach(self, _query, _body):
        return {"offset": self.writer.write(NOOP, b"")["offset"]}

    def state(self, _query, _body):
        return self.reader.state()

    def leader(self, query, _body):
        return self.elector.leader(int(query["after"]), int(query["waitMs"]) / 1000)

    def scan(self, query, _body):
        records, wrong = [], []
        self.at_once(int(query["readers"]), lambda index: self.scan_once(records, wrong))
        return {"records": records, "wrongCount": len(wrong), "wrong": wrong[:10]}

    def reread(self, query, _body):
        count, readers = int(query["count"]), int(query["readers"])
        wrong = []
        self.at_once(readers, lambda index: self.read_again(count, int(query["seed"]) + index, wrong))
        return {"reads": count * readers, "wrongCount": len(wrong), "wrong": wrong[:10]}

    def at_once(self, count, work):
        threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def consumer(self):
        """At the beginning of the topic, a member of no group."""
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap,
            "group.id": "unused",
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 5,
        })
        consumer.assign([TopicPartition(self.topic, 0, OFFSET_BEGINNING)])
        return consumer

    def scan_once(self, records, wrong):
        seen = dict(self.reader.seen)
        consumer = self.consumer()
        following, count = min(seen), 0
        while following <= max(seen):
            message = consumer.poll(30)
            problem = self.compare(seen, following, message)
            if problem is not None:
                wrong.append(problem)
                break
            following, count = message.offset() + 1, count + 1
        consumer.close()
        records.append(count)

    def read_again(self, count, seed, wrong):
        chance = random.Random(seed)
        seen = dict(self.reader.seen)
        first, last = min(seen), max(seen)
        consumer = self.consumer()
        consumer.poll(30)
        offset = first
        for _ in range(count):
            choice = chance.randrange(10)
            if choice >= 6:
                offset = chance.randint(first, last)
            elif choice >= 3:
                offset = min(offset + 1, last)
            consumer.seek(TopicPartition(self.topic, 0, offset))
            problem = self.compare(seen, offset, consumer.poll(30))
            if problem is not None:
                wrong.append(problem)
        consumer.close()

    def compare(self, seen, asked, message):
        if message is None:
            return f"no answer at {asked} in 30 s"
        if message.error() is not None:
            return f"at {asked}: {message.error()}"
        right = seen.get(message.offset())
        if message.offset() < asked or right is None:
            return f"asked {asked} and got {message.offset()}"
        if (message.key(), message.value()) != right:
            return f"another record at {message.offset()}"
        passed = [offset for offset in range(asked, message.offset()) if offset in seen]
        return f"asked {asked}, got {message.offset()} and passed {passed} by" if passed else None

    def close(self):
        self.elector.close()
        self.reader.close()


class Handler(BaseHTTPRequestHandler):
    program = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        url = urlparse(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            handle = {
                "/put": self.program.put,
                "/delete": self.program.delete,
                "/reach": self.program.reach,
                "/state": self.program.state,
                "/leader": self.program.leader,
                "/scan": self.program.scan,
                "/reread": self.program.reread,
            }[url.path]
            status, answer = 200, json.dumps(handle(query, body))
        except Exception as error:  # The asker is told, whatever it is.
            status, answer = 500, repr(error)
        encoded = answer.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *_arguments):
        pass


def main():
    bootstrap, topic, group, session_ms, timeout_ms = sys.argv[1:6]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    started = time.monotonic()
    topic_settings = dict(setting.split("=", 1) for setting in sys.argv[6:])
    Handler.program = Program(
        bootstrap, topic, group, int(session_ms), int(timeout_ms), topic_settings, server.server_port
    )
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready after {time.monotonic() - started:.1f} s", flush=True)
    print(f"listening http://127.0.0.1:{server.server_port}", flush=True)
    stopped.wait()
    Handler.program.close()


if __name__ == "__main__":
    main()
