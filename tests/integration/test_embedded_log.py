"""The engine without Kafka: events by HTTP, triggers by HTTP, and kill -9 in between."""

import base64
import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from harness import EngineTest, now_ms, rfc3339, run, track, wait_until

WORKSPACE = """
metrics:
  orders: {count: Order Completed}
---
campaign: thanks
channel: push
when: {event: Order Completed}
message:
  title: "Thank you, {{ customer.?first_name.orValue('friend') }}"
  body: "{{ event.properties.order_id }}"
  data: {number: "{{ metrics.orders }}"}
"""
KEY = "key-of-the-shop"


class Client:
    def __init__(self, url, key=KEY):
        self.url = url
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def request(self, method, path, body=None, seconds=30):
        """(status, text); an error of the connection is raised."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def get(self, path):
        status, text = self.request("GET", path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {text}")
        return text

    def post(self, path, body):
        status, text = self.request("POST", path, body)
        if status != 200:
            raise AssertionError(f"POST {path}: {status} {text}")

    def all_triggers(self):
        """Page by page, from the first."""
        found, after = [], 0
        while True:
            page = json.loads(self.get(f"/v1/triggers?after={after}"))
            if not page["triggers"]:
                return found
            found += page["triggers"]
            after = page["next"]


def order(user, number):
    return {"userId": user, "event": "Order Completed", "timestamp": rfc3339(now_ms()),
            "messageId": f"{user}-{number}", "properties": {"order_id": f"o-{user}-{number}"}}


class EmbeddedLogTest(EngineTest):
    """For tests of an engine on the embedded log, which is spoken to by HTTP."""

    RULES = ""

    def setUp(self):
        super().setUp()
        self.rules = self.workspace(self.RULES)

    def engine(self, *options):
        engine = self.start(self.rules, "--write-key", KEY, *options)
        client = Client(engine.url())
        wait_until(lambda: client.request("GET", "/readyz")[0] == 200, 20, "the engine is ready",
                   0.05, engine.tail)
        return engine, client


class EmbeddedLog(EmbeddedLogTest):
    RULES = WORKSPACE

    def test_events_by_http_become_triggers_by_http(self):
        engine, client = self.engine()
        client.post("/v1/identify", {"userId": "ani", "traits": {"first_name": "Ani"}})
        client.post("/v1/track", order("ani", 1))
        client.post("/v1/batch", {"batch": [{"type": "track", **order("ani", 2)},
                                            {"type": "track", **order("budi", 1)}]})
        found = wait_until(lambda: len(client.all_triggers()) >= 3 and client.all_triggers(), 10,
                           "the triggers come", 0.02, engine.tail)
        self.assertEqual(sorted((t["trigger"]["content"]["title"], t["trigger"]["content"]["body"])
                                for t in found),
                         [("Thank you, Ani", "o-ani-1"), ("Thank you, Ani", "o-ani-2"),
                          ("Thank you, friend", "o-budi-1")])
        customer = json.loads(client.get("/v1/customers/ani"))
        self.assertEqual(customer["metrics"]["orders"], 2)
        self.assertEqual(customer["traits"]["first_name"], "Ani")
        self.assertEqual(client.request("GET", "/v1/customers/nobody")[0], 404)
        self.assertEqual(client.get("/healthz").strip(), "ok")
        # Counters are handed over every second or so.
        wait_until(lambda: 'sapa_triggers_total{campaign="thanks",channel="push"} 3'
                   in client.get("/metrics"), 5, "the triggers are counted",
                   explain=lambda: client.get("/metrics"))
        inspected = run("inspect", "customer", "ani", "--url", client.url)
        self.assertEqual(inspected.returncode, 0, inspected.stderr)
        self.assertIn("orders: 2", inspected.stdout)
        self.stop(engine)

    def test_a_long_poll_answers_when_the_trigger_comes(self):
        engine, client = self.engine()
        start = time.monotonic()
        self.assertEqual(json.loads(client.get("/v1/triggers?after=0&wait=500ms"))["triggers"], [])
        self.assertGreaterEqual(time.monotonic() - start, 0.4)
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(json.loads(client.get("/v1/triggers?after=0&wait=20s"))))
        waiting.start()
        time.sleep(0.5)
        self.assertEqual(answers, [])
        start = time.monotonic()
        client.post("/v1/track", order("ani", 1))
        waiting.join(15)
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(len(answers[0]["triggers"]), 1)
        self.stop(engine)

    def test_server_sent_events_come_as_triggers_do_and_go_on_after_a_break(self):
        engine, client = self.engine()
        client.post("/v1/track", order("ani", 1))
        wait_until(client.all_triggers, 10, "the trigger comes", 0.02, engine.tail)

        def read_one(last_id):
            address = urlsplit(client.url)
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
            connection.request("GET", "/v1/triggers", headers={
                **client.headers, "Accept": "text/event-stream", "Last-Event-ID": last_id})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
            fields = {}
            while not (fields.get("data") and fields.get("id")):
                name, _, value = answer.readline().decode().rstrip("\n").partition(": ")
                fields[name] = value
            connection.close()
            return fields["id"], json.loads(fields["data"])["content"]["body"]

        first, body = read_one("0")
        self.assertEqual(body, "o-ani-1")
        client.post("/v1/track", order("ani", 2))
        self.assertEqual(read_one(first)[1], "o-ani-2")
        self.stop(engine)

    def test_what_is_wrong_with_a_request_is_said(self):
        engine, client = self.engine()
        stranger = Client(client.url, "another-key")
        self.assertEqual(stranger.request("POST", "/v1/track", order("ani", 1))[0], 401)
        status, text = client.request("POST", "/v1/track", {"event": "Order Completed"})
        self.assertEqual(status, 400)
        self.assertIn("userId", text)
        self.assertEqual(client.request("GET", "/v1/nothing")[0], 404)
        self.assertEqual(client.request("GET", "/v1/track")[0], 405)
        self.assertEqual(client.all_triggers(), [])
        self.stop(engine)

    def test_kill_9_loses_no_acknowledged_event_and_repeats_no_trigger(self):
        chance = random.Random(7)
        sent, acknowledged, last = 0, set(), None
        for kill in range(4):
            engine, client = self.engine()
            if kill > 0:
                # Sent, but never answered: it may be there or not. Sending it again is what a
                # client does then, and its messageId makes it count once.
                client.post("/v1/track", last)
                acknowledged.add(last["properties"]["order_id"])
            deadline = time.monotonic() + chance.uniform(0.3, 1.2)
            killer = threading.Timer(deadline - time.monotonic(), engine.kill)
            killer.start()
            try:
                while True:
                    sent += 1
                    last = order(f"c{sent % 7}", sent)
                    client.post("/v1/track", last)
                    acknowledged.add(last["properties"]["order_id"])
            except (OSError, http.client.HTTPException):
                killer.join()
        self.assertGreater(len(acknowledged), 20)
        engine, client = self.engine()
        client.post("/v1/track", last)
        acknowledged.add(last["properties"]["order_id"])

        def all_out():
            bodies = {t["trigger"]["content"]["body"] for t in client.all_triggers()}
            return acknowledged <= bodies
        wait_until(all_out, 20, "every acknowledged event has its trigger", 0.2, engine.tail)
        triggers = [t["trigger"] for t in client.all_triggers()]
        self.assert_no_repeats(triggers)
        bodies = [trigger["content"]["body"] for trigger in triggers]
        self.assertEqual(len(bodies), len(set(bodies)), "an event was worked on twice")
        self.assertEqual(set(bodies), acknowledged)
        counted = sum(json.loads(client.get(f"/v1/customers/c{i}"))["metrics"]["orders"]
                      for i in range(7))
        self.assertEqual(counted, len(acknowledged))
        self.stop(engine)
        folder = run("inspect", "customer", "c1", "--state-dir", self.folder / "state",
                     "--workspace", self.rules, "--json")
        self.assertEqual(folder.returncode, 0, folder.stderr)
        self.assertGreater(json.loads(folder.stdout)["metrics"]["orders"], 0)
