#include "cpu/attention/attention_block.h"
#include "cpu/attention/kernels.h"

namespace lmos::cpu::LMOS_ISA {
namespace {

const int32_t* pages_of(const PagedAttention& args, int64_t token) {
  return args.page_table + args.sequence[token] * args.sequence_pages;
}

bool in_range(const PagedAttention& args) {
  for (int64_t t = 0; t < args.shape.tokens; ++t) {
    if (args.sequence[t] < 0 || args.sequence[t] >= args.sequences) return false;
    if (args.positions[t] < 0 || args.positions[t] >= args.capacity()) return false;
  }
  for (int64_t t = 0; t < args.shape.tokens;) {  // runs of one sequence
    int32_t last = 0;
    const int64_t first = t;
    for (; t < args.shape.tokens && args.sequence[t] == args.sequence[first]; ++t) {
      last = larger(last, args.positions[t]);
    }
    const int32_t* pages = pages_of(args, first);
    for (int64_t i = 0; i <= last / args.page_tokens; ++i) {
      if (pages[i] < 0 || pages[i] >= args.pages) return false;
    }
  }
  return true;
}

template <class T>
void write_caches(const PagedAttention& args) {
  const int64_t width = args.shape.kv_heads * args.shape.dim;
  for (int64_t t = 0; t < args.shape.tokens; ++t) {
    const int64_t position = args.positions[t];
    const int64_t page = pages_of(args, t)[position / args.page_tokens];
    const int64_t to = (page * args.page_tokens + position % args.page_tokens) * width;
    __builtin_memcpy(static_cast<T*>(args.key_cache) + to,
                     static_cast<const T*>(args.k) + t * width, sizeof(T) * width);
    __builtin_memcpy(static_cast<T*>(args.value_cache) + to,
                     static_cast<const T*>(args.v) + t * width, sizeof(T) * width);
  }
}

// How the work is cut: consecutive tokens of one sequence share a block with all query heads of one
// key head; the context is cut in pieces that are combined in order afterwards.
struct Plan {
  int64_t group;         // query heads of a key head
  int64_t block_tokens;  // tokens of a block, at most
  int64_t pieces;        // of the longest context

  explicit Plan(const PagedAttention& args)
      : group(args.shape.heads / args.shape.kv_heads),
        block_tokens(larger(1, kQueryBlock / group)) {
    int32_t last = 0;
    for (int64_t t = 0; t < args.shape.tokens; ++t) {
      if (args.positions[t] > last) last = args.positions[t];
    }
    pieces = (last + kCachePiece) / kCachePiece;
  }
};

template <class T, class Product>
void attend_piece(const PagedAttention& args, const Plan& plan, ForwardBlock<T, Product>& block,
                  float* parts, int64_t token, int64_t tokens, int64_t first_head, int64_t heads,
                  int64_t piece) {
  const AttentionShape& shape = args.shape;
  QueryRow rows[kQueryBlock];
  int64_t count = 0;
  for (int64_t t = token; t < token + tokens; ++t) {
    for (int64_t head = first_head; head < first_head + heads; ++head) {
      rows[count++] = {(t * shape.heads + head) * shape.dim, args.positions[t] + int64_t{1}, 0};
    }
  }
  const int64_t kv_head = first_head / plan.group;
  block.begin(static_cast<const T*>(args.q), rows, count);
  const int32_t* pages = pages_of(args, token);
  const int64_t end = smaller(block.limit(), (piece + 1) * kCachePiece);
  for (int64_t key = piece * kCachePiece; key < end;) {
    const int64_t place = key / args.page_tokens, first = place * args.page_tokens;
    const int64_t offset = (pages[place] * args.page_tokens * shape.kv_heads + kv_head) * shape.dim;
    const KeyRun<T> run{static_cast<const T*>(args.key_cache) + offset,
                        static_cast<const T*>(args.value_cache) + offset,
                        shape.kv_heads * shape.dim, nullptr, first};
    const int64_t page_end = smaller(end, first + args.page_tokens);
    block.add(run, key, page_end);
    key = page_end;
  }
  const auto part = [&](int64_t r) {
    return parts + (rows[r].offset / shape.dim * plan.pieces + piece) * partial_floats(shape.dim);
  };
  for (int64_t r = 0; r < count; ++r) {
    part(r)[0] = block.maximum(r);
    part(r)[1] = block.total(r);
  }
  block.write_partial([&](int64_t r) { return part(r) + kPartialHeader; });
}

template <class T>
void combine_row(const PagedAttention& args, const Plan& plan, const float* parts, int64_t row) {
  const int64_t dim = args.shape.dim, size = partial_floats(dim);
  const float* part = parts + row * plan.pieces * size;
  float peak = kMasked;
  for (int64_t i = 0; i < plan.pieces; ++i) peak = part[i * size] > peak ? part[i * size] : peak;
  float total = 0;
  for (int64_t i = 0; i < plan.pieces; ++i) {
    total += part[i * size + 1] * __builtin_exp2f(part[i * size] - peak);
  }
  T* y = static_cast<T*>(args.y) + row * dim;
  vectors(dim, [&](int64_t d, auto lanes) {
    F32 value = F32::zero();
    for (int64_t i = 0; i < plan.pieces; ++i) {
      const F32 weight = F32::set(__builtin_exp2f(part[i * size] - peak) / total);
      value = fma(weight, load(part + i * size + kPartialHeader + d, lanes), value);
    }
    store(y + d, value, lanes);
  });
}

template <class T, class Product>
void attend(const Parallel& parallel, const PagedAttention& args) {
  const AttentionShape& shape = args.shape;
  const Plan plan(args);
  const int64_t block_size = forward_block_floats(shape.dim);
  float* parts = args.scratch + block_size * parallel.threads;
  const int64_t blocks = (shape.tokens + plan.block_tokens - 1) / plan.block_tokens;
  for_range(parallel, blocks * shape.kv_heads * plan.pieces, 1,
            [&](int64_t begin, int64_t end, int32_t thread) {
              ForwardBlock<T, Product> block(args.scratch + thread * block_size, shape.dim,
                                             shape.scale);
              for (int64_t task = begin; task < end; ++task) {
                const int64_t piece = task % plan.pieces;
                const int64_t kv_head = task / plan.pieces % shape.kv_heads;
                const int64_t first = task / plan.pieces / shape.kv_heads * plan.block_tokens;
                const int64_t last = smaller(shape.tokens, first + plan.block_tokens);
                for (int64_t t = first; t < last;) {  // runs of one sequence
                  int64_t next = t + 1;
                  while (next < last && args.sequence[next] == args.sequence[t]) ++next;
                  const int64_t head_end = (kv_head + 1) * plan.group;
                  for (int64_t head = kv_head * plan.group; head < head_end; head += kQueryBlock) {
                    attend_piece(args, plan, block, parts, t, next - t, head,
                                 smaller(kQueryBlock, head_end - head), piece);
                  }
                  t = next;
                }
              }
            });
  for_range(parallel, shape.tokens * shape.heads, 64, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t row = begin; row < end; ++row) combine_row<T>(args, plan, parts, row);
  });
}

}  // namespace

bool paged_attention(const Parallel& parallel, const PagedAttention& args) {
  if (!in_range(args)) return false;
  with_product(args.shape.type, args.shape.dim,
               [&]<class T, class Product>(Type<T>, Type<Product>) {
                 write_caches<T>(args);
                 attend<T, Product>(parallel, args);
               });
  return true;
}

extern const AttentionKernels attention_kernels;
const AttentionKernels attention_kernels{attention, attention_grad, paged_attention};

}  // namespace lmos::cpu::LMOS_ISA
