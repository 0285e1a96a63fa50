"""kubernetes/: what its manifests say, above all of what pods may. There is no cluster in this: kinds, fields that must not be
forgotten, and references between the files."""
import os
import subprocess
import unittest

import yaml

import programs
from programs import ROOT

KINDS = {
    "Namespace": "v1", "Secret": "v1", "Service": "v1", "Job": "batch/v1", "StatefulSet": "apps/v1", "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1", "NetworkPolicy": "networking.k8s.io/v1",
}


class OnceOnly(yaml.SafeLoader):
    """A key that stands twice is an error, as it is for kubectl's strict reading."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice in {node.start_mark}"
        return super().construct_mapping(node, deep)


def manifests():
    files = sorted((ROOT / "kubernetes").glob("*.yaml"))
    return [each for file in files for each in yaml.load_all(file.read_text(), OnceOnly)]


def of_kind(kind):
    return [each for each in manifests() if each["kind"] == kind]


def pods():
    """Pod templates with the name of their owner."""
    return [(each["metadata"]["name"], each["spec"]["template"]) for each in manifests() if "template" in each.get("spec", {})]


class Manifests(unittest.TestCase):
    def test_kinds_and_places(self):
        seen = set()
        for each in manifests():
            self.assertEqual(each["apiVersion"], KINDS[each["kind"]])
            if each["kind"] != "Namespace":
                self.assertEqual(each["metadata"]["namespace"], "dualcam")
            name = (each["kind"], each["metadata"]["name"])
            self.assertNotIn(name, seen)
            seen.add(name)

    def test_pods_may_nothing(self):
        self.assertEqual({name for name, _ in pods()}, {"dualcamd", "transcode", "migrate"})
        for name, template in pods():
            with self.subTest(name):
                pod = template["spec"]
                self.assertIs(pod["automountServiceAccountToken"], False)
                self.assertIs(pod["enableServiceLinks"], False)
                self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
                self.assertEqual(pod["securityContext"]["runAsUser"], 10001)
                self.assertEqual(pod["securityContext"]["fsGroup"], 10001)
                self.assertIn(pod["securityContext"]["seccompProfile"]["type"], ("RuntimeDefault", "Localhost"))
                for forbidden in ("hostNetwork", "hostPID", "hostIPC"):
                    self.assertNotIn(forbidden, pod)
                self.assertFalse([each for each in pod["volumes"] if "hostPath" in each])
                for container in pod["containers"]:
                    security = container["securityContext"]
                    self.assertIs(security["allowPrivilegeEscalation"], False)
                    self.assertIs(security["readOnlyRootFilesystem"], True)
                    self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
                    self.assertNotIn("privileged", security)
                    self.assertIn("memory", container["resources"]["limits"])
                    self.assertNotIn("latest", container["image"])

    def test_namespace_enforces_it(self):
        (namespace,) = of_kind("Namespace")
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")

    def test_volumes_and_secrets_are_there(self):
        secrets = {each["metadata"]["name"]: each["stringData"] for each in of_kind("Secret")}
        for name, template in pods():
            with self.subTest(name):
                pod = template["spec"]
                claims = [claim["metadata"]["name"] for each in of_kind("StatefulSet") for claim in each["spec"]["volumeClaimTemplates"]]
                volumes = {each["name"]: each for each in pod["volumes"]}
                mounted = volumes["secrets"]["secret"]["secretName"]
                for container in pod["containers"]:
                    for mount in container["volumeMounts"]:
                        self.assertIn(mount["name"], [*volumes, *claims])
                    for variable in container["env"]:
                        for word in variable.get("value", "").replace("=", "&").split("&"):
                            if word.startswith("/run/secrets/dualcamd/"):
                                self.assertIn(word.rsplit("/", 1)[1], secrets[mounted])

    def test_the_server_takes_these_settings(self):
        for name, template in pods():
            for container in template["spec"]["containers"]:
                given = {each["name"]: each.get("value", "pod-0") for each in container["env"]}
                given = {key: value for key, value in given.items() if not key.endswith("_FILE")}
                ran = subprocess.run([programs.BINARIES / "dualcamd", "check-config"], env=os.environ | given, capture_output=True, text=True)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertNotIn("unknown variable", ran.stderr + ran.stdout, name)

    def test_selectors_meet_pods_and_ports(self):
        labels = {name: template["metadata"]["labels"] for name, template in pods()}
        ports = {
            (template["metadata"]["labels"]["app.kubernetes.io/name"], port["name"]): port["containerPort"]
            for _, template in pods() for container in template["spec"]["containers"] for port in container.get("ports", [])
        }
        for service in of_kind("Service"):
            self.assertIn(service["spec"]["selector"], labels.values())
            for port in service["spec"]["ports"]:
                self.assertIn((service["spec"]["selector"]["app.kubernetes.io/name"], port["targetPort"]), ports)
        for each in [*of_kind("PodDisruptionBudget")]:
            self.assertIn(each["spec"]["selector"]["matchLabels"], labels.values())
        (devices,) = [each for each in of_kind("Service") if each["spec"].get("type") == "LoadBalancer"]
        self.assertEqual(devices["spec"]["externalTrafficPolicy"], "Local")
        # The page asks for no password: never outside.
        self.assertEqual({port["name"] for port in devices["spec"]["ports"]}, {"cameras", "trackers"})

    def test_two_servers_with_probes_that_mean_what_they_should(self):
        (servers,) = of_kind("StatefulSet")
        self.assertEqual(servers["spec"]["replicas"], 2)
        (container,) = servers["spec"]["template"]["spec"]["containers"]
        self.assertEqual(container["livenessProbe"]["httpGet"]["path"], "/healthz")
        self.assertEqual(container["startupProbe"]["httpGet"]["path"], "/healthz")
        self.assertEqual(container["readinessProbe"]["httpGet"]["path"], "/readyz")
        drain = next(int(each["value"].rstrip("s")) for each in container["env"] if each["name"] == "DUALCAMD_DRAIN_TIMEOUT")
        self.assertGreater(servers["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], drain)

    def test_the_network_is_closed_first(self):
        policies = {each["metadata"]["name"]: each["spec"] for each in of_kind("NetworkPolicy")}
        self.assertEqual(policies["nothing"], {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


if __name__ == "__main__":
    unittest.main()
