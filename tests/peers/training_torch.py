"""What both training peers share: the optimizer, and one step."""

import contextlib

import torch


def adamw(model, lr, betas, weight_decay):
    """Fused AdamW that decays matrices only."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=betas, fused=True)


def compute_context(dtype, device="cpu"):
    """`dtype`: "float32" or "bfloat16", which is autocast over float32 master weights."""
    if dtype == "bfloat16":
        return torch.autocast(device, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def train_step(model, optimizer, ids, labels, clip, dtype="float32"):
    with compute_context(dtype, ids.device.type):
        loss = model(ids, labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss
