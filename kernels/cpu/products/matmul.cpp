#include "cpu/products/matmul.h"

#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "cpu/kernels.h"

namespace lmos::cpu {
namespace {

using dnnl::memory;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::data_type data_type(Float type) {
  return type == Float::f32 ? memory::data_type::f32 : memory::data_type::bf16;
}

// The steps between stored rows filled in.
MatmulShape with_steps(MatmulShape shape) {
  if (shape.a_step == 0) shape.a_step = shape.transpose_a ? shape.m : shape.k;
  if (shape.b_step == 0) shape.b_step = shape.transpose_b ? shape.k : shape.n;
  if (shape.c_step == 0) shape.c_step = shape.n;
  return shape;
}

// What oneDNN multiplies for a product of f16, which it has for few machines: dense f32 copies. The
// products of values of f16 are exact in f32, and all machines give the same bits.
MatmulShape widened(MatmulShape shape) {
  if (shape.type != Float::f16) return shape;
  shape.type = shape.bias_type = Float::f32;
  shape.a_step = shape.b_step = 0;
  if (shape.result_type == Float::f16) {
    shape.result_type = Float::f32;
    shape.c_step = 0;
  }
  return with_steps(shape);
}

// Rows of numbers in memory, `step` elements from one to the next.
struct StoredRows {
  Float type;
  void* data;
  int64_t step;
};

void convert_rows(const Parallel& parallel, int64_t rows, int64_t columns, const StoredRows& from,
                  const StoredRows& to) {
  const auto convert = kernels(detect_isa()).elementwise.convert;
  const auto at = [](const StoredRows& stored, int64_t row) {
    return static_cast<char*>(stored.data) + row * stored.step * bytes_of(stored.type);
  };
  if (from.step == columns && to.step == columns)
    return convert(parallel, {from.type, to.type, false, rows * columns, from.data, to.data});
  for_range(parallel, rows, 1, [&](int64_t begin, int64_t end, int32_t) {
    for (int64_t row = begin; row < end; ++row)
      convert({}, {from.type, to.type, false, columns, at(from, row), at(to, row)});
  });
}

// While it lives, OpenMP regions that the calling thread opens have one thread.
class SingleThreaded {
 public:
  SingleThreaded() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~SingleThreaded() {
    if (before_ != 1) omp_set_num_threads(before_);
  }

 private:
  int before_;
};

constexpr int64_t kScratchAlignment = 64;
constexpr int64_t kSmallestPiece = 32;  // rows or columns
constexpr int64_t kPieceStep = 16;      // pieces begin at multiples of it

// Rows or columns [begin, end) of c.
struct Piece {
  int64_t begin, end;
};

std::vector<Piece> cut(int64_t size, int64_t pieces) {
  const int64_t units = (size + kPieceStep - 1) / kPieceStep;
  pieces = std::clamp<int64_t>(size / kSmallestPiece, 1, pieces);
  std::vector<Piece> result;
  for (int64_t i = 0; i < pieces; ++i) {
    result.push_back(
        {units * i / pieces * kPieceStep, std::min(size, units * (i + 1) / pieces * kPieceStep)});
  }
  return result;
}

}  // namespace

struct Matmul::Plan {
  // What one thread binds to one primitive: nothing is allocated when pieces run.
  struct Binding {
    memory a, b, bias, c, scratch;
    std::unordered_map<int, memory> arguments;
  };
  // A piece's product; pieces of equal size share it.
  struct Variant {
    int64_t size;
    dnnl::matmul::primitive_desc description;
    dnnl::matmul primitive;
    std::vector<Binding> bindings;  // by thread
  };

  MatmulShape requested;
  MatmulShape shape;  // of the product that oneDNN computes
  bool by_rows;
  std::vector<Piece> pieces;
  std::vector<size_t> variant_of;  // by piece
  std::vector<Variant> variants;
  std::vector<dnnl::stream> streams;  // by thread
  int64_t scratch_a_thread = 0;

  Plan(const MatmulShape& wanted, int32_t threads)
      : requested(with_steps(wanted)), shape(widened(requested)) {
    // Rows first: each piece then reads all of b, which the shared cache serves. Few rows are cut
    // by columns instead.
    by_rows = shape.m >= threads * kSmallestPiece || shape.m >= shape.n;
    pieces = cut(by_rows ? shape.m : shape.n, shape.batch >= 4 * threads ? 1 : threads);
    for (int32_t thread = 0; thread < threads; ++thread) streams.emplace_back(engine());
    for (const Piece& piece : pieces) variant_of.push_back(variant(piece.end - piece.begin));
    for (Variant& made : variants) {
      for (int32_t thread = 0; thread < threads; ++thread) bind(made);
    }
  }

