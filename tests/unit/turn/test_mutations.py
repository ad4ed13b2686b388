"""The mutation run switches off what is there: a guard that moved would be switched off no more."""

import pytest

from tests.adversary.mutations import MUTATIONS, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.guard)
def test_a_guard_stands_where_the_mutation_run_looks_for_it(mutation: Mutation) -> None:
    assert mutation.code in (ROOT / mutation.file).read_text()
    assert mutation.code != mutation.without
