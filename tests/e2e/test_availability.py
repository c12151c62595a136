"""What is too long for an open dashboard, and what no browser would get over."""

import httpx
import pytest

from e2e.browser import Gap
from e2e.checks.availability import judge
from e2e.errors import CheckFailedError

REFUSED = httpx.ConnectError("refused")
SHORT = Gap(ended=1, opened=3, refused=(REFUSED,))


def test_a_short_time_without_a_stream_is_told() -> None:
    said = judge([SHORT], [20])
    assert "connected again after 2.0 s (1 tries refused)" in said
    assert "no change for 20 s" in said


@pytest.mark.parametrize(
    ("gap", "silence", "why"),
    [
        (Gap(ended=1, opened=7, refused=(REFUSED,)), 0, "after 6.0 s"),
        (SHORT, 60, "no change for 60 s"),
        (Gap(ended=1, opened=2, refused=(CheckFailedError("status 503"),)), 0, "does not ask again after: status 503"),
    ],
    ids=["long gap", "long silence", "answer"],
)
def test_what_a_user_would_notice_is_a_failure(gap: Gap, silence: float, why: str) -> None:
    with pytest.raises(CheckFailedError, match=why):
        judge([gap], [silence])
