"""Federated averaging agrees with central training, and shares of data are dealt exactly once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from swarmdsl_modules.fl import Update, average, dirichlet_partition, weighted_average

Floats = NDArray[np.float64]

RANDOM = np.random.default_rng(7)
INPUTS = RANDOM.normal(size=(90, 5))
TARGETS = RANDOM.normal(size=(90, 2))
LABELS = np.repeat(np.arange(10), 60)


def gradient_step(model: list[Floats], inputs: Floats, targets: Floats) -> list[Floats]:
    """One full-batch step of linear regression, weights and bias."""
    weights, bias = model
    error = inputs @ weights + bias - targets
    return [weights - 0.1 * inputs.T @ error / len(inputs), bias - 0.1 * error.mean(axis=0)]


@given(st.lists(st.integers(1, 88), min_size=1, max_size=4, unique=True))
def test_one_local_step_averaged_is_the_central_step(cuts: list[int]) -> None:
    start = [np.ones((5, 2)), np.zeros(2)]
    parts = np.split(np.arange(90), sorted(cuts))
    updates = [
        Update(parameters=gradient_step(start, INPUTS[part], TARGETS[part]), samples=len(part))
        for part in parts
    ]
    federated: Update = average(updates)
    for ours, central in zip(
        federated.parameters, gradient_step(start, INPUTS, TARGETS), strict=True
    ):
        np.testing.assert_allclose(ours, central, rtol=0, atol=1e-9)


def test_average_counts_all_samples() -> None:
    updates = [Update(parameters=[np.zeros(1)], samples=n) for n in (2, 5)]
    assert average(updates).samples == 7


def test_average_of_one_model_is_that_model() -> None:
    [same] = weighted_average([[INPUTS]], [3])
    np.testing.assert_array_equal(same, INPUTS)


def test_model_without_weight_does_not_count() -> None:
    [kept] = weighted_average([[np.zeros(2)], [np.ones(2)]], [0, 4])
    assert kept.tolist() == [1, 1]


def test_average_leaves_its_inputs_alone() -> None:
    models = [[np.zeros(2)], [np.ones(2)]]
    weighted_average(models, [1, 1])
    assert [model[0].tolist() for model in models] == [[0, 0], [1, 1]]


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2], [float("nan"), 1]])
def test_weights_without_a_positive_sum_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="positive sum"):
        weighted_average([[np.zeros(1)]] * len(weights), weights)


def test_models_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in their shapes"):
        weighted_average([[np.zeros(1)], [np.zeros(2)]], [1, 1])


def test_a_weight_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        weighted_average([[np.zeros(1)]], [1, 1])


@given(st.integers(1, 8), st.floats(0.05, 50), st.integers(0, 2**32))
def test_every_sample_is_dealt_exactly_once(parts: int, concentration: float, seed: int) -> None:
    dealt = dirichlet_partition(LABELS, parts, concentration=concentration, seed=seed)
    assert len(dealt) == parts
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(LABELS)))


def test_one_seed_deals_one_way() -> None:
    first, again, other = (
        dirichlet_partition(LABELS, 4, concentration=0.5, seed=seed) for seed in (3, 3, 4)
    )
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


def class_shares(concentration: float) -> NDArray[np.float64]:
    """How much of each class the parts hold, part by class."""
    dealt = dirichlet_partition(LABELS, 4, concentration=concentration, seed=1)
    return np.array([np.bincount(LABELS[part], minlength=10) for part in dealt]) / 60


def test_small_concentration_deals_unevenly() -> None:
    shares = class_shares(0.1)
    assert (shares == 0).any()
    assert shares.max() > 0.9


def test_large_concentration_deals_evenly() -> None:
    assert np.abs(class_shares(10_000) - 0.25).max() < 0.05


@pytest.mark.parametrize(("parts", "concentration"), [(0, 1.0), (2, 0.0)])
def test_impossible_shares_are_refused(parts: int, concentration: float) -> None:
    with pytest.raises(ValueError, match="need parts >= 1"):
        dirichlet_partition(LABELS, parts, concentration=concentration, seed=0)