  size_t variant(int64_t size) {
    for (size_t i = 0; i < variants.size(); ++i) {
      if (variants[i].size == size) return i;
    }
    const int64_t m = by_rows ? size : shape.m, n = by_rows ? shape.n : size;
    const memory::data_type type = data_type(shape.type);
    using Dims = memory::dims;
    const memory::desc a({m, shape.k}, type,
                         shape.transpose_a ? Dims{1, shape.a_step} : Dims{shape.a_step, 1});
    const memory::desc b({shape.k, n}, type,
                         shape.transpose_b ? Dims{1, shape.b_step} : Dims{shape.b_step, 1});
    const memory::desc c({m, n}, data_type(shape.result_type), Dims{shape.c_step, 1});
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (shape.accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.f);
      attributes.set_post_ops(sum);
    }
    const SingleThreaded single;
    const auto description =
        shape.bias
            ? dnnl::matmul::primitive_desc(
                  engine(), a, b, memory::desc({1, n}, data_type(shape.bias_type), Dims{n, 1}), c,
                  attributes)
            : dnnl::matmul::primitive_desc(engine(), a, b, c, attributes);
    variants.push_back({size, description, dnnl::matmul(description), {}});
    const int64_t bytes = static_cast<int64_t>(description.scratchpad_desc().get_size());
    scratch_a_thread = std::max(
        scratch_a_thread, (bytes + kScratchAlignment - 1) / kScratchAlignment * kScratchAlignment);
    return variants.size() - 1;
  }

  void bind(Variant& made) const {
    const dnnl::matmul::primitive_desc& description = made.description;
    Binding binding;
    binding.a = memory(description.src_desc(), engine(), DNNL_MEMORY_NONE);
    binding.b = memory(description.weights_desc(), engine(), DNNL_MEMORY_NONE);
    binding.c = memory(description.dst_desc(), engine(), DNNL_MEMORY_NONE);
    binding.scratch = memory(description.scratchpad_desc(), engine(), DNNL_MEMORY_NONE);
    binding.arguments = {{DNNL_ARG_SRC, binding.a},
                         {DNNL_ARG_WEIGHTS, binding.b},
                         {DNNL_ARG_DST, binding.c},
                         {DNNL_ARG_SCRATCHPAD, binding.scratch}};
    if (shape.bias) {
      binding.bias = memory(description.bias_desc(), engine(), DNNL_MEMORY_NONE);
      binding.arguments.emplace(DNNL_ARG_BIAS, binding.bias);
    }
    made.bindings.push_back(std::move(binding));
  }

  void run_piece(int64_t task, int32_t thread, const char* a, const char* b, const char* bias,
                 char* c, char* scratch) {
    const int64_t count = static_cast<int64_t>(pieces.size());
    const int64_t batch = task / count;
    const size_t index = static_cast<size_t>(task % count);
    const int64_t first = pieces[index].begin;
    const int64_t bytes = bytes_of(shape.type), result_bytes = bytes_of(shape.result_type);
    a += batch * (shape.transpose_a ? shape.k : shape.m) * shape.a_step * bytes;
    b += batch * (shape.transpose_b ? shape.n : shape.k) * shape.b_step * bytes;
    c += batch * shape.m * shape.c_step * result_bytes;
    if (by_rows) {
      a += first * (shape.transpose_a ? 1 : shape.a_step) * bytes;
      c += first * shape.c_step * result_bytes;
    } else {
      b += first * (shape.transpose_b ? shape.b_step : 1) * bytes;
      c += first * result_bytes;
      if (bias != nullptr) bias += first * bytes_of(shape.bias_type);
    }
    Variant& variant = variants[variant_of[index]];
    Binding& binding = variant.bindings[static_cast<size_t>(thread)];
    binding.a.set_data_handle(const_cast<char*>(a));
    binding.b.set_data_handle(const_cast<char*>(b));
    binding.c.set_data_handle(c);
    binding.scratch.set_data_handle(scratch + thread * scratch_a_thread);
    if (shape.bias) binding.bias.set_data_handle(const_cast<char*>(bias));
    variant.primitive.execute(streams[static_cast<size_t>(thread)], binding.arguments);
  }

