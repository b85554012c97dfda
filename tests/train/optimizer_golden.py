#!/usr/bin/python3
"""Writes optimizer_golden.json: five steps of torch.optim on made-up numbers, for
optimizer_test.cpp. Run it by hand where torch is installed."""
import json
import os

import torch

torch.manual_seed(3)
start = {"s1.conv.weight": torch.randn(2, 3), "s1.bn.weight": torch.randn(3), "fc.bias": torch.randn(2)}
gradients = [{name: torch.randn_like(value) for name, value in start.items()} for _ in range(5)]
rates = [0.1, 0.1, 0.05, 0.05, 0.01]
decays = {"s1.bn.weight": 0.0, "fc.bias": 0.02, "s1.conv.weight": 0.1}  # bn, bias, the rest
makers = {
    "sgd": lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9),
    "nesterov": lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True),
    "dampened": lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9, dampening=0.5),
    "plain": lambda groups: torch.optim.SGD(groups, lr=1),
    "adam": lambda groups: torch.optim.Adam(groups, lr=1, betas=(0.8, 0.99)),
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=1, betas=(0.8, 0.99)),
}
flat = lambda tensors: {name: value.flatten().tolist() for name, value in tensors.items()}
golden = {"torch": torch.__version__, "shapes": {n: list(v.shape) for n, v in start.items()},
          "start": flat(start), "gradients": [flat(g) for g in gradients], "rates": rates,
          "decays": decays, "after": {}}
for name, make in makers.items():
    values = {key: value.clone().requires_grad_() for key, value in start.items()}
    optimizer = make([{"params": [values[key]], "weight_decay": decay} for key, decay in decays.items()])
    for rate, gradient in zip(rates, gradients):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for key, value in values.items():
            value.grad = gradient[key].clone()
        optimizer.step()
    golden["after"][name] = flat({key: value.detach() for key, value in values.items()})
with open(os.path.join(os.path.dirname(__file__), "optimizer_golden.json"), "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
