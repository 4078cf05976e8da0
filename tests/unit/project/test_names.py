"""Names are compared as `packaging` compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import InvalidName
from packaging.utils import canonicalize_name as packagings

from xrun.project.names import canonicalize_name, is_name

TEXTS = st.text(st.sampled_from("aZ09-_. \u00e9\u0130\n"), max_size=8) | st.text(max_size=8)


@given(TEXTS)
def test_a_name_is_normalised_as_packaging_does_it(text: str) -> None:
    assert canonicalize_name(text) == packagings(text)


@given(TEXTS)
def test_a_name_is_one_as_packaging_has_it(text: str) -> None:
    if is_name(text):
        packagings(text, validate=True)
    else:
        with pytest.raises(InvalidName):
            packagings(text, validate=True)
