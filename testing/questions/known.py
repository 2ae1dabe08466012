"""The clusters a question may belong to, known by the questions that were asked before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import Coalesce, RowNumber

from context.models import Agent
from testing.models import Case, ClusterMember, QuestionCluster
from testing.questions.clustering import Places
from testing.questions.matching import EXEMPLARS


@dataclass(frozen=True)
class Known:
    """Clusters, and for each of the `texts` the place of the cluster it is an exemplar of."""

    clusters: Sequence[QuestionCluster]
    texts: list[str]
    owners: Places = field(repr=False)


def known_clusters(agent: Agent) -> Known:
    """Every cluster but those merged into another, with up to 12 of its newest central questions.

    Each has `has_cases`: whether a case made of it still stands. A merged cluster's questions are
    the other's.
    """
    standing = Case.objects.filter(cluster=OuterRef("pk")).exclude(status=Case.Status.RETIRED)
    rows = agent.question_clusters.exclude(status=QuestionCluster.Status.MERGED)
    clusters = list(rows.annotate(has_cases=Exists(standing)).order_by("pk"))
    places = {cluster.pk: place for place, cluster in enumerate(clusters)}
    members = _exemplars(agent)
    owners = np.asarray([places[owner] for owner, _ in members], dtype=np.int64)
    return Known(clusters, [text for _, text in members], owners)


def _exemplars(agent: Agent) -> Sequence[tuple[int, str]]:
    """Cluster and text of the newest central questions of each cluster."""
    owner = Coalesce("cluster__merged_into", "cluster")
    newest_first = Window(RowNumber(), owner, [F("week").desc(), "place", "pk"])
    members = ClusterMember.objects.filter(cluster__agent=agent)
    ranked = members.annotate(owner=owner, nth=newest_first).filter(nth__lte=EXEMPLARS)
    return list(ranked.order_by("owner", "nth").values_list("owner", "text"))
