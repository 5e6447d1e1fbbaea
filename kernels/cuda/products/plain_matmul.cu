#include "cuda/products/plain_matmul.h"

#include "cuda/element.cuh"

namespace lmos::cuda {
namespace {

constexpr int kTile = 16;

struct Arguments {
  int64_t m, n, k;
  int64_t a_row, a_depth, b_depth, b_column, y_row;  // steps
  FloatSource a, b, bias;
  FloatTarget y;
  bool has_bias, accumulate;
};

// A tile of kTile × kTile results a block; one matrix of the batch for each blockIdx.z.
__global__ void __launch_bounds__(kTile* kTile) tiles(Arguments args) {
  __shared__ float a_tile[kTile][kTile + 1], b_tile[kTile][kTile + 1];
  const int x = threadIdx.x, y = threadIdx.y;
  const int64_t row = static_cast<int64_t>(blockIdx.y) * kTile + y;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kTile + x;
  const int64_t a_base = blockIdx.z * args.m * args.k, b_base = blockIdx.z * args.k * args.n;
  float sum = 0;
  for (int64_t first = 0; first < args.k; first += kTile) {
    const int64_t a_depth = first + x, b_depth = first + y;
    a_tile[y][x] = row < args.m && a_depth < args.k
                       ? args.a[a_base + row * args.a_row + a_depth * args.a_depth]
                       : 0;
    b_tile[y][x] = column < args.n && b_depth < args.k
                       ? args.b[b_base + b_depth * args.b_depth + column * args.b_column]
                       : 0;
    __syncthreads();
    for (int i = 0; i < kTile; ++i) sum += a_tile[y][i] * b_tile[i][x];
    __syncthreads();
  }
  if (row >= args.m || column >= args.n) return;
  const int64_t place = (blockIdx.z * args.m + row) * args.y_row + column;
  if (args.has_bias) sum += args.bias[column];
  if (args.accumulate) sum += FloatSource{args.y.data, args.y.type}[place];
  args.y.set(place, sum);
}

}  // namespace

void plain_matmul(cudaStream_t stream, const MatmulShape& shape, const void* a, const void* b,
                  const void* bias, void* y) {
  const int64_t a_step = shape.a_step != 0 ? shape.a_step : shape.transpose_a ? shape.m : shape.k;
  const int64_t b_step = shape.b_step != 0 ? shape.b_step : shape.transpose_b ? shape.k : shape.n;
  const Arguments args{
      .m = shape.m,
      .n = shape.n,
      .k = shape.k,
      .a_row = shape.transpose_a ? 1 : a_step,
      .a_depth = shape.transpose_a ? a_step : 1,
      .b_depth = shape.transpose_b ? 1 : b_step,
      .b_column = shape.transpose_b ? b_step : 1,
      .y_row = shape.y_step != 0 ? shape.y_step : shape.n,
      .a = {a, shape.type},
      .b = {b, shape.type},
      .bias = {bias, shape.bias_type},
      .y = {y, shape.result_type},
      .has_bias = shape.bias,
      .accumulate = shape.accumulate,
  };
  const dim3 grid(static_cast<unsigned>(ceil_div(shape.n, kTile)),
                  static_cast<unsigned>(ceil_div(shape.m, kTile)),
                  static_cast<unsigned>(shape.batch));
  tiles<<<grid, dim3(kTile, kTile), 0, stream>>>(args);
}

}  // namespace lmos::cuda
