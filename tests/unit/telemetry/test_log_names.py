"""A customer's id, the desk's or a caller's of `/chat`, stands in no log line: our hash of it does."""

import io
import json

import pytest
import structlog

from bot.domain.audit import AuditEvent, Deed
from bot.store.records.audit_log import tell
from bot.telemetry.log import hashed
from tests.flow.harness.checks import heard

CUSTOMER = "cust_marked_17"


@pytest.fixture
def log() -> io.StringIO:
    with heard() as out:
        told = AuditEvent(
            Deed.PROPOSAL,
            "offered",
            f"chat:web:{CUSTOMER}",
            details={"customer": CUSTOMER, "subject": CUSTOMER, "action": "plan", "customer_id": CUSTOMER},
            conversation="chat:web:s1",
        )
        tell([told])
        structlog.get_logger("bot").warning("profile.unknown", author=f"chat:web:{CUSTOMER}")
        structlog.get_logger("bot").info("turn.taken", author="slack:T1:U1", details={"order_id": "ord_1"})
        return out


def test_no_line_holds_it_and_the_hash_is_the_same_wherever_it_stands(log: io.StringIO) -> None:
    offered, unknown, taken = [json.loads(line) for line in log.getvalue().splitlines()]

    assert CUSTOMER not in log.getvalue()
    assert offered["author"] == unknown["author"] == f"chat:web:{hashed(CUSTOMER)}"
    assert set(offered["details"].values()) == {hashed(CUSTOMER), "plan"}
    assert (taken["author"], taken["details"]) == ("slack:T1:U1", {"order_id": "ord_1"})
