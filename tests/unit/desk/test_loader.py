"""A desk is a folder; what is wrong with it is said with file, line and mend, all at once."""

from pathlib import Path

import pytest

from bot.desk import load_desk
from bot.domain.errors import ConfigError
from tests.unit.desk.desk_folder import DESK, TOOLS, WAITER, write_desk

REFUND = """\
from bot.desk import Customer, Offer, action


async def done(session, offer, customer, clock): ...


@action("refund", commit=done)
async def give(customer: Customer) -> Offer:
    '''Give it back.'''
    return Offer("order", "Refund of an order")
"""
CONTEXT = """\
from bot.desk import Context, before


class Table(Context):
    seats: int = 0


@before("waiter")
def find(table: Table) -> None:
    table.seats = 4
"""
COOK = "---\nname: cook\nhandles: The kitchen.\n---\nYou are the cook.\n"


def mistakes_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_desk(str(folder))
    return str(error.value).splitlines()[1:]


def test_a_folder_is_a_desk(tmp_path: Path) -> None:
    desk = load_desk(str(write_desk(tmp_path)))

    assert desk.policy.name == "Pizza"
    assert desk.first == "waiter"
    assert desk.specialists["waiter"].instructions == "You are the waiter of Pizza."
    assert desk.specialists["waiter"].examples == ("one pizza please",)
    assert desk.specialists["waiter"].model == "large"
    assert set(desk.tools) == {"bake", "search_knowledge"}
    assert desk.data is None


def test_a_new_specialist_is_one_new_file_and_the_others_can_transfer_to_it(tmp_path: Path) -> None:
    desk = load_desk(str(write_desk(tmp_path, specialists__cook=COOK)))

    assert list(desk.specialists) == ["waiter", "cook"]
    assert desk.specialists["waiter"].transfers == ("cook",)
    assert desk.specialists["cook"].transfers == ("waiter",)


def test_a_new_tool_is_one_new_function(tmp_path: Path) -> None:
    more = TOOLS + '\n\n@tool\ndef slice_it(pieces: int) -> int:\n    """Cut it."""\n    return pieces\n'
    desk = load_desk(str(write_desk(tmp_path, tools=more)))

    assert "slice_it" in desk.tools


def test_tools_may_import_the_desks_own_data_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = write_desk(
        tmp_path / "my desk.2",
        data="from sqlalchemy import MetaData\n\nmetadata = MetaData()\nTOPPING = 'ham'\n"
        "async def seed(session, clock): ...\n"
        "async def customer_by_email(session, email): ...\n"
        "async def customer_by_id(session, customer_id): ...\n",
        tools=TOOLS.replace("from bot.desk import tool", "from bot.desk import tool\n\nfrom .data import TOPPING"),
    )

    desk = load_desk(str(folder))

    assert desk.data is not None
    assert desk.id == "my desk.2"


def test_two_folders_with_tools_of_the_same_name_do_not_share_them(tmp_path: Path) -> None:
    one = load_desk(str(write_desk(tmp_path / "one")))
    two = load_desk(str(write_desk(tmp_path / "two", tools=TOOLS.replace("12 minutes", "20 minutes"))))

    assert "12 minutes" in one.tools["bake"].function("ham")
    assert "20 minutes" in two.tools["bake"].function("ham")


def test_an_unknown_desk_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"FRONTDESK_DESK: nowhere is neither a built-in desk \(.*store"):
        load_desk("nowhere")


def test_every_mistake_is_named_at_once_with_file_line_and_mend(tmp_path: Path) -> None:
    folder = write_desk(
        tmp_path,
        desk=DESK.replace("[waiter]", "[waiter, maitre]") + "voise: friendly\nreply_cap: {replies: none}\n",
        specialists__waiter=WAITER.replace("bake,", "bakee,").replace("examples:", "transfers: [cok]\nexamples:"),
        specialists__cook=COOK.replace("name: cook", "name: chef"),
        specialists__empty="",
    )

    mistakes = mistakes_of(folder)

    assert "desk.yml:5: `voise` means nothing here; did you mean `voice`?" in mistakes
    assert any(line.startswith("desk.yml:6: `reply_cap.replies`") for line in mistakes)
    assert "specialists/cook.md:2: `name` is chef, the file is cook.md; let them agree" in mistakes
    assert any(line.startswith("specialists/empty.md:1: has no front matter; begin with") for line in mistakes)
    assert "specialists/waiter.md:4: there is no tool `bakee`; did you mean `bake`?" in mistakes
    assert "specialists/waiter.md:5: there is no specialist `cok`; did you mean `cook`?" in mistakes


def test_a_specialist_that_the_order_names_must_exist(tmp_path: Path) -> None:
    mistakes = mistakes_of(write_desk(tmp_path, desk=DESK.replace("[waiter]", "[waiter, sommelier]")))

    assert mistakes == ["desk.yml:2: there is no specialist `sommelier`; write specialists/sommelier.md"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"desk": DESK + "voice: [\n"}, "desk.yml:5: is not YAML"),
        ({"desk": DESK + "voice: 'Be warm.\nlanguages: [en]\n\n"}, "desk.yml:5: is not YAML"),
        ({"desk": DESK + "name: Twice\n"}, "desk.yml:5: `name` stands here a second time; keep one"),
        ({"desk": DESK.replace("name: Pizza\n", "")}, "desk.yml:1: `name` is missing; add it"),
        ({"desk": DESK.replace("09:00", "early")}, "desk.yml:3: `business_hours.open` is a time of day"),
        ({"desk": DESK.replace("4 hours", "soon")}, "desk.yml:4: `promises.normal` is written as"),
        ({"desk": "just words"}, "desk.yml:1: is not a list of `key: value` lines"),
        ({"specialists__waiter": WAITER.replace("handles: Pizzas and tables.\n", "")}, "`handles` is missing"),
        ({"specialists__waiter": WAITER.replace("You are the waiter of Pizza.\n", "")}, "has no instructions"),
        ({"specialists__waiter": WAITER.replace("bake,", "escalate_to_human,")}, "`escalate_to_human` need not be"),
        ({"specialists__waiter": WAITER.replace("examples", "transfers: [waiter]\nexamples")}, "transfers to itself"),
        (
            {"specialists__waiter": WAITER.replace("examples", "model: huge\nexamples")},
            "specialists/waiter.md:5: `model`",
        ),
        ({"tools": TOOLS.replace("-> str", "-> str oops")}, "tools.py:5: is not Python: expected ':'; look at"),
        (
            {"tools": "import nothing_like_this\n" + TOOLS},
            "tools.py:1: cannot be imported: there is no module",
        ),
        (
            {"tools": TOOLS.replace("bake(topping: str)", "bake(topping)")},
            "tools.py:4: bake: `topping` has no type; write",
        ),
        ({"tools": TOOLS.replace("bake(topping: str)", "bake(*topping: str)")}, "a model cannot fill"),
        ({"tools": TOOLS.replace("bake", "transfer_to_bake")}, "is a name of the turn's own; rename it"),
        ({"tools": TOOLS + "\n@tool\ndef mute(x: int) -> int:\n    return x\n"}, "has no docstring"),
        ({"tools": TOOLS + TOOLS.partition("\n")[2]}, "tools.py:11: `bake` stands here a second time, after line 5"),
        ({"actions": TOOLS}, "actions.py:5: there is a tool `bake` already, in tools.py; rename this one"),
        (
            {"tools": TOOLS.replace("bake", "search_knowledge"), "specialists__waiter": WAITER.replace("bake, ", "")},
            "tools.py:5: there is a tool `search_knowledge` already, built in; rename this one",
        ),
        ({"tools": TOOLS.replace("topping: str", "topping: Sting")}, "tools.py:5: cannot be imported: NameError"),
        ({"tools": REFUND.replace("customer: Customer", "x: int")}, "tools.py:7: give: an action acts for somebody"),
        ({"tools": REFUND.replace("async def done", "def done")}, "`done` cannot commit it; write `async def done(ses"),
        (
            {"tools": REFUND, "desk": DESK + "limits: {refnd: {human: true}}\n"},
            "`limits.refnd`; did you mean `refund`?",
        ),
        (
            {"tools": REFUND, "desk": DESK + "limits: {refund: {windw_days: 3}}\n"},
            "desk.yml:5: `limits.refund.windw_days` means nothing here; did you mean `window_days`?",
        ),
        ({"desk": DESK + "limits: {x: {window_days: few}}\n"}, "has to be a whole number; write it in digits"),
        ({"desk": DESK.replace("open: 09", "days: [monday], open: 09")}, "did you mean `mon`?"),
        (
            {"specialists__waiter": WAITER.replace("[one pizza please]", "one")},
            "`examples` has to be a list; write",
        ),
        (
            {"specialists__cook": COOK.replace("handles", "examples: [One  pizza please]\nhandles")},
            "specialists/waiter.md:5: “one pizza please” is an example of `cook` too; leave it to one of them",
        ),
        ({"data": "metadata = None\n"}, "data.py: `seed` is missing; define async def seed(session, clock)"),
        ({"context": CONTEXT.replace("= 0", "")}, "context.py: `Table.seats` has no default; give it one"),
        ({"context": CONTEXT + "\nclass Menu(Context): ...\n"}, "context.py: a desk has one `Context`, here are two"),
        (
            {"context": CONTEXT.replace('"waiter"', '"waitr"')},
            "context.py:8: there is no specialist `waitr`; did",
        ),
        (
            {"context": CONTEXT.replace("table: Table", "table")},
            "context.py:8: find: nobody can fill `table`; type it as",
        ),
        ({"knowledge__empty": "# Only a title\n"}, "knowledge/empty.md: says nothing"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    mistakes = mistakes_of(write_desk(tmp_path, **files))

    assert any(expected in line for line in mistakes), mistakes


def test_what_would_not_be_read_is_named(tmp_path: Path) -> None:
    folder = write_desk(tmp_path)
    (folder / "knowledge").mkdir()
    (folder / "knowledge" / "menu.docx").write_text("Pizza")
    (folder / "specialists" / "cook.md").write_bytes(b"---\nname: caf\xe9\n---\n")

    assert mistakes_of(folder) == [
        "specialists/cook.md: cannot be read; save it as UTF-8 text",
        "knowledge/menu.docx: is not read: knowledge is Markdown, HTML, text and PDF;"
        " let its name end in .md, .html, .txt, .pdf",
    ]


def test_times_and_amounts_stay_what_was_written(tmp_path: Path) -> None:
    more = "limits: {refund: {at_once_below: 100.10}}\norganisations: {no: [a, 10]}\n"
    desk = load_desk(str(write_desk(tmp_path, desk=DESK.replace("09:00", "10:00") + more, actions=REFUND)))

    assert desk.policy.business_hours.open == 600
    assert str(desk.policy.limits["refund"].at_once_below) == "100.10"
    assert desk.policy.organisations == {"no": ("a", "10")}
