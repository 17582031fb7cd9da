"""A running engine's workspace changes: under load, on the embedded log and on a real broker. What
was read before is decided by the old one, what comes after by the new one; nothing is lost or
repeated; what did not change goes on counting. And campaigns are killed."""

import json
import signal
import threading
import time
import urllib.error
import urllib.request

from harness import EngineTest, Topics, now_ms, track, wait_until

CUSTOMERS = 40


def workspace(generation, window="30d", extra=""):
    """`orders` never changes; `recent` is another metric whenever its window is."""
    return f"""
policy: {{timezone: Asia/Jakarta}}
metrics:
  recent: {{count: Order Completed, over: {window}, at_most: 10000}}
  orders: {{count: Order Completed}}
---
campaign: every-order
channel: push
expires: never
when: {{event: Order Completed}}
message:
  title: "{generation}"
  body: "{{{{ metrics.orders }}}} {{{{ metrics.recent }}}}"
{extra}"""


def ask(url, method, path, body=None, seconds=20):
    data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
    request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"},
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def metrics(url):
    with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
        return answer.read().decode()


class Oracle:
    """What each order's trigger must say, whatever was reloaded meanwhile."""

    def __init__(self):
        self.sent = []  # (message id, customer, generations that may decide it)
        self.lock = threading.Lock()

    def order(self, number, generations):
        customer = f"c{number % CUSTOMERS}"
        with self.lock:
            self.sent.append((f"m{number}", customer, generations))
        return track("Order Completed", customer, now_ms(), f"m{number}")

    def check(self, test, triggers, resets):
        """`resets`: the generations with which `recent` starts anew."""
        test.assert_no_repeats(triggers)
        by_message = {t["sourceMessageId"]: t for t in triggers}
        test.assertEqual(set(by_message), {message for message, _, _ in self.sent})
        versions, latest, orders, recent = {}, {}, {}, {}
        for message, customer, generations in self.sent:
            content = by_message[message]["content"]
            generation = int(content["title"])
            test.assertIn(generation, generations, message)
            before = latest.get(customer, 0)
            test.assertGreaterEqual(generation, before, "a customer went back to an old workspace")
            latest[customer] = generation
            if any(before < reset <= generation for reset in resets):
                recent[customer] = 0
            orders[customer] = orders.get(customer, 0) + 1
            recent[customer] = recent.get(customer, 0) + 1
            test.assertEqual(content["body"], f"{orders[customer]} {recent[customer]}", message)
            versions.setdefault(by_message[message]["campaignVersion"], set()).add(generation)
        test.assertTrue(all(len(of) == 1 for of in versions.values()), versions)
        return set(latest.values())


