"""A lab's plots: transparent for the book's pages, on white paper in an editor of any colour."""

import matplotlib.pyplot as plt
import pytest

from workshop import lab


@pytest.mark.parametrize(
    ("code", "paper"), [("solution", "none"), ("mine", "white"), ("", "white")]
)
def test_the_paper_suits_the_page(monkeypatch, code, paper):
    monkeypatch.setenv(lab.CODE, code)
    with plt.rc_context():
        lab.style()
        assert plt.rcParams["figure.facecolor"] == paper
        assert plt.rcParams["savefig.transparent"] is (paper == "none")
