#include "cpu/attention/attention.h"

#include "cpu/attention/attention_block.h"
#include "cpu/attention/kernels.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

template <class T, class Product>
void attend_block(const Attention& args, ForwardBlock<T, Product>& block, int64_t sequence,
                  int64_t head, int64_t first) {
  const AttentionShape& shape = args.shape;
  const int64_t start = sequence * args.sequence;
  const int64_t count = smaller(kQueryBlock, args.sequence - first);
  QueryRow rows[kQueryBlock];
  for (int64_t r = 0; r < count; ++r) {
    const int64_t token = start + first + r;
    rows[r] = {(token * shape.heads + head) * shape.dim,
               args.causal ? first + r + 1 : args.sequence,
               args.segments != nullptr ? args.segments[token] : 0};
  }
  const int64_t kv_head = head / (shape.heads / shape.kv_heads);
  const int64_t kv_offset = (start * shape.kv_heads + kv_head) * shape.dim;
  const KeyRun<T> run{static_cast<const T*>(args.k) + kv_offset,
                      static_cast<const T*>(args.v) + kv_offset, shape.kv_heads * shape.dim,
                      args.segments != nullptr ? args.segments + start : nullptr};
  block.drop(args.dropout,
             ((sequence * shape.heads + head) * args.sequence + first) * args.sequence,
             args.sequence);
  block.begin(static_cast<const T*>(args.q), rows, count);
  block.add(run, 0, args.sequence);
  block.write([&](int64_t r) { return static_cast<T*>(args.y) + rows[r].offset; });
  for (int64_t r = 0; r < count; ++r) {
    args.lse[(start + first + r) * shape.heads + head] =
        block.maximum(r) * kLn2 + __builtin_logf(block.total(r));
  }
}

}  // namespace

void attention(const Parallel& parallel, const Attention& args) {
  const int64_t blocks = (args.sequence + kQueryBlock - 1) / kQueryBlock;
  const int64_t sequences = args.shape.tokens / args.sequence;
  const int64_t tasks = sequences * args.shape.heads * blocks;
  with_product(args.shape.type, args.shape.dim,
               [&]<class T, class Product>(Type<T>, Type<Product>) {
                 for_range(parallel, tasks, 1, [&](int64_t begin, int64_t end, int32_t thread) {
                   ForwardBlock<T, Product> block(
                       args.scratch + thread * forward_block_floats(args.shape.dim), args.shape.dim,
                       args.shape.scale);
                   for (int64_t task = begin; task < end; ++task) {
                     const int64_t head = task / blocks % args.shape.heads;
                     attend_block(args, block, task / blocks / args.shape.heads, head,
                                  task % blocks * kQueryBlock);
                   }
                 });
               });
}

}  // namespace lmos::cpu::LMOS_ISA
