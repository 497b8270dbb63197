"""Karapace's election: a member of a group of protocol type `sr`, protocol `v0`, spoken with aiokafka's messages as they are. The
assignment is JSON, the same for all members, and names the one that writes."""

import asyncio
import json
import threading

import aiokafka.errors as errors
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest

HEARTBEAT_S = 3.0
REBALANCE_TIMEOUT_MS = 30_000
RETRY_BACKOFF_S = 0.1
FORGOTTEN = (errors.UnknownMemberIdError, errors.IllegalGenerationError)
MOVED = (errors.GroupCoordinatorNotAvailableError, errors.NotCoordinatorForGroupError)


class Elector:
    def __init__(self, bootstrap, group, port, session_ms):
        self.bootstrap = bootstrap
        self.group = group
        self.session_ms = session_ms
        self.heartbeat_s = min(HEARTBEAT_S, session_ms / 3000)
        self.identity = {
            "version": 2,
            "karapace_version": "5",
            "host": "127.0.0.1",
            "port": port,
            "scheme": "http",
            "master_eligibility": True,
        }
        self.changed = threading.Condition()
        self.member_id = ""
        self.generation = -1
        self.assignments = 0
        self.assignment = None
        self.problem = None
        self.client = None
        self.coordinator = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),), daemon=True)

    def start(self):
        self.stopping = asyncio.Event()
        self.thread.start()

    async def serve(self):
        self.client = AIOKafkaClient(
            bootstrap_servers=self.bootstrap, client_id="sr-1", metadata_max_age_ms=60000, request_timeout_ms=30000
        )
        await self.client.bootstrap()
        while not self.stopping.is_set():
            try:
                await self.find_coordinator()
                if self.assignment is None:
                    await self.rejoin()
                else:
                    await self.beat()
            except (errors.KafkaError, OSError) as error:
                self.problem = repr(error)
                self.coordinator = None
                await asyncio.sleep(RETRY_BACKOFF_S)
        if self.member_id != "" and self.coordinator is not None:
            await self.send(LeaveGroupRequest[1](self.group, self.member_id))
        await self.client.close()

    async def find_coordinator(self):
        while self.coordinator is None:
            found = await self.client.coordinator_lookup(CoordinationType.GROUP, self.group)
            if await self.client.ready(found, group=ConnectionGroup.COORDINATION):
                self.coordinator = found
            else:
                await asyncio.sleep(RETRY_BACKOFF_S)

    async def send(self, request):
        return await self.client.send(self.coordinator, request, group=ConnectionGroup.COORDINATION)

    async def rejoin(self):
        await self.client.force_metadata_update()
        metadata = json.dumps(self.identity, separators=(",", ":")).encode()
        answer = await self.join_once(metadata)
        # KIP-394: a member without an id is given one, and joins with it.
        if errors.for_code(answer.error_code) is errors.MemberIdRequired:
            self.member_id = answer.member_id
            answer = await self.join_once(metadata)
        # aiokafka knows this one in answers to JoinGroup alone.
        if not self.accepts(answer.error_code, errors.GroupLoadInProgressError):
            return
        self.member_id = answer.member_id
        generation = answer.generation_id
        shares = self.assign(answer) if answer.leader_id == answer.member_id else []
        synced = await self.send(SyncGroupRequest[2](self.group, generation, self.member_id, None, shares))
        if not self.accepts(synced.error_code):
            return
        with self.changed:
            self.generation = generation
            self.assignment = json.loads(synced.member_assignment)
            self.assignments += 1
            self.changed.notify_all()

    async def join_once(self, metadata):
        return await self.send(
            JoinGroupRequest[3](
                self.group, self.session_ms, REBALANCE_TIMEOUT_MS, self.member_id, None, "sr", [("v0", metadata)]
            )
        )

    def assign(self, joined):
        """The eligible member of the lowest URL writes."""
        if joined.group_protocol != "v0":
            raise RuntimeError(f"another protocol was chosen: {joined.group_protocol}")
        known = {}
        for member_id, _instance, metadata in joined.members:
            identity = json.loads(metadata)
            if identity["master_eligibility"] is True:
                known[f"{identity['scheme']}://{identity['host']}:{identity['port']}"] = (member_id, identity)
        master, identity = known[min(known)]
        kept = {name: identity[name] for name in ("version", "host", "port", "scheme", "master_eligibility")}
        share = json.dumps({"master": master, "master_identity": kept, "error": 0}, separators=(",", ":")).encode()
        return [(member_id, share) for member_id, _instance, _metadata in joined.members]

    async def beat(self):
        try:
            await asyncio.wait_for(self.stopping.wait(), self.heartbeat_s)
            return
        except asyncio.TimeoutError:
            pass
        answer = await self.send(HeartbeatRequest[1](self.group, self.generation, self.member_id))
        self.accepts(answer.error_code)

    def accepts(self, code, *retried):
        """Whether the group goes on; else what is known of it is dropped as the error says."""
        error = errors.for_code(code)
        if error is errors.NoError:
            return True
        self.problem = repr(error())
        if error in FORGOTTEN:
            self.member_id = ""
        elif error in MOVED:
            self.coordinator = None
        elif error not in (errors.RebalanceInProgressError, *retried):
            raise error()
        with self.changed:
            self.assignment = None
        return False

    def is_master(self):
        with self.changed:
            return self.assignment is not None and self.assignment["master"] == self.member_id

    def leader(self, after, wait_s):
        with self.changed:
            self.changed.wait_for(lambda: self.assignments > after and self.assignment is not None, timeout=wait_s)
            return {
                "member": self.member_id,
                "generation": self.generation,
                "assignments": self.assignments,
                "isMaster": self.assignment is not None and self.assignment["master"] == self.member_id,
                "assignment": self.assignment,
                "problem": self.problem,
            }

    def close(self):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(20)