class OnTheEmbeddedLog(EngineTest):
    def engine(self, folder, *options):
        engine = self.start(folder, *options)
        url = engine.url()
        wait_until(lambda: ask_ready(url), 20, "the engine is ready", 0.05, engine.tail)
        return engine, url

    def triggers(self, url):
        found, after = [], 0
        while True:
            _, page = ask(url, "GET", f"/v1/triggers?after={after}&limit=1000")
            if not page["triggers"]:
                return found
            found += [entry["trigger"] for entry in page["triggers"]]
            after = page["next"]

    def test_reloads_under_load_mix_nothing_up(self):
        folder = self.workspace(workspace(1))
        engine, url = self.engine(folder)
        oracle, newest, stop = Oracle(), [1], threading.Event()

        def load():
            number = 0
            while not stop.is_set():
                batch = []
                for _ in range(25):
                    number += 1
                    # Sent while one takes the other's place: either may decide it.
                    batch.append(oracle.order(number, range(newest[0], 99)))
                self.assertEqual(ask(url, "POST", "/v1/batch", {"batch": batch})[0], 200)
        thread = threading.Thread(target=load)
        thread.start()
        try:
            for generation in range(2, 8):
                time.sleep(0.3)
                window = "7d" if generation >= 5 else "30d"
                (folder / "workspace.yaml").write_text(workspace(generation, window))
                status, answer = ask(url, "POST", "/v1/workspace/reload")
                self.assertEqual((status, answer["outcome"]), (200, "reloaded"), answer)
                self.assertEqual(answer["workers"]["switched"], answer["workers"]["of"])
                reset = answer["changes"]["summary"]["metrics"]["reset"]
                self.assertEqual(reset, 1 if generation == 5 else 0)
                newest[0] = generation  # what is sent from here on is the new one's
            time.sleep(0.3)
        finally:
            stop.set()
            thread.join()
        wait_until(lambda: len(self.triggers(url)) >= len(oracle.sent), 30, "all is worked in", 0.2,
                   engine.tail)
        self.assertGreaterEqual(len(oracle.check(self, self.triggers(url), resets={5})), 1)
        self.stop(engine)

    def test_a_broken_workspace_is_refused_and_the_old_one_stays(self):
        folder = self.workspace(workspace(1))
        engine, url = self.engine(folder)
        _, before = ask(url, "GET", "/v1/workspace")
        broken = workspace(2).replace("metrics.orders", "metrics.order")
        (folder / "workspace.yaml").write_text(broken)
        status, problem = ask(url, "POST", "/v1/workspace/reload")
        self.assertEqual(status, 422)
        self.assertEqual((problem["errors"][0]["file"], problem["errors"][0]["suggestion"]),
                         ("workspace.yaml", "orders"))
        engine.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'sapa_workspace_reloads_total{outcome="refused"} 2' in metrics(url), 5,
                   "the refusals are counted", explain=engine.tail)
        _, after = ask(url, "GET", "/v1/workspace")
        self.assertEqual(after["fingerprint"], before["fingerprint"])
        self.assertEqual(after["lastReload"]["outcome"], "refused")
        self.assertIn("did you mean `orders`", engine.text())
        (folder / "workspace.yaml").write_text(workspace(2))
        engine.process.send_signal(signal.SIGHUP)
        wait_until(lambda: ask(url, "GET", "/v1/workspace")[1]["fingerprint"] !=
                   before["fingerprint"], 5, "SIGHUP reloads", explain=engine.tail)
        in_use = ask(url, "GET", "/v1/workspace")[1]["fingerprint"]
        wait_until(lambda: f'sapa_workspace_info{{version="{in_use}"}} 1' in metrics(url), 5,
                   "the figures name it", explain=engine.tail)
        self.stop(engine)

    def test_changed_files_are_read_when_watched(self):
        folder = self.workspace(workspace(1))
        engine, url = self.engine(folder, "--watch-workspace")
        (folder / "more.yaml").write_text(
            "campaign: another\nchannel: popup\nwhen: {event: A}\nmessage: {title: a}\n")
        wait_until(lambda: len(ask(url, "GET", "/v1/workspace")[1]["campaigns"]) == 2, 5,
                   "the new file is read", explain=engine.tail)
        (folder / "more.yaml").unlink()
        wait_until(lambda: len(ask(url, "GET", "/v1/workspace")[1]["campaigns"]) == 1, 5,
                   "the file that went is noticed", explain=engine.tail)
        self.stop(engine)

    def test_a_killed_campaign_stays_killed_until_it_is_resumed(self):
        folder = self.workspace(workspace(1))
        engine, url = self.engine(folder)

        def order(number):
            self.assertEqual(ask(url, "POST", "/v1/batch", {"batch": [
                track("Order Completed", "ani", now_ms(), f"k{number}")]})[0], 200)
        order(1)
        wait_until(lambda: len(self.triggers(url)) == 1, 10, "the trigger comes", 0.05, engine.tail)
        start = time.monotonic()
        status, answer = ask(url, "POST", "/v1/campaigns/every-order/kill", {"note": "wrong text"})
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual((status, answer["state"], answer["note"]), (200, "killed", "wrong text"))
        order(2)
        (folder / "workspace.yaml").write_text(workspace(2))
        self.assertEqual(ask(url, "POST", "/v1/workspace/reload")[0], 200)
        order(3)
        engine.kill()
        engine, url = self.engine(folder)
        self.assertEqual(ask(url, "GET", "/v1/workspace")[1]["campaigns"][0]["state"], "killed")
        order(4)

        def reasons():
            _, page = ask(url, "GET", "/v1/decisions?after=0&limit=1000")
            return [entry["decision"]["reason"] for entry in page["decisions"]]
        wait_until(lambda: reasons() == ["sent"] + 3 * ["campaign_disabled"], 10,
                   "what was suppressed is told", 0.1, lambda: f"{reasons()}\n{engine.tail()}")
        self.assertEqual(ask(url, "POST", "/v1/campaigns/every-ordr/kill")[0], 404)
        self.assertEqual(ask(url, "POST", "/v1/campaigns/every-order/resume")[1]["state"], "enabled")
        order(5)
        wait_until(lambda: len(self.triggers(url)) == 2, 10, "it goes on", 0.05, engine.tail)
        self.assertEqual(self.triggers(url)[-1]["content"], {"title": "2", "body": "5 5"})
        self.stop(engine)


