"""The clock of appointment setting: each task finds due ids and calls one verb."""

from celery import shared_task

from appointments.services import (
    asking_outside,
    calendar_reading,
    calendar_writing,
    credits,
    escalating,
    learning,
    outcomes,
    recovering,
    reminding,
    taking,
    wall_times,
    work_items,
)


@shared_task(name="appointments.tasks.send_reminders", ignore_result=True)
def send_reminders() -> int:
    return reminding.send_due()


@shared_task(name="appointments.tasks.keep_wall_times", ignore_result=True)
def keep_wall_times() -> int:
    return wall_times.keep_all()


@shared_task(name="appointments.tasks.run_recoveries", ignore_result=True)
def run_recoveries() -> int:
    return recovering.send_due()


@shared_task(name="appointments.tasks.ask_outcomes", ignore_result=True)
def ask_outcomes() -> int:
    return outcomes.ask_due()


@shared_task(name="appointments.tasks.lapse_pencils", ignore_result=True)
def lapse_pencils() -> int:
    return taking.lapse_due()


@shared_task(name="appointments.tasks.settle_credits", ignore_result=True)
def settle_credits() -> int:
    return credits.settle_vacations()


@shared_task(name="appointments.tasks.watch_clocks", ignore_result=True)
def watch_clocks() -> int:
    return work_items.wake_snoozed() + escalating.warn_due() + escalating.escalate_due()


# Learning takes a minute or two, longer on a busy machine; what asks outside waits for somebody else's server.
@shared_task(name="appointments.tasks.learn", ignore_result=True, soft_time_limit=1500, time_limit=1560)
def learn() -> None:
    learning.learn_waiting()


@shared_task(name="appointments.tasks.ask_to_learn", ignore_result=True)
def ask_to_learn() -> None:
    learning.ask_if_worth()


@shared_task(name="appointments.tasks.ask_outside", ignore_result=True)
def ask_outside() -> None:
    asking_outside.ask_waiting()


# Other people's servers may be slow: what is read and written there has time, and its leases outlive a worker.
@shared_task(name="appointments.tasks.read_calendars", ignore_result=True, soft_time_limit=600, time_limit=660)
def read_calendars() -> int:
    return calendar_reading.read_due()


@shared_task(name="appointments.tasks.write_calendars", ignore_result=True, soft_time_limit=600, time_limit=660)
def write_calendars() -> int:
    return calendar_writing.write_due()
