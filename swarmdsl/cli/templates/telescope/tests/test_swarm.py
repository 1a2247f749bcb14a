from swarm import FLASHES, Telescopes, sky


def test_a_camera_sees_in_order() -> None:
    times = [image.time_ns for image in sky(0)]
    assert times == sorted(times)


def test_the_graph_has_no_findings() -> None:
    assert not Telescopes().check(nodes=2)


def test_every_flash_that_all_cameras_saw_is_one_event() -> None:
    whole = FLASHES * 3 // 4
    assert Telescopes().run(nodes=2).value == [{"events": whole, "by all cameras": whole}]
