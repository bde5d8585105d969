"""Starting from an example, and where the demonstration world may load."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from appointments.models import Checklist, Playbook
from appointments.rules.example_ways import EXAMPLES
from appointments.services import examples
from crm.errors import Refused
from crm.services import accounts
from prospecting.models import RouteVersion, SegmentVersion, SequenceVersion
from prospecting.services import routes, sequences


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_example_lays_down_all_that_a_segment_needs(adm: Any, key: str) -> None:
    laid = examples.start_from(key, by=adm)

    assert laid.route_version.state == RouteVersion.State.PUBLISHED
    assert laid.sequence_version.state == SequenceVersion.State.PUBLISHED
    assert laid.segment.versions.get().state == SegmentVersion.State.DRAFT
    assert Checklist.objects.filter(segment=laid.segment).exists()
    assert Playbook.objects.filter(label="question").exists()


@pytest.mark.parametrize("key", EXAMPLES)
def test_its_sequence_has_a_step_for_every_role_of_its_route(adm: Any, key: str) -> None:
    laid = examples.start_from(key, by=adm)

    assert sequences.roles_without_steps(laid.sequence_version, laid.route_version) == []
    assert [line for line in routes.problems(laid.route_version) if "nobody in the product" not in line] == []


def test_an_example_that_is_there_already_is_refused(adm: Any) -> None:
    examples.start_from("ops-led", by=adm)

    with pytest.raises(Refused):
        examples.start_from("ops-led", by=adm)


def test_the_demonstration_world_stays_out_of_real_work(adm: Any) -> None:
    accounts.create_account(name="Northwind", by=adm)

    with pytest.raises(CommandError, match="real work"):
        call_command("demo")
