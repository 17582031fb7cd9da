"""What the program says and how it ends: usage, exit codes, options from three places."""

import json
import re
import subprocess
from xml.etree import ElementTree

from harness import SHOP, WORKSPACES, EngineTest, Topics, bootstrap_servers, environment, run, sapa

COMMANDS = (["run"], ["check"], ["test"], ["backtest"], ["expr"], ["inspect"], ["inspect", "customer"],
            ["publish"], ["demo"])


class CommandLine(EngineTest):
    def test_every_command_has_help_with_an_example(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertRegex(run("--version").stdout, r"\d+\.\d+\.\d+")
        for command in COMMANDS:
            with self.subTest(command=" ".join(command)):
                done = run(*command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stdout, r"Examples?:")
                self.assertIn("sapa " + " ".join(command), done.stdout)

    def test_wrong_usage_is_said_and_ends_with_2(self):
        wrong = (["--nonsense"], [], ["nonsense"], ["run", "--nonsense"],
                 ["run", "--delivery", "sometimes"], ["run"], ["run", "--workspace", SHOP],
                 ["backtest"], ["check"], ["test"], ["publish", "x.ndjson"], ["inspect"],
                 ["backtest", "-w", SHOP, "-e", "x", "--memory", "much"])
        for arguments in wrong:
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("sapa", done.stderr)
                self.assertIn("Usage:", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_check_points_at_every_error(self):
        folder = self.workspace(
            "metrics:\n"
            "  orders: {count: Order Completed}\n"
            "---\n"
            "campaign: one\n"
            "channel: popup\n"
            "when: {event: Order Completed, if: metrics.order > 1}\n"
            "message: {title: Hi}\n"
            "---\n"
            "campaign: two\n"
            "chanel: popup\n"
            "when: {event: Order Completed}\n"
            "message: {title: Hi}\n")
        done = run("check", folder)
        self.assertEqual(done.returncode, 1)
        said = done.stdout + done.stderr
        places = re.findall(r"workspace\.yaml:(\d+):(\d+): error: ", said)
        self.assertIn(("6", "44"), places, said)
        self.assertIn(("10", "1"), places, said)
        self.assertIn("`orders`", said)

    def test_check_accepts_the_example_workspaces(self):
        for folder in sorted(path for path in WORKSPACES.iterdir() if path.is_dir()):
            with self.subTest(workspace=folder.name):
                done = run("check", folder)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("byte", done.stdout.lower())
        self.assertNotEqual(run("check", self.folder / "nowhere").returncode, 0)

    def test_check_against_tells_what_becomes_of_the_kept_state(self):
        before = self.workspace(
            "metrics:\n"
            "  orders: {count: Order Completed}\n"
            "  spend: {sum: event.properties.total, of: Order Completed, over: 30d}\n"
            "  old: {count: Page Viewed}\n"
            "---\n"
            "campaign: thanks\n"
            "channel: popup\n"
            "when: {event: Order Completed, if: metrics.orders >= 2}\n"
            "message: {title: Thanks}\n"
            "---\n"
            "campaign: rich\n"
            "channel: push\n"
            "when: {event: Order Completed, if: metrics.spend > 100.0}\n"
            "message: {title: \"{{ metrics.old }}\"}\n")
        after = self.workspace(
            "metrics:\n"
            "  orders: {count: Order Completed}\n"
            "  spend: {sum: event.properties.total, of: Order Completed, over: 7d}\n"
            "  views: {count: Page Viewed, over: 1h}\n"
            "---\n"
            "campaign: rich\n"
            "channel: push\n"
            "when: {event: Order Completed, if: metrics.spend > 100.0}\n"
            "message: {title: \"{{ metrics.views }}\"}\n"
            "---\n"
            "campaign: thanks\n"
            "channel: popup\n"
            "when: {event: Order Completed, if: metrics.orders >= 2}\n"
            "message: {title: Thank you}\n"
            "---\n"
            "campaign: fresh\n"
            "channel: popup\n"
            "when: {event: Page Viewed}\n"
            "message: {title: Hi}\n")
        done = run("check", after, "--against", before, "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        changes = json.loads(done.stdout)["changes"]
        outcomes = {(d["kind"], d["name"]): d["outcome"] for d in changes["definitions"]}
        self.assertEqual({key: outcomes.get(key) for key in [
            ("metric", "orders"), ("metric", "spend"), ("metric", "old"), ("metric", "views"),
            ("campaign", "thanks"), ("campaign", "rich"), ("campaign", "fresh")]}, {
            ("metric", "orders"): "kept", ("metric", "spend"): "reset",
            ("metric", "old"): "removed", ("metric", "views"): "added",
            ("campaign", "thanks"): "kept", ("campaign", "rich"): "kept",
            ("campaign", "fresh"): "added"})
        self.assertEqual(changes["summary"]["metrics"],
                         {"kept": 1, "added": 1, "removed": 1, "reset": 1})
        spend = next(d for d in changes["definitions"] if d["name"] == "spend")
        self.assertEqual(spend["line"], 3)
        self.assertTrue(spend["why"], spend)

        told = run("check", after, "--against", before).stdout
        self.assertRegex(told, r"reset\s+metric spend\s+\S")
        self.assertRegex(told, r"removed\s+metric old")
        self.assertRegex(told, r"added\s+campaign fresh")
        self.assertIn("nothing is different", run("check", after, "--against", after).stdout)

    def test_check_against_something_that_cannot_be_read_is_wrong_usage(self):
        good = self.workspace("campaign: a\nchannel: popup\nwhen: {event: A}\nmessage: {title: t}\n")
        broken = self.workspace("campaign: a\nchannel: nowhere\nwhen: {event: A}\n")
        for other in (broken, self.folder / "nowhere"):
            done = run("check", good, "--against", other)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn(str(other), done.stdout + done.stderr)
        done = run("check", broken, "--against", good)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("nowhere", done.stdout + done.stderr)

    def test_test_passes_on_the_example_workspaces(self):
        for folder in sorted(path for path in WORKSPACES.iterdir() if path.is_dir()):
            with self.subTest(workspace=folder.name):
                done = run("test", folder, "--json")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertGreaterEqual(json.loads(done.stdout)["passed"], 3)

    def test_test_tells_what_differs_and_writes_a_report(self):
        folder = self.workspace(
            "policy: {timezone: Asia/Jakarta}\n"
            "---\n"
            "campaign: cart\n"
            "channel: push\n"
            "when: {event: Product Added, without: Order Completed, within: 30m}\n"
            "message: {title: Keranjang}\n")
        self.assertEqual(run("test", folder).returncode, 2)
        (folder / "tests" / "more").mkdir(parents=True)
        scenario = ("scenarios:\n"
                    "- name: Reminds\n"
                    "  steps:\n"
                    "  - {at: '10:00', user: u1, track: Product Added}\n"
                    "  - {clock: '11:00'}\n"
                    "  triggers: [{campaign: cart, user: u1, at: '10:30', title: Keranjang}]\n")
        (folder / "tests" / "good.yaml").write_text(scenario)
        (folder / "tests" / "more" / "bad.yaml").write_text(
            scenario.replace("title: Keranjang", "title: Troli"))
        self.assertEqual(run("check", folder).returncode, 0)
        report = self.folder / "report.xml"
        done = run("test", folder, "--junit", report)
        self.assertEqual(done.returncode, 1)
        self.assertIn("title: expected `Troli`, came out `Keranjang`", done.stdout)
        self.assertIn("2 scenarios in 2 files: 1 passed, 1 failed", done.stdout)
        suites = ElementTree.parse(report).getroot()
        self.assertEqual((suites.get("tests"), suites.get("failures"), suites.get("errors")),
                         ("2", "1", "0"))
        one = run("test", folder / "tests" / "good.yaml", "--verbose")
        self.assertEqual(one.returncode, 0)
        self.assertIn("ok    Reminds", one.stdout)
        (folder / "tests" / "good.yaml").write_text(scenario.replace("campaign: cart", "campaign: cat"))
        broken = run("test", folder)
        self.assertEqual(broken.returncode, 1)
        self.assertRegex(broken.stdout, r"tests/good\.yaml:6:25: error: .*did you mean `cart`")
        self.assertEqual(run("test", folder, "--filter", "Nobody").returncode, 1)
        self.assertEqual(run("test", self.folder / "nowhere").returncode, 2)

    def test_expr_answers_each_line_in_order(self):
        lines = ['{"expr": "x + 1", "vars": {"x": 41}}', "not JSON", '{"expr": "1 / 0"}',
                 '{"expr": "nobody"}', "",
                 '{"expr": "[1, 2, 3].filter(n, n > 1).map(n, n * 2)"}',
                 '{"expr": "\'caf\\u00e9\'.size()"}']
        done = run("expr", input="\n".join(lines) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(lines))
        self.assertEqual(answers[0], {"value": 42})
        for failed in (1, 2, 3, 4):
            self.assertEqual(list(answers[failed]), ["error"])
        self.assertEqual(answers[5], {"value": [4, 6]})
        self.assertEqual(answers[6], {"value": 4})
        typed = run("expr", "--typed", input='{"expr": "1 + 1"}\n')
        self.assertEqual(json.loads(typed.stdout)["value"], {"int64Value": "2"})

    def test_options_come_from_the_line_then_the_environment_then_the_file(self):
        topics = Topics("options")
        config = self.folder / "sapa.yaml"
        config.write_text(
            f"bootstrap-servers: {bootstrap_servers()}\n"
            f"workspace: {SHOP}\n"
            f"state_dir: {self.folder / 'from-file'}\n"
            f"input: {topics.input}\n"
            f"output: {topics.output}\n"
            f"group: {topics.group}\n"
            "listen: 127.0.0.1:0\n"
            "kafka:\n"
            "  session.timeout.ms: 10000\n", encoding="utf-8")
        # Each place names a state folder; the one that wins is made.
        for winner, options, env in (
                ("from-file", [], {}),
                ("from-env", [], {"SAPA_STATE_DIR": str(self.folder / "from-env")}),
                ("from-line", ["--state-dir", self.folder / "from-line"],
                 {"SAPA_STATE_DIR": str(self.folder / "from-env-2")})):
            with self.subTest(winner=winner):
                before = {path.name for path in self.folder.iterdir()}
                process = subprocess.Popen(
                    [sapa(), "run", "--config", config, *options], stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, env=environment(env))
                try:
                    for line in process.stdout:
                        if "listening on" in line:
                            break
                    process.terminate()
                    rest = process.stdout.read()
                    self.assertEqual(process.wait(10), 0, rest)
                finally:
                    process.kill()
                    process.stdout.close()
                made = {path.name for path in self.folder.iterdir()} - before
                self.assertEqual(made, {winner})

    def test_an_unknown_option_in_the_file_is_refused_with_its_place(self):
        config = self.folder / "sapa.yaml"
        for text, place, what in ((f"workspace: {SHOP}\nstat-dir: x\n", "2:1", "stat-dir"),
                                  (f"workspace: {SHOP}\nstate-dir: x\nclock: moon\n", "3:1", "moon")):
            config.write_text(text, encoding="utf-8")
            done = run("run", "--config", config)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"sapa.yaml:{place}:", done.stderr)
            self.assertIn(what, done.stderr)
        missing = run("run", "--config", self.folder / "none.yaml")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("none.yaml", missing.stderr)

    def test_an_unknown_option_of_librdkafka_is_refused_by_its_name(self):
        done = run("run", "--workspace", SHOP, "--state-dir", self.folder / "state",
                   "--bootstrap-servers", bootstrap_servers(), "--kafka", "sesion.timeout.ms=1")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("sesion.timeout.ms", done.stderr)

    def test_a_workspace_with_errors_stops_run_and_backtest(self):
        broken = self.workspace("campaign: x\nchannel: popup\n")
        for command in (["run", "--state-dir", self.folder / "state"], ["backtest", "-e", "none"]):
            done = run(*command, "--workspace", broken)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("workspace.yaml:", done.stderr)
