import pytest
from faults.lives import Lives, killed_twice, reaches

def test_kill(lives: Lives) -> None:
    county, trace = lives.undisturbed(keeping=False)
    expected = county.ending()
    wrong=[]
    for point, nth in reaches(trace):
        if point.split(".")[0] in ("due","waive","notice","notice_sent"):
            wrong += killed_twice(lives, expected, point, nth, keeping=False)
    print([n for n in expected["outboxes"] if "提醒" in n], [n for n in expected["reports"] if "deadl" in n])
    assert not wrong, "\n".join(wrong)
