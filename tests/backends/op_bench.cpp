// op_bench BACKEND [PART_OF_LABEL]: times operations of realistic sizes on a backend, as the host
// runs them.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "backends/backend_plugins.h"
#include "backends/op_case.h"
#include "graph/op.h"
#include "runtime/executable.h"

namespace lmos::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Model {
  const char* label;
  int64_t tokens, sequence, embed, heads, kv_heads, mlp, vocab;
};

// The training step of a small model, and of one of GPT-2's size.
const Model kModels[] = {
    {"embed288", 1024, 256, 288, 6, 6, 768, 4096},
    {"embed768", 1024, 1024, 768, 12, 12, 2048, 50304},
};

std::vector<OpCase> cases_of(const Model& m) {
  int64_t head_dim = m.embed / m.heads;
  CaseInput x{kMain, {m.tokens, m.embed}, normal()}, w{LMOS_F32, {m.embed}, normal()};
  CaseInput hidden{kMain, {m.tokens, m.mlp}, normal()};
  CaseInput q{kMain, {m.tokens, m.heads, head_dim}, normal()},
      k{kMain, {m.tokens, m.kv_heads, head_dim}, normal()};
  CaseInput head{kMain, {m.vocab, m.embed}, normal(0.02)},
      label{LMOS_I32, {m.tokens}, ids(m.vocab)};
  graph::Attributes epsilon = {{"epsilon", 1e-5}};
  graph::Attributes attention = {{"scale", 1 / std::sqrt(static_cast<double>(head_dim))},
                                 {"causal", 1L},
                                 {"sequence", m.sequence}};
  graph::Attributes loss = {{"ignore", -100L}, {"dtype", int64_t{LMOS_F32}}};
  CaseInput matrix{LMOS_F32, {m.mlp, m.embed}, normal()},
      second{LMOS_F32, {m.mlp, m.embed}, uniform(1e-4, 1e-2)};
  return {
      {.label = "linear", .op = "linear", .inputs = {x, {kMain, {m.mlp, m.embed}, normal(0.02)}}},
      {.label = "linear_one_token",
       .op = "linear",
       .inputs = {{kMain, {1, m.embed}, normal()}, {kMain, {m.mlp, m.embed}, normal(0.02)}}},
      {.label = "matmul_input_grad",
       .op = "matmul",
       .inputs = {hidden, {kMain, {m.mlp, m.embed}, normal(0.02)}}},
      {.label = "linear_weight_grad",
       .op = "linear_weight_grad",
       .inputs = {hidden, x},
       .attributes = {{"dtype", int64_t{LMOS_F32}}}},
      {.label = "rms_norm", .op = "rms_norm", .inputs = {x, w}, .attributes = epsilon},
      {.label = "add_rms_norm", .op = "add_rms_norm", .inputs = {x, x, w}, .attributes = epsilon},
      {.label = "rms_norm_grad",
       .op = "rms_norm_grad",
       .inputs = {x, x, w, {kStatistic, {m.tokens}, positive()}}},
      {.label = "swiglu", .op = "swiglu", .inputs = {hidden, hidden}},
      {.label = "swiglu_grad", .op = "swiglu_grad", .inputs = {hidden, hidden, hidden}},
      {.label = "rope",
       .op = "rope",
       .inputs = {q,
                  {LMOS_I32, {m.tokens}, counting(0, m.sequence)},
                  {LMOS_F32, {head_dim / 2}, positive()}}},
      {.label = "attention", .op = "attention", .inputs = {q, k, k}, .attributes = attention},
      {.label = "attention_grad",
       .op = "attention_grad",
       .inputs = {q, q, k, k, q, {kStatistic, {m.tokens, m.heads}, uniform(5, 6)}},
       .attributes = attention},
      {.label = "paged_attention_one_token",
       .op = "paged_attention",
       .inputs = {{kMain, {1, m.heads, head_dim}, normal()},
                  {kMain, {1, m.kv_heads, head_dim}, normal()},
                  {kMain, {1, m.kv_heads, head_dim}, normal()},
                  {kMain, {1, m.sequence, m.kv_heads, head_dim}, normal()},
                  {kMain, {1, m.sequence, m.kv_heads, head_dim}, normal()},
                  {LMOS_I32, {1, 1}, values({0})},
                  {LMOS_I32, {1}, values({0})},
                  {LMOS_I32, {1}, values({static_cast<double>(m.sequence - 1)})}},
       .attributes = {{"scale", 0.125}}},
      {.label = "linear_cross_entropy_step",
       .op = "linear_cross_entropy_step",
       .inputs = {{kStatistic, {}, values({1e-3})}, x, head, label},
       .attributes = loss},
      {.label = "gather_rows", .op = "gather_rows", .inputs = {head, label}},
      {.label = "scatter_add_rows",
       .op = "scatter_add_rows",
       .inputs = {x, label},
       .attributes = {{"rows", m.vocab}, {"dtype", int64_t{LMOS_F32}}}},
      {.label = "adamw",
       .op = "adamw",
       .inputs = {matrix,
                  matrix,
                  second,
                  matrix,
                  {LMOS_F32, {7}, values({1e-3, 0.9, 0.999, 1e-8, 0.1, 0.1, 0.001})},
                  {LMOS_F32, {}, values({1})}},
       .attributes = {{"decay", 1L}}},
  };
}

