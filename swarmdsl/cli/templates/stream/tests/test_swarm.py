from swarm import WINDOW, Alarm, Mean, Reading, Sensor, Temperatures


def test_the_sensor_goes_on_where_it_was_put() -> None:
    sensor = Sensor()
    sensor.seek(7)
    assert next(sensor.produce()).number == 8


def test_the_mean_needs_a_whole_window() -> None:
    mean = Mean()
    found = [mean.take(Reading(number, 20.0)) for number in range(WINDOW)]
    assert found == [None] * (WINDOW - 1) + [Reading(WINDOW - 1, 20.0)]


def test_what_comes_again_changes_nothing() -> None:
    mean = Mean()
    for number in (1, 2, 1, 2):
        mean.take(Reading(number, 20.0))
    assert len(mean.snapshot()) == 2


def test_an_alarm_is_given_once_until_it_is_over() -> None:
    alarm = Alarm()
    for number, celsius in enumerate([20.0, 25.0, 25.0, 20.0, 25.0], start=1):
        alarm.take(Reading(number, celsius))
    assert list(alarm.on_round_end()) == [2, 5]


def test_the_graph_has_no_findings() -> None:
    assert not Temperatures().check()


def test_every_warm_time_gives_one_alarm() -> None:
    assert Temperatures().run().value == [98, 726, 1354, 1983]
