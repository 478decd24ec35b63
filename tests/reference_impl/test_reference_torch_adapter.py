"""Batches as tensors: nothing is copied, and lent memory lives as long as its tensor."""

from collections import namedtuple

import numpy as np
import pytest
import worker_datasets as samples

from reference_impl import DataLoader, TensorDataset
from reference_impl.torch import as_tensors, to_tensors

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("spawns")


def test_a_tensor_is_its_array():
    array = np.arange(6.0).reshape(2, 3)
    tensor = to_tensors(array)
    array[1, 2] = 100
    assert tensor[1, 2] == 100 and tensor.dtype == torch.float64


def test_structure_is_kept_and_text_stays():
    pair = namedtuple("pair", "x y")
    batch = {"a": [np.arange(2), "text"], "b": pair(np.zeros(1, np.uint8), (np.ones(1), None))}
    found = to_tensors(batch)
    assert found["a"][0].tolist() == [0, 1] and found["a"][1] == "text"
    assert type(found["b"]) is pair and found["b"].x.dtype == torch.uint8
    assert found["b"].y[0].tolist() == [1.0] and found["b"].y[1] is None


def test_what_torch_cannot_share_is_copied():
    fixed = np.arange(3)
    fixed.flags.writeable = False
    for array in (fixed, np.arange(3)[::-1], np.arange(3).astype(">i4")):
        assert to_tensors(array).tolist() == array.tolist()
    assert to_tensors(np.array(["a"])).tolist() == ["a"]


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_tensors_that_are_kept_stay_what_they_are(kind):
    loader = DataLoader(samples.Images(60), 2, num_workers=1, worker_type=kind)
    kept = [image[:, 1] for image, _ in as_tensors(loader)]
    assert len(as_tensors(loader)) == 30
    for tensor, (image, _) in zip(kept, DataLoader(samples.Images(60), 2), strict=True):
        assert np.array_equal(tensor.numpy(), image[:, 1])


def test_a_model_learns_from_them():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], np.float32)
    weights = torch.zeros(3, 1, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)
    loader = as_tensors(DataLoader(TensorDataset(x, y), 20, shuffle=True, seed=0, num_workers=2))
    for _ in range(10):
        for inputs, targets in loader:
            optimizer.zero_grad()
            ((inputs @ weights - targets) ** 2).mean().backward()
            optimizer.step()
    assert torch.allclose(weights.detach().ravel(), torch.tensor([1.0, -2.0, 0.5]), atol=1e-2)
