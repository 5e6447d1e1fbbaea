"""A LLaMA in plain PyTorch: RMSNorm, rotary positions, grouped-query attention, SwiGLU."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class LlamaConfig:
    layers: int
    embed: int
    heads: int
    kv_heads: int
    mlp: int
    vocab: int
    context: int
    tied: bool = False
    rope_theta: float = 10000.0

    @property
    def head_dim(self):
        return self.embed // self.heads


def rotate(x, cos, sin):
    """x: [batch, heads, tokens, head_dim]; cos, sin: [tokens, head_dim / 2]. Pairs (i, i + head_dim / 2)."""
    low, high = x.chunk(2, dim=-1)
    return torch.cat((low * cos - high * sin, high * cos + low * sin), dim=-1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        kv = config.kv_heads * config.head_dim
        self.query = nn.Linear(config.embed, config.embed, bias=False)
        self.key = nn.Linear(config.embed, kv, bias=False)
        self.value = nn.Linear(config.embed, kv, bias=False)
        self.output = nn.Linear(config.embed, config.embed, bias=False)

    def forward(self, x, cos, sin):
        c = self.config
        batch, tokens, _ = x.shape
        q = self.query(x).view(batch, tokens, c.heads, c.head_dim).transpose(1, 2)
        k = self.key(x).view(batch, tokens, c.kv_heads, c.head_dim).transpose(1, 2)
        v = self.value(x).view(batch, tokens, c.kv_heads, c.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=c.kv_heads != c.heads)
        return self.output(y.transpose(1, 2).reshape(batch, tokens, c.embed))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention_norm = nn.RMSNorm(config.embed, eps=1e-5)
        self.attention = Attention(config)
        self.mlp_norm = nn.RMSNorm(config.embed, eps=1e-5)
        self.gate = nn.Linear(config.embed, config.mlp, bias=False)
        self.up = nn.Linear(config.embed, config.mlp, bias=False)
        self.down = nn.Linear(config.mlp, config.embed, bias=False)

    def forward(self, x, cos, sin):
        x = x + self.attention(self.attention_norm(x), cos, sin)
        y = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embedding = nn.Embedding(config.vocab, config.embed)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.embed, eps=1e-5)
        self.head = nn.Linear(config.embed, config.vocab, bias=False)
        if config.tied:
            self.head.weight = self.embedding.weight
        frequencies = config.rope_theta ** (-torch.arange(0, config.head_dim, 2) / config.head_dim)
        angles = torch.outer(torch.arange(config.context), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(parameter, std=0.02 / (2 * config.layers) ** 0.5 if residual else 0.02)

    def forward(self, ids, labels):
        """ids, labels: [batch, tokens]. The mean cross-entropy in nats."""
        tokens = ids.shape[1]
        cos, sin = self.cos[:tokens], self.sin[:tokens]
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, cos, sin)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1).float(), labels.flatten())
