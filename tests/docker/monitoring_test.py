"""docker/prometheus and docker/grafana: the rules are sound and fire when they should, every figure they name is one of ours, and
every alert has its page. Needs promtool (package prometheus) for the rules, and the built programs (DUALCAM_BIN)."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

import programs
from programs import ROOT, Program
from rules_cases import CASES

RULES = ROOT / "docker/prometheus/rules.yml"
DASHBOARD = ROOT / "docker/grafana/dashboard.json"
NAME = re.compile(r"\bdualcamd_[a-z_]+")


def alerts():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions():
    return [rule["expr"] for rule in alerts()] + [target["expr"] for panel in panels() for target in panel["targets"]]


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed: package prometheus")
class Rules(unittest.TestCase):
    def promtool(self, *arguments):
        ran = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_files_are_sound(self):
        self.promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
        self.promtool("check", "config", ROOT / "docker/prometheus/prometheus.yml")

    def test_each_fires_in_its_situation_and_in_no_other(self):
        tests = [
            {
                "name": name,
                "interval": "1m",
                "input_series": [{"series": series, "values": values} for series, values in given.items()],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": "2h",
                        "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in firing],
                    }
                ],
            }
            for name, (given, firing) in CASES.items()
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".yml", prefix="dualcam-rules-") as file:
            yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}, file)
            file.flush()
            self.promtool("test", "rules", file.name)

    def test_no_alert_is_without_a_situation(self):
        self.assertEqual({alert for _, firing in CASES.values() for alert in firing}, {rule["alert"] for rule in alerts()})

    def test_queries_of_the_dashboard_can_be_parsed(self):
        groups = [{"name": "dashboard", "rules": [
            {"record": f"panel_{number}", "expr": text.replace("$__rate_interval", "5m").replace("$instance", ".*")}
            for number, text in enumerate(expressions())]}]
        with tempfile.NamedTemporaryFile("w", suffix=".yml", prefix="dualcam-panels-") as file:
            yaml.safe_dump({"groups": groups}, file)
            file.flush()
            self.promtool("check", "rules", "--lint=none", file.name)


class Alerts(unittest.TestCase):
    def test_each_says_what_it_is_and_where_to_read_on(self):
        page = (ROOT / "docs/operations.md").read_text()
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
                self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])
                self.assertEqual(rule["annotations"]["runbook_url"], "docs/operations.md#" + rule["alert"].lower())
                self.assertRegex(page, rf"(?m)^#+ {rule['alert']}$")

    def test_the_page_has_no_alert_that_is_gone(self):
        page = (ROOT / "docs/operations.md").read_text()
        self.assertEqual(set(re.findall(r"(?m)^#+ (Dualcamd\w+)$", page)), {rule["alert"] for rule in alerts()})


class Figures(unittest.TestCase):
    """Names and labels of what a real server tells, after a fleet has called."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="dualcam-figures-") as folder:
            loopback = "127.0.0.1:0"
            server = Program("dualcamd", ["serve", "--data-dir", f"{folder}/data", "--dualcam-listen", loopback, "--avl-listen", loopback,
                                          "--http-listen", loopback, "--relay", programs.relay_file(folder)], folder)
            fleet = None
            try:
                at = server.ready()
                fleet = Program("dualcam", ["sim", "--server", at["dualcam"], "--avl", at["avl"], "--drive", 1, "--photos", 1, "--videos", 0,
                                            "--api", f"http://{at['http']}", "--quiet"], folder)
                if fleet.wait() != 0:
                    raise AssertionError(fleet.log())
                cls.live = programs.metrics(at["http"])
            finally:
                for each in (fleet, server):
                    if each is not None:
                        each.kill()
        cls.names = {re.sub(r"\{.*", "", series) for series in cls.live}
        # What is told only after it has happened (a refusal, say) is known by the place that registers it.
        sources = "".join(path.read_text() for folder in ("server", "storage", "transcode") for path in (ROOT / folder).rglob("*.cpp"))
        cls.registered = set(re.findall(r'"(dualcamd_[a-z_]+)"', sources))

    def known(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        return name in self.names or name in self.registered or base in self.registered

    def test_every_figure_named_is_there(self):
        for text in expressions():
            names = NAME.findall(text)
            for name in names:
                self.assertTrue(self.known(name), f"{name} of {text} is told by no server")

    def test_labels_named_are_there(self):
        for text in expressions():
            for name, conditions in re.findall(r"(dualcamd_[a-z_]+)\{([^}]*)\}", text):
                told = [series for series in self.live if series.startswith(name + "{")]
                labels = {label for series in told for label in re.findall(r'(\w+)="', series)} | {"instance", "job"}
                for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", conditions):
                    if told:
                        self.assertIn(label, labels, text)


class Dashboard(unittest.TestCase):
    def test_panels_have_a_title_a_source_and_do_not_overlap(self):
        taken = set()
        for panel in panels():
            place = panel["gridPos"]
            self.assertTrue(panel["title"])
            self.assertEqual(panel["datasource"]["uid"], "prometheus")
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_the_source_is_provisioned(self):
        sources = yaml.safe_load((ROOT / "docker/grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
        self.assertEqual([each["uid"] for each in sources], ["prometheus"])


if __name__ == "__main__":
    unittest.main()
