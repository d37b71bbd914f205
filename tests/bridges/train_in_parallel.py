"""One of two processes that train one model: ``python train_in_parallel.py RANK FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from combinet import Model, as_torch_module, chain
from combinet.bridges import PyTorchWrapper
from combinet.layers import Linear, Relu

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((8, 4)), RNG.standard_normal((8, 2))
STEPS = 3


def network(seed: int) -> Model[Any, Any]:
    """With a layer of torch's in the middle, in float64."""
    torch.manual_seed(seed)
    inside = PyTorchWrapper(nn.Linear(5, 5))
    return chain(Relu(5, 4), inside, Linear(2, 5)).initialize(seed=seed).to_dtype("float64")


def train(module: Any, x: Any, y: Any) -> None:
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.mse_loss(module(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer.step()


def main(rank: int, folder: Path) -> None:
    """Train on half of the rows; what the model then predicts is left in the folder."""
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2
    )
    model = network(seed=rank)  # DDP gives both the weights of the first
    train(DistributedDataParallel(as_torch_module(model)), X[rank::2], Y[rank::2])
    np.save(folder / f"{rank}.npy", model.predict(X))
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
