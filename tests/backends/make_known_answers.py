"""Writes known_answers.h: results of PyTorch in float64 for inputs that known_answers_test.cpp makes itself.

Run by hand where an operation's definition changes:  python make_known_answers.py > known_answers.h
"""
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, phase, scale=1.0):
    """The inputs, as the test makes them: scale * sin(phase + 1.3 i)."""
    count = math.prod(shape)
    return (scale * torch.sin(phase + 1.3 * torch.arange(count))).reshape(shape).requires_grad_()


def emit(name, tensor):
    numbers = ", ".join(f"{x:.17g}" for x in tensor.detach().reshape(-1).tolist())
    print(f"inline const std::vector<double> {name} = {{{numbers}}};")


def attention():
    tokens, heads, kv_heads, head_dim, sequence = 6, 2, 1, 4, 3
    segments = torch.tensor([0, 0, 1, 1, 1, 1])
    q = wave((tokens, heads, head_dim), 0.1, 2)
    k = wave((tokens, kv_heads, head_dim), 0.2, 2)
    v = wave((tokens, kv_heads, head_dim), 0.3)
    dy = wave((tokens, heads, head_dim), 0.4)
    row, column = torch.meshgrid(torch.arange(tokens), torch.arange(tokens), indexing="ij")
    visible = (row // sequence == column // sequence) & (column <= row)
    visible &= segments[:, None] == segments[None, :]
    expand = lambda x: x.repeat_interleave(heads // kv_heads, dim=1).transpose(0, 1)
    y = F.scaled_dot_product_attention(q.transpose(0, 1), expand(k), expand(v), attn_mask=visible,
                                       scale=0.5).transpose(0, 1)
    scores = 0.5 * q.transpose(0, 1) @ expand(k).transpose(1, 2)
    lse = scores.masked_fill(~visible, -math.inf).logsumexp(-1).transpose(0, 1)
    dq, dk, dv = torch.autograd.grad(y, (q, k, v), dy)
    for name, tensor in dict(Y=y, Lse=lse, Dq=dq, Dk=dk, Dv=dv).items():
        emit("kAttention" + name, tensor)


def rope():
    """As transformers' apply_rotary_pos_emb does it."""
    x = wave((3, 2, 4), 0.5)
    positions = torch.tensor([0.0, 1.0, 5.0])
    frequencies = torch.tensor([1.0, 0.01], dtype=torch.float32).double()
    angles = positions[:, None] * frequencies
    angles = torch.cat((angles, angles), -1)[:, None, :]
    rotated = torch.cat((-x[..., 2:], x[..., :2]), -1)
    emit("kRope", x * angles.cos() + rotated * angles.sin())


def rms_norm():
    x, w, dy = wave((2, 5), 0.6, 3), wave((5,), 0.7), wave((2, 5), 0.8)
    y = F.rms_norm(x, (5,), w, eps=1e-3)
    dx, dw = torch.autograd.grad(y, (x, w), dy)
    for name, tensor in dict(Y=y, Dx=dx, Dw=dw).items():
        emit("kRmsNorm" + name, tensor)


def swiglu():
    gate, up, dy = wave((7,), 0.9, 2), wave((7,), 1.0), wave((7,), 1.1)
    y = F.silu(gate) * up
    dgate, dup = torch.autograd.grad(y, (gate, up), dy)
    for name, tensor in dict(Y=y, Dgate=dgate, Dup=dup).items():
        emit("kSwiglu" + name, tensor)


def cross_entropy():
    x, w = wave((4, 3), 1.2), wave((5, 3), 1.3, 2)
    labels = torch.tensor([2, -100, 0, 4])
    loss = F.cross_entropy(x @ w.T, labels, ignore_index=-100, reduction="none")
    dx, dw = torch.autograd.grad(loss, (x, w), torch.full((4,), 0.25))
    for name, tensor in dict(Loss=loss, Dx=dx, Dw=dw).items():
        emit("kCrossEntropy" + name, tensor)


def adamw():
    """Three steps; all hyperparameters are floats without rounding."""
    p = torch.nn.Parameter(wave((5,), 1.4).detach())
    optimizer = torch.optim.AdamW([p], lr=2.0**-4, betas=(0.875, 0.96875), eps=2.0**-20, weight_decay=0.125)
    for step in range(3):
        p.grad = 0.5 * wave((5,), 1.5 + step).detach()
        optimizer.step()
    state = optimizer.state[p]
    for name, tensor in dict(P=p, M=state["exp_avg"], V=state["exp_avg_sq"]).items():
        emit("kAdamw" + name, tensor)


print("""// Written by make_known_answers.py: results of PyTorch in float64.
#pragma once

#include <vector>

namespace lmos::test {
""")
for family in (attention, rope, rms_norm, swiglu, cross_entropy, adamw):
    family()
print("\n}  // namespace lmos::test")
