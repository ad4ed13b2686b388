"""Remembers which cases passed before, so that a regression differs from a case that never worked."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.domain.errors import ConfigError
from bot.evals.trial import Result


def read_baseline(file: Path) -> Mapping[str, bool]:
    """Return whether each case passed, by its id.

    Raises:
        ConfigError: there is no such file, or it is no baseline.
    """
    try:
        raw = json.loads(file.read_text("utf-8"))
        cases = raw["cases"]
        if not isinstance(cases, dict) or not all(isinstance(passed, bool) for passed in cases.values()):
            raise TypeError
    except OSError as error:
        raise ConfigError(f"--baseline: {file} cannot be read; write it with --update-baseline") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"--baseline: {file} is no baseline; write it anew with --update-baseline") from error
    return cases


def write_baseline(file: Path, results: Sequence[Result], before: Mapping[str, bool]) -> None:
    """Write what passed; cases that were not played keep what they were."""
    cases = {**before, **{result.named.id: result.passed for result in results}}
    text = json.dumps({"cases": dict(sorted(cases.items()))}, indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", "utf-8")


def regressions(results: Sequence[Result], baseline: Mapping[str, bool] | None) -> list[Result]:
    """Return the cases that fail and did not before; without a baseline every case that fails."""
    failed = [result for result in results if not result.passed]
    return failed if baseline is None else [result for result in failed if baseline.get(result.named.id)]
