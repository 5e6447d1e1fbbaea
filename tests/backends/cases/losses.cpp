#include "backends/op_case.h"

namespace lmos::test {
namespace {

constexpr int64_t kIgnore = -100;

struct HeadCase {
  const char* label;
  int64_t tokens, embed, vocab;
  lmos_dtype weight_grad;
  lmos_dtype bias = 0;  // 0: none
};

const HeadCase kHeads[] = {
    {"", 19, 24, 53, kMain},
    {"_f32_dw", 19, 24, 53, LMOS_F32},
    {"_one_token", 1, 16, 40, kMain},
    {"_large_vocab", 37, 32, 1503, LMOS_F32},
    {"_multiples_of_16", 64, 64, 256, LMOS_F32},
    {"_bias", 19, 24, 53, kMain, kMain},
    {"_f32_bias", 37, 32, 1503, LMOS_F32, LMOS_F32},
    {"_two_classes", 16, 32, 2, LMOS_F32, LMOS_F32},
};

}  // namespace

std::vector<OpCase> loss_cases() {
  std::vector<OpCase> cases;
  for (const HeadCase& c : kHeads) {
    CaseInput x{kMain, {c.tokens, c.embed}, normal()}, w{kMain, {c.vocab, c.embed}, normal(0.3)};
    CaseInput label{LMOS_I32, {c.tokens}, labels(c.vocab, kIgnore)};
    graph::Attributes forward = {{"ignore", kIgnore}};
    graph::Attributes backward = {{"ignore", kIgnore}, {"dtype", int64_t{c.weight_grad}}};
    OpCase loss{.label = std::string("linear_cross_entropy") + c.label,
                .op = "linear_cross_entropy",
                .inputs = {x, w, label},
                .attributes = forward};
    OpCase grad{.label = std::string("linear_cross_entropy_grad") + c.label,
                .op = "linear_cross_entropy_grad",
                .inputs = {{kStatistic, {c.tokens}, positive()}, x, w, label},
                .attributes = backward,
                .forward = Forward{"linear_cross_entropy", {1, 2, 3}, forward},
                .operands = {0, 1, 2, 3, 5}};
    OpCase step{.label = std::string("linear_cross_entropy_step") + c.label,
                .op = "linear_cross_entropy_step",
                .inputs = {{kStatistic, {}, values({0.125})}, x, w, label},
                .attributes = backward};
    if (c.bias != 0) {
      for (OpCase* op_case : {&loss, &grad, &step})
        op_case->inputs.push_back({c.bias, {c.vocab}, normal()});
      // Backends may round the logits, which a bias makes larger.
      for (OpCase* op_case : {&loss, &grad, &step}) op_case->bf16_tolerance = 8e-3;
      grad.forward->operands = {1, 2, 3, 4};
      grad.operands = {0, 1, 2, 3, 6, 4};
    }
    cases.insert(cases.end(), {loss, grad, step});
  }
  return cases;
}

}  // namespace lmos::test
