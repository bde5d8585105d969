"""A demonstration world that was interrupted starts anew; real work is never emptied."""

import pytest
from django.core.management import CommandError, call_command

from appointments.demo import cast, world
from crm.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)


def half_a_world() -> None:
    world.begin()
    User.objects.create_user(cast.PEOPLE[0].email, name="Half", job="sdr")


def test_what_was_half_there_is_emptied_and_its_seeds_are_laid_again():
    half_a_world()
    assert world.is_half_there()
    world.start_over()
    assert not User.objects.exists()
    assert Role.objects.filter(slug="unknown").exists()


def test_outside_the_sandbox_nothing_is_emptied(settings):
    half_a_world()
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="interrupted"):
        call_command("demo")
    assert User.objects.count() == 1


def test_people_who_are_called_as_in_the_demonstration_world_are_no_half_of_it():
    User.objects.create_user(cast.PEOPLE[0].email, name="Ada", job="sdr")
    assert not world.is_half_there()
    with pytest.raises(CommandError, match="real work"):
        call_command("demo")
    assert User.objects.count() == 1
