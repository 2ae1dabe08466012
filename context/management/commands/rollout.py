"""`manage.py rollout N --agent SLUG --share 20 --days 7`: let a release answer some customers."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from context.access import find_agent
from context.management.commands.publish import release_of, user_named
from context.models import Release, Rollout
from context.models.rollouts import LEAST_SHARE, MOST_SHARE
from context.refusals import Refused
from context.rollouts.rendering import RolloutOut, rollout_out
from context.rollouts.starting import open_rollout, promote, start_rollout

STEPS = ("pause", "resume", "stop", "promote")


def percent(value: float | None) -> str:
    """A share as people read it."""
    return "–" if value is None else f"{value:.1%}".replace("%", " %")


class Command(BaseCommand):
    """Start, change or show the rollout of a release."""

    help = (
        "Let a release with its required checks answer a share of the customers beside the live "
        "one. With a larger --share while it runs, the share is raised; without --share and --step "
        "the rollout is shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which release, how many customers, for how long, or which step."""
        parser.add_argument("number", type=int)
        parser.add_argument("--agent", required=True)
        parser.add_argument(
            "--share", type=int, help=f"percent of the customers, {LEAST_SHARE} to {MOST_SHARE}"
        )
        parser.add_argument("--days", type=int, choices=Rollout.Days.values, default=7)
        parser.add_argument("--step", choices=STEPS)
        parser.add_argument("--reason", default="")
        parser.add_argument("--by", default="", help="user name to act for")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the step; one that is done already is left as it is."""
        agent = find_agent(options["agent"])
        release, by = release_of(agent, options["number"]), user_named(options["by"])
        now = timezone.now()
        try:
            if options["share"] is not None:
                self.reach(release, now, by, options)
            elif options["step"]:
                self.take(options["step"], release, now, by, options["reason"])
        except Refused as refused:
            raise CommandError(str(refused)) from None
        rollout = release.rollouts.select_related("baseline", "started_by", "ended_by").first()
        if rollout is None:
            raise CommandError(f"{release} has no rollout.".capitalize())
        rollout.agent, rollout.release = agent, release
        shown = rollout_out(rollout, now)
        self.stdout.write(shown.model_dump_json() if options["json"] else in_words(shown))

    def reach(
        self, release: Release, now: datetime, by: User | None, options: dict[str, Any]
    ) -> None:
        """Start it, or raise the share of the one that runs."""
        share, reason = options["share"], options["reason"]
        if not LEAST_SHARE <= share <= MOST_SHARE:
            raise CommandError(f"--share is from {LEAST_SHARE} to {MOST_SHARE} percent.")
        running = release.rollouts.open().first()
        if running is None:
            start_rollout(release, share, options["days"], now, by, reason)
        elif running.share != share:
            open_rollout(release).raise_share(share, now, by, reason)

    def take(self, step: str, release: Release, now: datetime, by: User | None, why: str) -> None:
        """Pause, resume, stop or promote."""
        if step == "promote":
            promote(release, now, by)
            return
        rollout = open_rollout(release)
        {"pause": rollout.pause, "resume": rollout.resume, "stop": rollout.stop}[step](now, by, why)


def in_words(rollout: RolloutOut) -> str:
    """The rollout in a few lines."""
    split = rollout.split
    lines = [
        f"Release {rollout.release} beside release {rollout.baseline}: {rollout.status}, "
        f"{rollout.share} % of the customers, {percent(rollout.done)} of {rollout.days} days.",
        f"Customers {split.new.customers} new, {split.live.customers} live "
        f"({percent(split.new_share)}); {percent(split.crossed_share)} crossed, "
        f"{split.without_reference} without a reference.",
    ]
    for row in rollout.figures:
        new, live, change = (one.value for one in (row.new, row.live, row.difference))
        if new is not None and live is not None and change is not None:
            lines.append(f"{row.figure}: {new:.3f} against {live:.3f}, {change:+.3f}")
    return "\n".join(lines)
