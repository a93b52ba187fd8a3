# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What no schema knows: the manifests fit one another, the product's own settings, and what they promise."""

from __future__ import annotations

import ipaddress
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.holdfast.network.plugins.plugin_utils.broker import paths, settings
from ansible_collections.holdfast.network.plugins.plugin_utils.broker.version import COLLECTION_VERSION

from tests.kubernetes.manifests import (
    BROKER,
    CONTROLLERS,
    JOB,
    JOBS,
    OVERLAYS,
    ROOT,
    TOOLS,
    TREE,
    Resource,
    brokers,
    containers,
    environment,
    job,
    key,
    mounts,
    of_kind,
    pods,
    rendered,
    selects,
    tool,
)

RUN, STATE = "/run/holdfast", "/var/lib/holdfast"
ALL = [pytest.param([*rendered(overlay), *(job(one) for one, its in JOBS.items() if its == overlay)], id=overlay)
       for overlay in OVERLAYS]  # fmt: skip
everywhere = pytest.mark.parametrize("resources", ALL)
each_job = pytest.mark.parametrize(("group", "overlay"), JOBS.items())


def broker_for(group: str, overlay: str) -> Resource:
    """The one broker of an overlay whose pods a job of the group may be placed beside."""
    (term,) = job(group)["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert (term["topologyKey"], term["namespaces"]) == ("kubernetes.io/hostname", [BROKER])
    (found,) = (one for one in brokers(overlay)
                if selects(term["labelSelector"], one["spec"]["template"]["metadata"]["labels"]))  # fmt: skip
    return found


# -- they fit one another ------------------------------------------------------------------------------


@everywhere
def test_names_are_unique_and_references_lead_somewhere(resources: list[Resource]) -> None:
    there = [key(one) for one in resources if one["kind"] != "Pod"]  # AWX gives each job's pod a name of its own
    pairs = {f"{kind}/{name}" for kind, _namespace, name in there}
    assert len(set(there)) == len(there)
    for pod in pods(resources):
        namespace, spec = pod["metadata"]["namespace"], pod["spec"]
        assert ("Namespace", None, namespace) in there
        assert ("ServiceAccount", namespace, spec["serviceAccountName"]) in there
        for volume in spec["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert ("PersistentVolumeClaim", namespace, volume["persistentVolumeClaim"]["claimName"]) in there
            if "configMap" in volume:
                assert ("ConfigMap", namespace, volume["configMap"]["name"]) in there
        assert not spec.get("priorityClassName") or f"PriorityClass/{spec['priorityClassName']}" in pairs
    for binding in of_kind(resources, "RoleBinding"):
        where = binding["metadata"]["namespace"]
        assert ("Role", where, binding["roleRef"]["name"]) in there
        assert all(("ServiceAccount", one["namespace"], one["name"]) in there for one in binding["subjects"])


@everywhere
def test_each_claim_and_its_volume_are_for_one_another(resources: list[Resource]) -> None:
    volumes = {one["metadata"]["name"]: one for one in of_kind(resources, "PersistentVolume")}
    claims = of_kind(resources, "PersistentVolumeClaim")
    assert {one["spec"]["volumeName"] for one in claims} == set(volumes)
    for claim in claims:
        volume, wanted = volumes[claim["spec"]["volumeName"]]["spec"], claim["spec"]
        reserved = volume["claimRef"]
        assert (reserved["namespace"], reserved["name"]) == (claim["metadata"]["namespace"], claim["metadata"]["name"])
        assert volume["storageClassName"] == wanted["storageClassName"] == "", "neither made nor taken by a class"
        assert volume["accessModes"] == wanted["accessModes"] and volume["persistentVolumeReclaimPolicy"] == "Retain"
        assert volume["capacity"] == wanted["resources"]["requests"]
        assert volume["hostPath"]["path"] in (RUN, STATE) and "nodeAffinity" not in volume


@everywhere
def test_selectors_match_labels(resources: list[Resource]) -> None:
    labels = [(pod["metadata"]["namespace"], pod["metadata"]["labels"]) for pod in pods(resources)]
    for one in of_kind(resources, *CONTROLLERS):
        spec = one["spec"]
        assert selects(spec["selector"], spec["template"]["metadata"]["labels"])
        others = [two for two in of_kind(resources, *CONTROLLERS) if two is not one]
        assert not any(selects(spec["selector"], two["spec"]["template"]["metadata"]["labels"]) for two in others)
    for policy in of_kind(resources, "NetworkPolicy", "PodDisruptionBudget"):
        selector = policy["spec"].get("podSelector", policy["spec"].get("selector"))
        namespace = policy["metadata"]["namespace"]
        hit = [found for where, found in labels if where == namespace and selects(selector, found)]
        assert hit, f"{key(policy)} is about no pod"


@each_job
def test_a_job_meets_its_broker(group: str, overlay: str) -> None:
    pod, broker = job(group), broker_for(group, overlay)
    template = broker["spec"]["template"]["spec"]
    (worker,), (serving,) = pod["spec"]["containers"], template["containers"]
    assert pod["metadata"]["namespace"] == JOB != broker["metadata"]["namespace"] == BROKER
    for rule in ("nodeSelector", "tolerations"):
        assert pod["spec"][rule] == template[rule], "a job must be able to run where its broker does"
    for who in ("runAsUser", "runAsGroup"):
        assert pod["spec"]["securityContext"][who] == template["securityContext"][who]
    assert environment(serving)["HOLDFAST_RUNTIME_DIR"] == RUN and environment(serving)["HOLDFAST_STATE_DIR"] == STATE
    assert environment(worker)["HOLDFAST_SOCKET"] == str(paths.Paths(Path(RUN), Path(STATE), "").link)
    assert mounts(worker)[RUN]["readOnly"] is True and "readOnly" not in mounts(serving)[RUN]
    sockets = {one["spec"]["hostPath"]["path"] for one in of_kind(rendered(overlay), "PersistentVolume")
               if one["metadata"]["name"].startswith("holdfast-run-")}  # fmt: skip
    assert sockets == {RUN}, "both claims are the same directory of the node"
    # as AWX wants it: one container, whose image, name and arguments it knows
    assert (worker["name"], worker["args"]) == ("worker", ["ansible-runner", "worker", "--private-data-dir=/runner"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_socket_s_path_fits(overlay: str) -> None:
    version = COLLECTION_VERSION + "-rc.10"
    for broker in brokers(overlay):
        runtime = environment(broker["spec"]["template"]["spec"]["containers"][0])["HOLDFAST_RUNTIME_DIR"]
        assert len(str(paths.Paths(Path(runtime), Path(STATE), version).socket)) <= paths.AF_UNIX_MAX


# -- they fit the product ------------------------------------------------------------------------------


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_broker_s_settings_are_accepted(overlay: str, tmp_path: Path) -> None:
    found = of_kind(rendered(overlay), "ConfigMap")
    for broker in brokers(overlay):
        spec = broker["spec"]["template"]["spec"]
        (volume,) = (one for one in spec["volumes"] if one["name"] == "settings")
        (config,) = (one for one in found if one["metadata"]["name"] == volume["configMap"]["name"])
        named = Path(environment(spec["containers"][0])["HOLDFAST_CONFIG"])
        assert str(named.parent) in mounts(spec["containers"][0])
        file = tmp_path / named.name
        file.write_text(config["data"][named.name])
        read = settings.load(file)
        assert read.log.to == "stderr" and not read.client.socket
        assert read.service.drain_timeout + 15 <= spec["terminationGracePeriodSeconds"]


def test_the_image_is_of_this_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    for file in TREE.rglob("kustomization.yml"):
        for image in yaml.safe_load(file.read_text()).get("images", []):
            assert image["newTag"] == version, file
    images = {one["image"] for overlay in OVERLAYS for pod in pods(rendered(overlay)) for one in containers(pod)}
    assert images == {
        f"{name}:{version}"
        for name in ("ghcr.io/holdfast-network/execution-environment", "registry.example.com/automation/holdfast-ee")
    }


@each_job
def test_a_job_has_the_image_of_its_broker(group: str, overlay: str) -> None:
    template = broker_for(group, overlay)["spec"]["template"]["spec"]
    assert job(group)["spec"]["containers"][0]["image"] == template["containers"][0]["image"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_changes_that_wait_outlive_the_pod_and_the_node(overlay: str) -> None:
    for broker in brokers(overlay):
        volumes = {one["name"]: one for one in broker["spec"]["template"]["spec"]["volumes"]}
        assert broker["spec"]["updateStrategy"] == {"type": "OnDelete"}
        if broker["kind"] == "DaemonSet":
            assert volumes["state"]["persistentVolumeClaim"] == {"claimName": "holdfast-state"}
        else:
            (own,) = broker["spec"]["volumeClaimTemplates"]
            assert own["metadata"]["name"] == "state"
            assert "state" not in volumes
            assert own["spec"]["accessModes"] == ["ReadWriteOncePod"], "no two brokers with one state"
            assert set(broker["spec"]["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}


# -- they promise --------------------------------------------------------------------------------------


@everywhere
def test_every_container_is_confined(resources: list[Resource]) -> None:
    for pod in pods(resources):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        assert not any("hostPath" in volume for volume in spec["volumes"]), "a pod must not name a path of its node"
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for one in containers(pod):
            own: dict[str, Any] = {**spec["securityContext"], **one["securityContext"]}
            initial = one["name"] == "own-directories"
            assert own["runAsNonRoot"] is not initial and (own["runAsUser"] == 0) is initial
            assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"], **({"add": ["CHOWN"]} if initial else {})}
            assert set(one["resources"]["requests"]) == set(one["resources"]["limits"]) == {"cpu", "memory"}
            assert "ports" not in one, "nothing listens on the network"


@everywhere
def test_the_namespaces_enforce_it(resources: list[Resource]) -> None:
    levels = {one["metadata"]["name"]: one["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
              for one in of_kind(resources, "Namespace")}  # fmt: skip
    rooted = any(pod["spec"].get("initContainers") for pod in pods(resources))
    assert levels == {BROKER: "baseline" if rooted else "restricted", JOB: "restricted"}


@everywhere
def test_the_network_is_closed_but_for_names_and_devices(resources: list[Resource]) -> None:
    policies = of_kind(resources, "NetworkPolicy")
    for namespace in (BROKER, JOB):
        (closed,) = (one["spec"] for one in policies if key(one) == ("NetworkPolicy", namespace, "default-deny"))
        assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies:
        assert not policy["spec"].get("ingress")
        for rule in policy["spec"].get("egress", []):
            assert rule["to"] and rule["ports"], "an empty list allows everything"
            for network in (ipaddress.ip_network(to["ipBlock"]["cidr"]) for to in rule["to"] if "ipBlock" in to):
                assert network.is_private and network.prefixlen >= 16, f"{network} of {key(policy)}"
                assert network != ipaddress.ip_network("192.0.2.0/24"), "the base's example was not replaced"


@everywhere
def test_awx_gets_only_what_it_needs(resources: list[Resource]) -> None:
    (role,) = of_kind(resources, "Role")
    assert not of_kind(resources, "ClusterRole", "ClusterRoleBinding")
    assert role["metadata"]["namespace"] == JOB, "AWX must not reach the broker, which holds passwords"
    rights = {resource: set(rule["verbs"]) for rule in role["rules"] for resource in rule["resources"]}
    assert rights == {
        "pods": {"create", "delete", "get", "list", "watch"}, "pods/attach": {"create", "get"}, "pods/log": {"get"},
    }  # fmt: skip
    assert all(one["automountServiceAccountToken"] is False for one in of_kind(resources, "ServiceAccount"))


EVALUATE = """
import celpy, json, sys
expression, values = json.load(sys.stdin)
environment = celpy.Environment()
program = environment.program(environment.compile(expression))
print(json.dumps([bool(program.evaluate({"object": celpy.json_to_cel(value)})) for value in values]))
"""


def changed(pod: Resource, claim: dict[str, Any]) -> Resource:
    """The pod with another claim as its volume `run`."""
    volumes = [one for one in pod["spec"]["volumes"] if one["name"] != "run"]
    volumes.append({"name": "run", "persistentVolumeClaim": claim})
    return {**pod, "spec": {**pod["spec"], "volumes": volumes}}


def test_no_job_writes_where_the_socket_is() -> None:
    """The API server's own language decides, so an implementation of it does here."""
    (policy,), (binding,) = (of_kind(rendered("cloud"), f"ValidatingAdmissionPolicy{end}") for end in ("", "Binding"))
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    assert binding["spec"]["matchResources"]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": JOB}
    assert policy["spec"]["failurePolicy"] == "Fail" and binding["spec"]["validationActions"] == ["Deny"]
    (rule,) = policy["spec"]["validations"]
    pod = job("cloud/container-group")
    good = [pod, changed(pod, {"claimName": "another"}), {"spec": {"containers": []}}]
    bad = [changed(pod, {"claimName": "holdfast-run", **more}) for more in ({}, {"readOnly": False})]
    done = subprocess.run([str(TOOLS / "python"), "-c", EVALUATE], input=json.dumps([rule["expression"], good + bad]),
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert json.loads(done.stdout) == [True] * len(good) + [False] * len(bad)


@everywhere
def test_secrets_are_only_referred_to(resources: list[Resource]) -> None:
    assert not of_kind(resources, "Secret")
    for pod in pods(resources):
        for one in containers(pod):
            assert not [name for name in environment(one) if re.search("PASS|SECRET|TOKEN|KEY", name)]
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["defaultMode"] == 0o440


def test_prepared_nodes_have_the_directories_of_the_volumes() -> None:
    lines = [one.split() for one in (TREE / "nodes/holdfast.conf").read_text().splitlines() if not one.startswith("#")]
    (broker,) = brokers("on-premise")
    context = broker["spec"]["template"]["spec"]["securityContext"]
    owner = [str(context["runAsUser"]), str(context["runAsGroup"])]
    assert lines == [["d", path, "0700", *owner, "-"] for path in (RUN, STATE)]
    types = {one["spec"]["hostPath"]["type"] for one in of_kind(rendered("on-premise"), "PersistentVolume")}
    assert types == {"Directory"}, "the kubelet makes none for root"


def test_no_directory_lacks_a_kustomization() -> None:
    for group in JOBS:
        assert (TREE / "overlays" / group / "kustomization.yml").is_file()
    found = {str(one.parent.relative_to(TREE / "overlays")) for one in TREE.glob("overlays/**/container-group/*.yml")}
    assert found == set(JOBS)


def test_the_guide_s_own_overlay_works(tmp_path: Path) -> None:
    """Known hosts of one's own: the brokers get them, under a name that says they have changed."""
    guide = (ROOT / "docs/guides/kubernetes.md").read_text()
    (shown,) = re.findall(r"```yaml\n# kustomization.yml\n(.*?)```", guide, re.DOTALL)
    own = tmp_path / "own"
    shutil.copytree(TREE, own)
    (own / "kustomization.yml").write_text(shown)
    (own / "known_hosts").write_text("192.0.2.11 ssh-ed25519 AAAA\n")
    resources = list(yaml.safe_load_all(tool("kubectl", "kustomize", str(own)).stdout))
    (config,) = (one for one in of_kind(resources, "ConfigMap") if "known_hosts" in one["data"])
    assert config["data"] == {"known_hosts": "192.0.2.11 ssh-ed25519 AAAA\n"}
    (broker,) = of_kind(resources, *CONTROLLERS)
    used = {one["configMap"]["name"] for one in broker["spec"]["template"]["spec"]["volumes"] if "configMap" in one}
    usual = {one["metadata"]["name"] for one in of_kind(rendered("cloud"), "ConfigMap") if "known_hosts" in one["data"]}
    assert config["metadata"]["name"] in used and not used & usual
