"""The observation of single contacts: off by default, buckets by channel."""

import pytest
from pydantic import ValidationError

from exporter.settings import Contacts


def contacts(**given: object) -> Contacts:
    return Contacts.model_validate(given)


def test_it_is_off_by_default_and_then_every_minute() -> None:
    assert (Contacts().enabled, Contacts().interval) == (False, 60)


def test_the_default_buckets_contain_the_usual_service_levels_of_each_channel() -> None:
    # The vendor's defaults: 20 s for calls, 60 s for chats, an hour for e-mails.
    assert 20 in Contacts().waits("voice")
    assert 60 in Contacts().waits("chat")
    assert 3600 in Contacts().waits("email")
    assert Contacts().waits("") == Contacts().waits("chat") == Contacts().waits("voice")
    assert Contacts().handling("email")[-1] == 86_400
    assert Contacts().wrap_up("email") == Contacts().wrap_up("voice")


def test_buckets_of_a_channel_replace_its_own_and_those_of_voice_the_default() -> None:
    own = contacts(wait_buckets={"voice": ["10s", "1m"], "chat": [30]}, handle_buckets={"email": ["1h"]})
    assert own.waits("voice") == own.waits("callback") == (10, 60)
    assert own.waits("chat") == (30,)
    assert own.waits("email") == Contacts().waits("email")
    assert (own.handling("email"), own.handling("voice")) == ((3600,), Contacts().handling("voice"))


@pytest.mark.parametrize(
    ("buckets", "message"),
    [
        ({"voice": [10, 5]}, "must be greater than 0 and ascending"),
        ({"voice": [5, 5]}, "must be greater than 0 and ascending"),
        ({"voice": [0, 5]}, "must be greater than 0 and ascending"),
        ({"voice": []}, "at least 1 item"),
        ({"voice": list(range(1, 42))}, "at most 40 items"),
        ({"phone": [5]}, "Input should be 'voice'"),
        ({"voice": ["soon"]}, "invalid duration"),
    ],
)
def test_invalid_buckets_are_errors(buckets: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        contacts(wait_buckets=buckets)