  int64_t threads_scratch() const {
    return scratch_a_thread * static_cast<int64_t>(streams.size());
  }

  void run_pieces(const Parallel& parallel, const void* a, const void* b, const void* bias, void* c,
                  void* scratch) {
    const int64_t tasks = shape.batch * static_cast<int64_t>(pieces.size());
    for_range(parallel, tasks, 1, [&](int64_t begin, int64_t end, int32_t thread) {
      const SingleThreaded single;
      for (int64_t task = begin; task < end; ++task) {
        run_piece(task, thread, static_cast<const char*>(a), static_cast<const char*>(b),
                  static_cast<const char*>(bias), static_cast<char*>(c),
                  static_cast<char*>(scratch));
      }
    });
  }

  // Operands of f16, each with its copy in f32.
  bool is_widened() const { return requested.type == Float::f16; }
  bool widens_bias() const { return requested.bias && requested.bias_type != Float::f32; }
  bool widens_result() const { return requested.result_type != Float::f32; }
  int64_t a_rows() const { return shape.batch * (shape.transpose_a ? shape.k : shape.m); }
  int64_t b_rows() const { return shape.batch * (shape.transpose_b ? shape.n : shape.k); }
  int64_t c_rows() const { return shape.batch * shape.m; }

  // Gives each copy its place, from `memory` on; the place after the last.
  template <class Place>
  Place copies(Place memory, Place& a, Place& b, Place& bias, Place& c) const {
    const auto take = [&](bool wanted, int64_t elements) {
      const Place place = memory;
      constexpr int64_t kFloatsAligned = kScratchAlignment / int64_t{sizeof(float)};
      if (wanted) memory += (elements + kFloatsAligned - 1) / kFloatsAligned * kScratchAlignment;
      return place;
    };
    a = take(true, a_rows() * shape.a_step);
    b = take(true, b_rows() * shape.b_step);
    bias = take(widens_bias(), shape.n);
    c = take(widens_result(), c_rows() * shape.c_step);
    return memory;
  }
  int64_t copy_bytes() const {
    int64_t unused;
    return is_widened() ? copies(int64_t{0}, unused, unused, unused, unused) : 0;
  }

  void run_widened(const Parallel& parallel, const void* a, const void* b, const void* bias,
                   void* c, char* scratch) {
    char *wide_a, *wide_b, *wide_bias, *wide_c;
    copies(scratch + threads_scratch(), wide_a, wide_b, wide_bias, wide_c);
    const auto widen = [&](int64_t rows, int64_t columns, const void* from, int64_t step,
                           char* to) {
      convert_rows(parallel, rows, columns, {Float::f16, const_cast<void*>(from), step},
                   {Float::f32, to, columns});
    };
    widen(a_rows(), shape.a_step, a, requested.a_step, wide_a);
    widen(b_rows(), shape.b_step, b, requested.b_step, wide_b);
    if (widens_bias()) widen(1, shape.n, bias, shape.n, wide_bias);
    if (widens_result() && shape.accumulate)
      widen(c_rows(), shape.c_step, c, requested.c_step, wide_c);
    run_pieces(parallel, wide_a, wide_b, widens_bias() ? wide_bias : bias,
               widens_result() ? wide_c : c, scratch);
    if (widens_result())
      convert_rows(parallel, c_rows(), shape.n, {Float::f32, wide_c, shape.c_step},
                   {Float::f16, c, requested.c_step});
  }
};

Matmul::Matmul(const MatmulShape& shape, int32_t threads) try
    : plan_(std::make_unique<Plan>(shape, std::max(threads, 1))) {
} catch (const dnnl::error& error) {
  throw std::runtime_error(std::string("oneDNN refuses a matrix product: ") + error.message);
}

Matmul::~Matmul() = default;
Matmul::Matmul(Matmul&&) noexcept = default;

int64_t Matmul::scratch_bytes() const { return plan_->threads_scratch() + plan_->copy_bytes(); }

void Matmul::run(const Parallel& parallel, const void* a, const void* b, const void* bias, void* c,
                 void* scratch) const {
  if (plan_->is_widened())
    plan_->run_widened(parallel, a, b, bias, c, static_cast<char*>(scratch));
  else
    plan_->run_pieces(parallel, a, b, bias, c, scratch);
}

}  // namespace lmos::cpu
