#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The pod of doc/containers.md, as Kubernetes' own models read it.

    pod.py PAGE >STEPS

What the models don't know of it, or take for something else, is an error.
Prints a shell function a container, pod_NAME COMMAND..., that calls
engine_run with the options of an engine that has no pods; volumes are folders
in the current one. Init containers have their command from the pod.
"""
import json
import re
import shlex
import sys

import yaml
from kubernetes import client


def read_pod(page):
    text = re.search(r"^```yaml\n(apiVersion.*?)^```", page, re.M | re.S)[1]
    as_it_stands = yaml.safe_load(text)
    api = client.ApiClient()
    answer = type("Answer", (), {"data": json.dumps(as_it_stands)})
    pod = api.deserialize(answer, "V1Pod")
    assert api.sanitize_for_serialization(pod) == as_it_stands, \
        "the models have another pod than the page"
    return pod


def options(container, profile):
    yield f"--security-opt=seccomp=./{profile.localhost_profile}"
    for variable in container.env or []:
        yield from ("-e", f"{variable.name}={variable.value}")
    for mount in container.volume_mounts:
        way = ":ro" if mount.read_only else ""
        yield from ("-v", f"./{mount.name}:{mount.mount_path}{way}")
    yield container.image.replace("registry.example", "localhost")
    yield from container.command or []


def step(container, profile):
    name = container.name.replace("-", "_")
    words = shlex.join(options(container, profile))
    return f'pod_{name}() {{ engine_run {words} "$@"; }}'


def main():
    with open(sys.argv[1], encoding="utf-8") as page:
        spec = read_pod(page.read()).spec
    mounted = {m.name for c in spec.containers for m in c.volume_mounts}
    assert mounted == {v.name for v in spec.volumes}, "a volume is missing"
    for container in spec.init_containers + spec.containers:
        print(step(container, spec.security_context.seccomp_profile))


main()
