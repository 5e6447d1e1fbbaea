"""Times PyTorch's scaled-dot-product attention, by backend, and the machine's limits: python3 attention_torch.py

Prints the rate of a large bf16 product first; `bench_kernels` takes it as its argument."""

import statistics

import torch
import torch.nn.functional as functional
from torch.nn.attention import SDPBackend, sdpa_kernel


def seconds(call, repetitions=20):
    for _ in range(3):
        call()
    times = []
    for _ in range(repetitions):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        call()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1e-3)
    return statistics.median(times)


def limits():
    n = 8192
    a, b = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    print(f"product {2 * n**3 / seconds(lambda: a @ b) * 1e-12:.0f} TFLOP/s")


def attention(backend, batch, heads, kv_heads, sequence, dim, causal):
    def tensor(count):
        return torch.randn(batch, sequence, count, dim, device="cuda", dtype=torch.bfloat16).transpose(1, 2).requires_grad_()

    q, k, v = tensor(heads), tensor(kv_heads), tensor(kv_heads)
    products = 2 * batch * heads * sequence * sequence * dim * (0.5 if causal else 1)
    name = f"{backend.name} {batch}×{sequence} heads {heads}/{kv_heads} dim {dim}{' causal' if causal else ''}"

    def forward():
        return functional.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=heads != kv_heads)

    try:
        with sdpa_kernel(backend):
            time = seconds(forward)
            y = forward()
            dy = torch.randn_like(y)
            back = seconds(lambda: torch.autograd.grad(y, (q, k, v), dy, retain_graph=True))
        print(f"{name}: forward {time * 1e6:.1f} µs {2 * products / time * 1e-12:.0f} TFLOP/s,"
              f" gradient {back * 1e6:.1f} µs {5 * products / back * 1e-12:.0f} TFLOP/s")
    except RuntimeError as error:
        print(f"{name}: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    limits()
    for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION):
        attention(backend, 64, 12, 12, 1024, 64, True)
        attention(backend, 8, 32, 32, 2048, 64, True)
        attention(backend, 4, 32, 8, 2048, 128, True)
        attention(backend, 4, 32, 8, 2048, 128, False)