// Fastest of the runs that fit in a fifth of a second, at least three. Seconds.
double time_of(runtime::Executable& executable, runtime::Stream& stream) {
  double fastest = INFINITY;
  auto end = Clock::now() + std::chrono::milliseconds(200);
  for (int run = 0; run < 3 || Clock::now() < end; ++run) {
    auto begin = Clock::now();
    executable.run(stream);
    stream.synchronize();
    fastest = std::min(fastest, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return fastest;
}

void bench(runtime::Device& device, const std::string& label, const OpCase& op_case,
           lmos_dtype dtype) {
  ConcreteCase concrete = make_concrete(op_case, dtype, dtype, {});
  runtime::Executable executable(device, concrete.graph);
  runtime::Stream stream(device);
  executable.allocate();
  std::vector<runtime::Buffer> buffers;
  for (const HostTensor& operand : concrete.operands) {
    buffers.push_back(device.allocate(operand.bytes.size()));
    runtime::upload_now<std::byte>(stream, buffers.back().operand(), operand.bytes);
    if (operand.type.dtype != 0)
      executable.bind("operand" + std::to_string(buffers.size() - 1), buffers.back());
  }
  double bytes = 0;
  for (const graph::Value& value : concrete.graph.values)
    bytes += static_cast<double>(value.type.bytes());
  double seconds = time_of(executable, stream);
  std::printf("%-44s %-5s %10.3f ms %9.1f Gflop/s %8.2f GB/s%s\n", label.c_str(),
              std::string(graph::dtype_name(dtype)).c_str(), seconds * 1e3,
              graph::flops(concrete.graph) / seconds * 1e-9, bytes / seconds * 1e-9,
              executable.graph().nodes.size() > 1 ? "  (decomposed)" : "");
  std::fflush(stdout);
}

int run(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: op_bench BACKEND [PART_OF_LABEL]\nbackends:");
    for (const std::string& name : backend_names()) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  host_services().set_threads(0);  // one for each processor
  runtime::Device& device = backend(arguments[1]);
  for (const Model& model : kModels) {
    for (const OpCase& op_case : cases_of(model)) {
      std::string label = std::string(model.label) + " " + op_case.label;
      if (count == 3 && label.find(arguments[2]) == std::string::npos) continue;
      for (lmos_dtype dtype : {LMOS_F32, LMOS_BF16}) bench(device, label, op_case, dtype);
    }
  }
  return 0;
}

}  // namespace
}  // namespace lmos::test

int main(int count, char** arguments) {
  try {
    return lmos::test::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "op_bench: %s\n", error.what());
    return 1;
  }
}
