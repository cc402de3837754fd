"""The hub's errors in Airflow's language."""

from __future__ import annotations

import traceback

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from hub.errors import CallOperator, FixConfiguration, HubError, Locked, NotFound, TryAgain, VerificationFailed


def _raised_for(error: BaseException) -> BaseException:
    from hub_airflow.errors import AirflowErrors

    with pytest.raises(BaseException) as caught, AirflowErrors():
        raise error
    return caught.value


@pytest.mark.parametrize("error", [TryAgain("no answer"), Locked("somebody else works on it")])
def test_what_may_succeed_later_is_repeated(error: HubError) -> None:
    raised = _raised_for(error)
    assert isinstance(raised, AirflowException) and not isinstance(raised, AirflowFailException)
    assert str(error) in str(raised) and type(error).__name__ in str(raised)


@pytest.mark.parametrize(
    "error", [FixConfiguration("no host key"), CallOperator("broken"), VerificationFailed("hash"), NotFound("gone")]
)
def test_what_somebody_must_mend_fails_at_once(error: HubError) -> None:
    assert isinstance(_raised_for(error), AirflowFailException)


@pytest.mark.parametrize("error", [ValueError("row 3: 91320830MA1N0Q0X3T"), KeyError("91320830MA1N0Q0X3T")])
def test_a_foreign_error_is_told_by_type_and_place_and_quotes_no_cell(error: Exception) -> None:
    raised = _raised_for(error)
    assert isinstance(raised, AirflowFailException)
    printed = "".join(traceback.format_exception(raised))
    assert "91320830MA1N0Q0X3T" not in printed
    assert type(error).__name__ in printed and "test_error_mapping.py" in printed


@pytest.mark.parametrize("error", [AirflowSkipException("skip"), KeyboardInterrupt(), SystemExit(1)])
def test_what_is_no_trouble_of_ours_passes_untouched(error: BaseException) -> None:
    assert _raised_for(error) is error


def test_a_task_without_trouble_ends_quietly() -> None:
    from hub_airflow.errors import AirflowErrors

    with AirflowErrors():
        pass
