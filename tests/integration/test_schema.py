"""The JSON Schema of the workspace's files says what the loader says: it takes every example, refuses
what the loader refuses, and knows exactly the keys that the loader knows, at every place."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAPA = os.environ.get("SAPA_BIN", str(ROOT / "build" / "sapa"))
SCHEMA = json.loads((ROOT / "deploy/workspaces/sapa.schema.json").read_text())
CHECKER = jsonschema.Draft7Validator(SCHEMA)

# A mapping of each kind, as far as it must be there: where it stands in the schema, and a document
# in which further keys can be put at {}.
PLACES = {
    "file": "lifecycle: {{first: 'true'}}\n{}",
    "policy": "policy:\n  locale: en\n  {}",
    "cap_of_channels": "policy:\n  caps:\n    limit: 1 per 1h\n    {}",
    "policy/properties/deduplicate": "policy:\n  deduplicate:\n    within: 1h\n    {}",
    "metric": "metrics:\n  m:\n    over: 1h\n    {}",
    "segment": "segments:\n  s:\n    enter: 'true'\n    {}",
    "campaign": "campaign: c\nchannel: push\n{}",
    "when_event": "campaign: c\nwhen:\n  event: A\n  {}",
    "when_sequence": "campaign: c\nwhen:\n  sequence: [A, B]\n  {}",
    "when_nothing": "campaign: c\nwhen:\n  nothing: A\n  {}",
    "when_reaches": "campaign: c\nwhen:\n  reaches: m\n  {}",
    "when_enters": "campaign: c\nwhen:\n  enters: s\n  {}",
    "when_leaves": "campaign: c\nwhen:\n  leaves: s\n  {}",
    "step": "campaign: c\nwhen:\n  sequence:\n  - event: A\n    {}\n  - B",
    "absent_event": "campaign: c\nwhen:\n  event: A\n  without:\n    event: B\n    {}",
    "message": "campaign: c\nmessage:\n  title: t\n  {}",
    "button": "campaign: c\nmessage:\n  buttons:\n  - label: t\n    {}",
}

FORMS = {"event", "sequence", "nothing", "reaches", "enters", "leaves"}

CAMPAIGN = "campaign: c\nchannel: push\nwhen: {event: A}\nmessage: {title: t}\n"


def check(text):
    """What `sapa check` finds in a workspace of this one file."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "file.yaml").write_text(text)
        done = subprocess.run([SAPA, "check", "--json", folder], capture_output=True, text=True)
        return json.loads(done.stdout)["findings"]


def schema_errors(text):
    return [e.message for document in yaml.safe_load_all(text) for e in CHECKER.iter_errors(document)]


def at(path):
    node = SCHEMA["definitions"]
    for part in path.split("/"):
        node = node[part]
    return node


def words_of_the_loader():
    """Every word in quotes in the loader's source: each key that it may know is among them."""
    words = set()
    for source in (ROOT / "engine/workspace").glob("*.cc"):
        words |= set(re.findall(r'"([a-z][a-z_]*)"', source.read_text()))
    return words


def properties_of(node):
    return set(node.get("properties", {}))


class Schema(unittest.TestCase):
    def test_is_a_valid_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_takes_every_example(self):
        files = [
            path
            for kind in ("*.yaml", "*.yml")
            for path in (ROOT / "deploy/workspaces").rglob(kind)
            if path.parent.name != "tests"
        ]
        self.assertGreater(len(files), 8)
        for path in files:
            with self.subTest(path.name):
                self.assertEqual(schema_errors(path.read_text()), [])

    def test_every_mapping_is_among_the_places(self):
        """So that no mapping of the schema goes without the test of its keys."""
        closed = {
            name for name, node in SCHEMA["definitions"].items()
            if node.get("additionalProperties") is False
        }
        self.assertEqual(closed, {place for place in PLACES if "/" not in place})

    def test_knows_exactly_the_keys_that_the_loader_knows(self):
        words = words_of_the_loader() | {"no_such_key"}
        words.discard("null")  # is no text to YAML, and ends the file's reading
        for place, document in PLACES.items():
            tried = words - {line.strip().split(":")[0].strip("- ") for line in document.splitlines()}
            if place == "file":
                tried.discard("campaign")  # which would make it a campaign
            if place.startswith("when_"):
                tried -= FORMS  # which exclude each other, and say so
            indent = re.search(r"^( *)\{\}", document, re.M).group(1)
            lines = ("\n" + indent).join(f"{word}: x" for word in sorted(tried))
            messages = " ".join(f["message"] for f in check(document.format(lines)))
            known = {word for word in tried if f"unknown key `{word}`" not in messages}
            with self.subTest(place):
                self.assertEqual(known, properties_of(at(place)) & tried)
                self.assertLessEqual(
                    properties_of(at(place)) - FORMS, words | {"campaign"}, "a key of no source")

    def test_refuses_what_the_loader_refuses(self):
        for wrong in (
            "metrics: {m: {count: A, sum: x, of: B}}",
            "metrics: {m: {sum: x}}",
            "metrics: {m: {over: 1h}}",
            "metrics: {M: {count: A}}",
            "metrics: {m: {count: A, at_most: 0}}",
            "metrics: {m: {count: [A, A]}}",
            "metrics: {m: {count: A, over: 1h, half_life: 1h}}",
            "events: {A: {x: text}}",
            "events: {any: {x: int}}",
            "segments: {s: {leave: 'true'}}",
            "policy: {caps: 3}",
            "policy: {local: en}",
            "policy: {caps: {limit: 1 per 1h, channels: [pop]}}",
            "lifecycle: [a, b]",
            "campaigns: {campaign: c}",
            CAMPAIGN.replace("push", "pusch"),
            CAMPAIGN.replace("campaign: c", "campaign: My campaign"),
            CAMPAIGN.replace("message: {title: t}", "message: {link: t}"),
            CAMPAIGN.replace("message: {title: t}\n", ""),
            CAMPAIGN.replace("{event: A}", "{event: A, nothing: B, for: 1h}"),
            CAMPAIGN.replace("{event: A}", "{event: A, within: 1h}"),
            CAMPAIGN.replace("{event: A}", "{sequence: [A], within: 1h}"),
            CAMPAIGN.replace("{event: A}", "{sequence: [A, B]}"),
            CAMPAIGN.replace("{event: A}", "{nothing: A}"),
            CAMPAIGN.replace("{event: A}", "{reaches: m}"),
            CAMPAIGN + "limit: twice\n",
            CAMPAIGN + "limit: 1 per month\n",
            CAMPAIGN + "priority: high\n",
            CAMPAIGN + "paused: 3\n",
            CAMPAIGN + "expires: soon\n",
        ):
            with self.subTest(wrong):
                self.assertNotEqual(schema_errors(wrong), [], "the schema takes it")
                self.assertTrue(
                    [f for f in check(wrong) if f["severity"] == "error"], "the loader takes it")


if __name__ == "__main__":
    unittest.main()