class OnKafka(EngineTest):
    def test_reloads_and_kill_9_under_load_mix_nothing_up(self):
        folder = self.workspace(workspace(1))
        topics = Topics("reload")
        engine = self.start(folder, *topics.options())
        url = engine.url()
        oracle, newest, stop, number = Oracle(), [1], threading.Event(), [0]

        def send(count):
            events = []
            for _ in range(count):
                number[0] += 1
                events.append(oracle.order(number[0], range(newest[0], 99)))
            topics.send(*events)

        def load():
            while not stop.is_set():
                send(200)
        send(200)
        topics.wait_until_processed([engine])
        thread = threading.Thread(target=load)
        thread.start()
        try:
            for generation in range(2, 6):
                time.sleep(0.5)
                window = "7d" if generation >= 4 else "30d"
                (folder / "workspace.yaml").write_text(workspace(generation, window))
                status, answer = ask(url, "POST", "/v1/workspace/reload")
                self.assertEqual((status, answer["outcome"]), (200, "reloaded"), answer)
                newest[0] = generation
                if generation == 3:
                    engine.kill()
                    engine = self.start(folder, *topics.options())
                    url = engine.url()
                    wait_until(lambda: ask_ready(url), 60, "the engine is back", 0.1, engine.tail)
        finally:
            stop.set()
            thread.join()
        topics.wait_until_processed([engine])
        oracle.check(self, topics.triggers(), resets={4})
        self.stop(engine)

    def test_a_kill_reaches_every_process_of_the_group_within_a_second(self):
        folder = self.workspace(workspace(1))
        topics = Topics("kill")
        engines = [self.start(folder, *topics.options(), state=f"state-{i}") for i in (1, 2)]
        urls = [engine.url() for engine in engines]
        for url, engine in zip(urls, engines):
            wait_until(lambda: ask_ready(url), 60, "the engine is ready", 0.1, engine.tail)

        def states():
            return [ask(url, "GET", "/v1/workspace")[1]["campaigns"][0]["state"] for url in urls]
        start = time.monotonic()
        self.assertEqual(ask(urls[0], "POST", "/v1/campaigns/every-order/kill")[0], 200)
        wait_until(lambda: states() == ["killed", "killed"], 1, "both know", 0.02)
        took = time.monotonic() - start
        # A worker that knows acts by it from its next epoch on.
        time.sleep(max(0.0, start + 1 - time.monotonic()))
        topics.send(*(track("Order Completed", f"c{i}", now_ms()) for i in range(40)))
        topics.wait_until_processed(engines)
        self.assertEqual(topics.triggers(), [])
        self.assertEqual({d["reason"] for d in topics.all_decisions()}, {"campaign_disabled"})
        self.assertLess(took, 1.5)
        for engine in engines:
            self.stop(engine)
        again = self.start(folder, *topics.options(), state="state-3")
        self.assertEqual(ask(again.url(), "GET", "/v1/workspace")[1]["campaigns"][0]["state"],
                         "killed")
        self.stop(again)


def ask_ready(url):
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
