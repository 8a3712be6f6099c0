#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Whether metrics are what OpenMetrics and the older format of Prometheus say that they are."""
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus


def samples(families):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}


with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
new = samples(openmetrics.text_string_to_metric_families(text))
old = samples(prometheus.text_string_to_metric_families(text))
assert new == old, set(new) ^ set(old)
peer = ("peer", "0")
assert new["nimbos_peer_state", (peer, ("state", "running"))] == 1, new
assert new["nimbos_peer_state", (peer, ("state", "failed"))] == 0, new
assert new["nimbos_peer_region_size_bytes", (peer,)] == 64 << 20, new
assert new["nimbos_peer_incarnation_total", (peer,)] == 1, new
assert new["nimbos_peer_doorbells_total", (peer,)] > 0, new
