"""Three engines of one group, each with a state folder of its own, and what can be done to them."""

import shutil
import signal
import urllib.request

from harness import SHOP, Engine
from schedule import SESSION_SECONDS


class Fleet:
    def __init__(self, topics, folder, memberships, options=()):
        self.topics, self.folder = topics, folder
        self.memberships, self.options = memberships, options
        self.engines = [None] * len(memberships)
        self.ended_alone, self.struck = [], set()
        for number in range(len(memberships)):
            self.start(number)

    def start(self, number):
        self.engines[number] = Engine(
            SHOP, self.folder / f"engine-{number}", *self.topics.options(), "--clock", "event",
            "--workers", "1", "--membership", self.memberships[number],
            "--kafka", f"consumer.session.timeout.ms={SESSION_SECONDS * 1000}",
            "--kafka", "consumer.heartbeat.interval.ms=1000", *self.options, memory="64M")

    def strike(self, fault):
        self.look_after(fault.target)
        self.struck.add(fault.target)
        engine = self.engines[fault.target]
        if fault.action.startswith("pause"):
            engine.process.send_signal(signal.SIGSTOP)
        elif fault.action == "stop":
            engine.process.send_signal(signal.SIGTERM)
        else:
            engine.close()
            if fault.action == "kill-wipe":
                # It may not even have come to making it.
                shutil.rmtree(self.folder / f"engine-{fault.target}", ignore_errors=True)

    def mend(self, fault):
        """False if that can't be done yet."""
        engine = self.engines[fault.target]
        if fault.action.startswith("pause"):
            engine.process.send_signal(signal.SIGCONT)
        else:
            if fault.action == "stop":
                code = engine.process.poll()
                if code is None:
                    return False
                engine.close()
                # -SIGTERM: it had not yet come to handling signals.
                if code not in (0, -signal.SIGTERM):
                    self.ended_alone.append((code, engine.tail()))
            self.start(fault.target)
        self.struck.remove(fault.target)
        return True

    def look_after(self, number):
        """What a service manager does when a process has ended: notes it, and starts it again."""
        engine = self.engines[number]
        code = engine.process.poll()
        if code is None or number in self.struck:
            return
        self.ended_alone.append((code, engine.tail()))
        engine.close()
        self.start(number)

    def customer(self, customer_id):
        """What the engine that holds the customer says of it."""
        for engine in self.engines:
            try:
                with urllib.request.urlopen(f"{engine.url()}/v1/customers/{customer_id}",
                                            timeout=10) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                if error.code not in (404, 503):
                    raise
        return None

    def stop(self):
        for engine in self.engines:
            code, _ = engine.stop()
            if code != 0:
                self.ended_alone.append((code, engine.tail()))

    def close(self):
        for engine in self.engines:
            if engine is not None:
                engine.close()
