from faults.lives import Lives, killed_twice, reaches

MINE = ("store.before_erase", "store.before_put", "expire.", "clear_store.", "erase.", "snapshot.", "put_back.", "manifest.", "backup.", "restore.", "restored.", "confirm.", "reconcile.", "report.before_erase", "rebuild.")


def test_mine(lives: Lives) -> None:
    county, trace = lives.undisturbed()
    expected = county.ending()
    all_ = [(p, n) for p, n in reaches(trace) if p.startswith(MINE)]
    last = {}
    for p, n in all_:
        last[p] = n
    points = sorted({(p, 1) for p, _ in all_} | {(p, n) for p, n in last.items()})
    print(len(points), len(all_), len(trace))
    wrong = [each for point, nth in points for each in killed_twice(lives, expected, point, nth)]
    assert not wrong, "\n".join(wrong)
