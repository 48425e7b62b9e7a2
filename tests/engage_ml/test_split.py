import numpy as np
import pyarrow as pa
import pytest

from engage_ml.errors import InputDataError
from engage_ml.hashing import hash_ids, uniform
from engage_ml.split import is_holdout, plan_rows


def rows(customers: int = 2_000, weeks: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hashes = np.tile(hash_ids(pa.array([f"customer-{n:05d}" for n in range(customers)])), weeks)
    week = np.repeat(7 * np.arange(weeks), customers)
    active = np.tile(np.arange(customers) % 4 != 0, weeks)
    return week, hashes, active


def test_validation_is_later_and_of_other_customers() -> None:
    week, hashes, active = rows()
    plan = plan_rows(week, hashes, active, np.ones(len(week), bool), max_training_rows=100_000, seed=1)
    assert set(week[plan.validation]) == {14}
    assert week[plan.training].max() == 7
    assert not np.isin(hashes[plan.validation], hashes[plan.training]).any()
    assert len(plan.validation) == pytest.approx(500, abs=70)
    assert not plan.same_week


def test_one_matured_week_is_split_by_customer_only() -> None:
    week, hashes, active = rows(weeks=1)
    plan = plan_rows(week, hashes, active, np.ones(len(week), bool), max_training_rows=100_000, seed=1)
    assert plan.same_week
    assert not np.isin(hashes[plan.validation], hashes[plan.training]).any()


def test_rows_without_an_outcome_are_left_out() -> None:
    week, hashes, active = rows()
    plan = plan_rows(week, hashes, active, week < 14, max_training_rows=100_000, seed=1)
    assert set(week[plan.validation]) == {7}


def test_no_outcome_at_all_is_an_error() -> None:
    week, hashes, active = rows()
    with pytest.raises(InputDataError, match="no week has matured"):
        plan_rows(week, hashes, active, np.zeros(len(week), bool), max_training_rows=100_000, seed=1)


def test_the_sample_keeps_to_its_size_and_its_weights_restore_the_population() -> None:
    week, hashes, active = rows(customers=20_000)
    plan = plan_rows(week, hashes, active, np.ones(len(week), bool), max_training_rows=8_000, seed=1)
    kept = active[plan.training]
    assert len(plan.training) == pytest.approx(8_000, rel=0.05)
    assert kept.mean() == pytest.approx(0.75, abs=0.03)
    assert np.average(kept, weights=plan.weight) == pytest.approx(0.75, abs=0.03)


def test_inactive_customers_give_way_first() -> None:
    week, hashes, _ = rows(customers=20_000)
    active = np.tile(np.arange(20_000) % 2 == 0, 3)
    plan = plan_rows(week, hashes, active, np.ones(len(week), bool), max_training_rows=8_000, seed=1)
    assert active[plan.training].mean() == pytest.approx(0.75, abs=0.03)
    assert np.average(active[plan.training], weights=plan.weight) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("customers", "weeks", "folds"), [(2_000, 12, 5), (30_000, 2, 2)])
def test_few_customers_have_five_folds_however_many_rows(customers: int, weeks: int, folds: int) -> None:
    week, hashes, active = rows(customers, weeks)
    plan = plan_rows(week, hashes, active, np.ones(len(week), bool), max_training_rows=100_000, seed=1)
    assert len(plan.training) > 15_000
    assert set(plan.fold) == set(range(folds))
    for number in range(folds):
        inside = plan.fold == number
        assert not np.isin(hashes[plan.training[inside]], hashes[plan.training[~inside]]).any()


def test_hashes_depend_on_the_id_alone() -> None:
    ids = [f"id-{n}" for n in range(1_000)] + ["a-much-longer-identifier", ""]
    forwards = hash_ids(pa.array(ids))
    backwards = hash_ids(pa.array(ids[::-1]))
    np.testing.assert_array_equal(forwards, backwards[::-1])
    np.testing.assert_array_equal(forwards[10:20], hash_ids(pa.array(ids).slice(10, 10)))
    assert len(set(forwards.tolist())) == len(ids)


def test_hashes_are_uniform_and_salts_are_independent() -> None:
    hashes = hash_ids(pa.array([f"{n:036d}" for n in range(20_000)]))
    first, second = uniform(hashes, "one"), uniform(hashes, "another salt")
    assert np.histogram(first, 10, (0, 1))[0].std() < 100
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert is_holdout(hashes).mean() == pytest.approx(0.25, abs=0.01)


def test_null_ids_are_an_error() -> None:
    with pytest.raises(ValueError, match="no customer_id"):
        hash_ids(pa.array(["a", None]))
