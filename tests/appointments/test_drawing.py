"""The funnel's charts are drawn from plain numbers."""

from appointments.rules import drawing


def test_the_right_half_is_drawn_against_its_own_first_step():
    flow = drawing.flow([960, 812, 100], [100, 41, 29, 20, 16])
    assert flow.left[0].height == flow.right[0].height == drawing.TALL
    assert flow.left[-1].height < 25


def test_every_bar_stands_on_the_floor():
    flow = drawing.flow([960, 812, 100], [100, 41, 29, 20, 16])
    assert {bar.y + bar.height for bar in (*flow.left, *flow.right)} == {drawing.FLOOR}


def test_an_empty_funnel_is_drawn_flat():
    flow = drawing.flow([0, 0, 0], [0, 0, 0, 0, 0])
    assert {bar.height for bar in (*flow.left, *flow.right)} == {0.0}


def test_a_gauge_has_room_for_everything_on_it():
    gauge = drawing.gauge(0.2, 0.133, 0.289, 0.31, 0.35)
    assert gauge.top == 0.5
    assert 0 < gauge.low < gauge.at < gauge.usual < gauge.benchmark < drawing.GAUGE


def test_a_break_is_drawn_before_its_cohort_and_youth_is_marked():
    chart = drawing.columns([0.1, 0.2, 0.1], young=[False, False, True], breaks=[False, True, False], usual=0.15)
    assert chart.break_xs == [chart.bars[1].x - (chart.bars[1].x - chart.bars[0].x - chart.bars[0].width) / 2]
    assert chart.first_young_x < chart.bars[2].x


def test_a_short_meeting_is_still_seen_on_the_day():
    bar = drawing.strip([(9.0, 9.05)], 8, 18)[0]
    assert bar.width == 6
