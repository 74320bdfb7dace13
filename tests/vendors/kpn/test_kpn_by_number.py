"""KPN with a few numbers selected: each is a request of its own."""

import json

from tests.support.vendors.polls import Mocked
from tests.vendors.kpn.test_kpn import SIGN_IN, TOKEN, URL, client, settings


async def test_an_item_requested_by_number_may_be_null_or_a_list_of_one() -> None:
    row = {"Number": "1000", "InQueueCalls": "38"}
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=TOKEN)
        for number, item in (("1000", [row]), ("1001", None), ("1002", [])):
            vendor.get(f"{URL}/queue/number/{number}", body=json.dumps({"Error": None, "DataSet": {"queue": item}}))
        async with client(settings(select={"queues": {"include": ["1000", "1001", "1002"]}})) as kpn:
            snapshot = await kpn.queues()
    assert [(queue.id, queue.waiting_contacts) for queue in snapshot.queues] == [("1000", 38)]
    assert snapshot.poll_items is not None
    assert (snapshot.poll_items.answered, snapshot.poll_items.failed) == (1, 2)
    assert not snapshot.unmapped
