"""A GPT-2 in plain PyTorch: LayerNorm, learned positions, multi-head attention, GELU, tied head. Without biases, as nanoGPT trains it, unless
asked for."""

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, embed, heads, bias, gelu):
        super().__init__()
        self.heads = heads
        self.gelu = gelu
        self.attention_norm = nn.LayerNorm(embed, bias=bias)
        self.qkv = nn.Linear(embed, 3 * embed, bias=bias)
        self.output = nn.Linear(embed, embed, bias=bias)
        self.mlp_norm = nn.LayerNorm(embed, bias=bias)
        self.up = nn.Linear(embed, 4 * embed, bias=bias)
        self.down = nn.Linear(4 * embed, embed, bias=bias)

    def forward(self, x):
        batch, tokens, embed = x.shape
        q, k, v = (
            part.view(batch, tokens, self.heads, embed // self.heads).transpose(1, 2)
            for part in self.qkv(self.attention_norm(x)).chunk(3, dim=-1)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(y.transpose(1, 2).reshape(batch, tokens, embed))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate=self.gelu))


class Gpt(nn.Module):
    def __init__(self, layers, embed, heads, vocab, context, bias=False, gelu="none"):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embed)
        self.positions = nn.Embedding(context, embed)
        self.blocks = nn.ModuleList(Block(embed, heads, bias, gelu) for _ in range(layers))
        self.norm = nn.LayerNorm(embed, bias=bias)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * layers) ** 0.5 if residual else 0.02)

    def forward(self, ids, labels):
        """ids, labels: [batch, tokens]. The mean cross-entropy in nats."""
        x = self.embedding(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.embedding.weight)
        return F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten())
