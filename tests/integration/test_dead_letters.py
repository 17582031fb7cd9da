"""What cannot be read goes to the dead-letter topic with its reason and its place, and the engine
goes on."""

import json

from harness import EngineTest, Topics, now_ms, read_topic, rfc3339, track

WORKSPACE = """
campaign: greet
channel: popup
when: {event: Greeted}
message: {title: "Hello, {{ event.properties.name }}"}
"""
CLOUD_EVENT = {"content-type": "application/cloudevents+json"}


class DeadLetters(EngineTest):
    def test_each_unreadable_record_is_kept_with_its_reason_and_place(self):
        topics = Topics("dead-letters", partitions=1)
        start = now_ms()
        without_user = track("Greeted", "x", start)
        del without_user["userId"]
        good = {"specversion": "1.0", "id": "ce-1", "source": "/shop", "type": "com.example.track",
                "time": rfc3339(start), "data": track("Greeted", "b", start, name="Budi")}
        no_source = {name: value for name, value in good.items() if name != "source"}
        records = [
            {"key": "a", "value": json.dumps(track("Greeted", "a", start, name="Ani"))},
            {"key": "x", "value": "{not JSON", "headers": {"trace": "t-1"}},
            {"key": "x", "value_bytes": 5000},
            {"key": "x", "value": json.dumps(without_user)},
            {"key": "x", "value": json.dumps(no_source), "headers": CLOUD_EVENT},
            {"key": "x", "value": "<xml/>", "headers": {"content-type": "application/xml"}},
            {"key": "x", "hex": "ff00ff", "headers": {"content-type": "application/protobuf"}},
            {"key": "b", "value": json.dumps(good), "headers": CLOUD_EVENT},
        ]
        topics.produce(records)
        engine = self.start(self.workspace(WORKSPACE), *topics.options(),
                            "--max-record-bytes", "2048")
        topics.wait_until_processed([engine])
        self.stop(engine)

        self.assertEqual([t["content"]["title"] for t in topics.triggers()],
                         ["Hello, Ani", "Hello, Budi"])
        dead = read_topic(topics.dead_letters, "--hex")
        self.assertEqual([int(d["headers"]["sapa-offset"]) for d in dead], [1, 2, 3, 4, 5, 6])
        self.assertEqual([d["headers"]["sapa-code"] for d in dead],
                         ["invalid_json", "too_large", "missing_field", "invalid_cloudevent",
                          "unknown_content_type", "invalid_protobuf"])
        for record, letter in zip(records[1:7], dead):
            headers = letter["headers"]
            self.assertTrue(headers["sapa-reason"])
            self.assertEqual(headers["sapa-topic"], topics.input)
            self.assertEqual(headers["sapa-partition"], "0")
            self.assertGreaterEqual(headers["sapa-time"], rfc3339(start))
            self.assertEqual(letter["key"], "x")
            # The record itself is kept as it came, with its own headers.
            for name, value in record.get("headers", {}).items():
                self.assertEqual(headers[name], value)
        self.assertEqual(bytes.fromhex(dead[0]["value"]), b"{not JSON")
        self.assertEqual(bytes.fromhex(dead[1]["value"]), b" " * 5000)
        self.assertEqual(dead[5]["value"], "ff00ff")
