"""`manage.py simulate`: weeks of a simulated support desk, driven through the product's
functions.
"""

import json
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, time, timedelta
from multiprocessing import get_context
from typing import Any

import django
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from context.models import Agent
from simulation.brand import all_brands, load_brand
from simulation.summary import print_table, summary
from simulation.weeks import Plan, kept_last_day, simulate

STEPS = ("releases",)


class Command(BaseCommand):
    """Simulate both brands, each in a process of its own; what is there already is kept."""

    help = "Simulate weeks of two support desks that work the whole loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the plan and of the output."""
        parser.add_argument("--weeks", type=int, default=8)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", type=date.fromisoformat, help="a Sunday; default: the last")
        parser.add_argument("--brand", choices=all_brands(), action="append")
        parser.add_argument("--without", choices=STEPS, action="append", default=[])
        parser.add_argument("--fresh", action="store_true", help="simulate again what is there")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate what is missing, then show the weeks of every brand."""
        plan = plan_of(options)
        names = options["brand"] or all_brands()
        kept = {} if options["fresh"] else {name: kept_last_day(name, plan) for name in names}
        if options["until"]:
            kept = {name: day for name, day in kept.items() if day == options["until"]}
        console = Console(stderr=options["json"])
        run_all([name for name in names if not kept.get(name)], plan, console)
        brands = [summarise(name, plan, kept.get(name) or plan.last_day) for name in names]
        for brand in brands:
            print_table(console, brand)
        if options["json"]:
            self.stdout.write(json.dumps({"brands": brands}))


def plan_of(options: dict[str, Any]) -> Plan:
    """The plan the options describe; CommandError for what cannot be simulated."""
    today = timezone.now().date()
    last_day = options["until"] or today - timedelta(days=today.isoweekday())
    if last_day.isoweekday() != 7:
        raise CommandError(f"--until must be a Sunday; {last_day} is not.")
    if not 1 <= options["weeks"] <= 104:
        raise CommandError("--weeks must be from 1 to 104.")
    return Plan(options["weeks"], options["seed"], last_day, "releases" not in options["without"])


def run_all(names: list[str], plan: Plan, console: Console) -> None:
    """Simulate the brands side by side, with one progress bar on a terminal."""
    if not names:
        return
    connections.close_all()
    spawn = get_context("spawn")
    with spawn.Manager() as manager, Progress(console=console, transient=True) as bar:
        days = manager.Queue()
        task = bar.add_task("Simulating", total=len(names) * plan.weeks * 7)
        with ProcessPoolExecutor(len(names), mp_context=spawn, initializer=django.setup) as pool:
            jobs = [pool.submit(simulate_brand, name, plan, days) for name in names]
            for _ in range(len(names) * plan.weeks * 7):
                if days.get() is None:
                    break
                bar.advance(task)
            for job in jobs:
                job.result()


def simulate_brand(name: str, plan: Plan, days: Any) -> None:
    """One process's part; the None in the queue says that it failed."""
    try:
        simulate(load_brand(name), plan, days.put)
    except BaseException:
        days.put(None)
        raise


def summarise(name: str, plan: Plan, last_day: date) -> dict[str, Any]:
    """The summary of one brand as of the morning after its last simulated day."""
    brand = load_brand(name)
    agent = Agent.objects.select_related("workspace").get(
        workspace__slug=brand.slug, workspace__simulated=True
    )
    morning = datetime.combine(last_day + timedelta(days=1), time(9), agent.workspace.zone)
    return summary(agent, last_day, plan.weeks, morning)
