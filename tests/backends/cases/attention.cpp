#include <cmath>

#include "backends/op_case.h"

namespace lmos::test {
namespace {

struct AttentionCase {
  const char* label;
  int64_t tokens, heads, kv_heads, head_dim, sequence;
  bool causal;
  int64_t segment;  // tokens in each; 0: no segments operand
  double rate = 0;  // of dropout; 0: no state operand
};

const AttentionCase kAttention[] = {
    {"causal", 24, 4, 4, 16, 12, true, 0},
    {"bidirectional", 24, 4, 4, 16, 12, false, 0},
    {"grouped", 26, 6, 2, 24, 13, true, 0},
    {"one_kv_head", 18, 3, 1, 10, 9, true, 0},
    {"segments", 40, 4, 2, 16, 20, true, 7},
    {"segments_bidirectional", 40, 2, 2, 8, 20, false, 7},
    {"one_token", 1, 4, 2, 32, 1, true, 0},
    {"long", 300, 2, 1, 48, 300, true, 0},
    {"many_tokens", 400, 8, 2, 64, 100, true, 0},
    {"many_blocks", 131, 2, 2, 64, 131, false, 0},
    {"dropout", 24, 4, 4, 16, 12, false, 0, 0.3},
    {"dropout_segments", 40, 4, 2, 16, 20, true, 7, 0.1},
};

std::vector<OpCase> attention_pair(const AttentionCase& c) {
  CaseInput q{kMain, {c.tokens, c.heads, c.head_dim}, normal()};
  CaseInput k{kMain, {c.tokens, c.kv_heads, c.head_dim}, normal()};
  graph::Attributes attributes = {{"scale", 1 / std::sqrt(static_cast<double>(c.head_dim))},
                                  {"causal", int64_t{c.causal}},
                                  {"sequence", c.sequence}};
  OpCase forward{.label = std::string("attention_") + c.label,
                 .op = "attention",
                 .inputs = {q, k, k},
                 .attributes = attributes};
  OpCase grad{.label = std::string("attention_grad_") + c.label,
              .op = "attention_grad",
              .inputs = {q, q, k, k},
              .attributes = attributes,
              .forward = Forward{"attention", {1, 2, 3}, attributes},
              .operands = {0, 1, 2, 3, 4, 5}};
  if (c.segment == 0 && c.rate == 0) return {forward, grad};
  // Optional operands: segments, then the state of dropout. Those of grad follow y and lse.
  std::vector<size_t> given(2, kAbsent);
  if (c.segment > 0) {
    given[0] = forward.inputs.size();
    forward.inputs.push_back({LMOS_I32, {c.tokens}, segments(c.segment)});
  }
  if (c.rate > 0) {
    given[1] = forward.inputs.size();
    forward.inputs.push_back({LMOS_I64, {2}, values({77, 5})});
    for (OpCase* op_case : {&forward, &grad}) {
      op_case->attributes.set("rate", c.rate);
      op_case->attributes.set("site", int64_t{3});
    }
  }
  const auto after = [](size_t index, size_t by) { return index == kAbsent ? index : index + by; };
  forward.operands = {0, 1, 2, given[0], given[1]};
  grad.inputs.insert(grad.inputs.end(), forward.inputs.begin() + 3, forward.inputs.end());
  grad.forward =
      Forward{"attention", {1, 2, 3, after(given[0], 1), after(given[1], 1)}, forward.attributes};
  const size_t y = grad.inputs.size();
  grad.operands = {0, 1, 2, 3, y, y + 1, after(given[0], 1), after(given[1], 1)};
  return {forward, grad};
}

std::vector<OpCase> packed_pair(const AttentionCase& c) {
  const CaseInput qkv{kMain, {c.tokens, c.heads + 2 * c.kv_heads, c.head_dim}, normal()};
  const CaseInput dy{kMain, {c.tokens, c.heads, c.head_dim}, normal()};
  const graph::Attributes attributes = {{"heads", c.heads},
                                        {"scale", 1 / std::sqrt(static_cast<double>(c.head_dim))},
                                        {"causal", int64_t{c.causal}},
                                        {"sequence", c.sequence}};
  OpCase forward{.label = std::string("packed_attention_") + c.label,
                 .op = "packed_attention",
                 .inputs = {qkv},
                 .attributes = attributes};
  OpCase grad{.label = std::string("packed_attention_grad_") + c.label,
              .op = "packed_attention_grad",
              .inputs = {dy, qkv},
              .attributes = attributes,
              .forward = Forward{"packed_attention", {1}, attributes},
              .operands = {0, 1, 2, 3}};
  if (c.segment > 0) {
    const CaseInput given{LMOS_I32, {c.tokens}, segments(c.segment)};
    forward.inputs.push_back(given);
    grad.inputs.push_back(given);
    grad.forward->operands = {1, 2};
    grad.operands = {0, 1, 3, 4, 2};
  }
  return {forward, grad};
}

// Sequences of `sequence_pages` pages each, whose pages lie scattered over the cache.
struct PagedCase {
  const char* label;
  int64_t heads, kv_heads, head_dim;
  int64_t sequences, sequence_pages, page_tokens;
  std::vector<double> sequence, position;
};

OpCase paged(const PagedCase& c) {
  const auto tokens = static_cast<int64_t>(c.sequence.size());
  const int64_t pages = c.sequences * c.sequence_pages + 1;
  std::vector<double> table;
  for (int64_t i = 0; i + 1 < pages; ++i) table.push_back(static_cast<double>((i * 5 + 3) % pages));
  const CaseInput k{kMain, {tokens, c.kv_heads, c.head_dim}, normal()};
  const CaseInput cache{kMain, {pages, c.page_tokens, c.kv_heads, c.head_dim}, normal()};
  return {.label = "paged_attention_" + std::string(c.label),
          .op = "paged_attention",
          .inputs = {{kMain, {tokens, c.heads, c.head_dim}, normal()},
                     k,
                     k,
                     cache,
                     cache,
                     {LMOS_I32, {c.sequences, c.sequence_pages}, values(std::move(table))},
                     {LMOS_I32, {tokens}, values(c.sequence)},
                     {LMOS_I32, {tokens}, values(c.position)}},
          .attributes = {{"scale", 1 / std::sqrt(static_cast<double>(c.head_dim))}}};
}

OpCase turned(OpCase paged) {
  paged.label = "rope_" + paged.label;
  paged.op = "rope_paged_attention";
  const int64_t half = paged.inputs[0].dims[2] / 2;
  std::vector<double> frequencies;
  for (int64_t i = 0; i < half; ++i)
    frequencies.push_back(std::exp2(-static_cast<double>(i) / static_cast<double>(half) * 13.3));
  paged.inputs.push_back({LMOS_F32, {half}, values(std::move(frequencies))});
  return paged;
}

// Numbers of pages that 5 does not divide, so that no page is given out twice.
// Positions 0 … n − 1 of each of `prompts` sequences and the first ones of `others`, a token each:
// more than a block of one sequence's tokens, and some blocks of several.
PagedCase mixed(const char* label, int64_t heads, int64_t prompts, int64_t n, int64_t others) {
  PagedCase result{label, heads, heads / 2, 32, prompts + others, n / 16 + 1, 16, {}, {}};
  for (int64_t i = 0; i < prompts * n; ++i) {
    result.sequence.push_back(static_cast<double>(i / n));
    result.position.push_back(static_cast<double>(i % n));
  }
  for (int64_t i = 0; i < others; ++i) {
    result.sequence.push_back(static_cast<double>(prompts + others - 1 - i));
    result.position.push_back(static_cast<double>(i % (n / 16)));
  }
  return result;
}

// A token of each sequence, far behind its first; the first sequence has one near its first too,
// whose new row the other one reads.
PagedCase deep(const char* label, int64_t sequences) {
  PagedCase result{label, 4, 2, 64, sequences, 14, 16, {0}, {5}};
  for (int64_t i = 0; i < sequences; ++i) {
    result.sequence.push_back(static_cast<double>(i));
    result.position.push_back(static_cast<double>(201 - 4 * i));
  }
  return result;
}

const PagedCase kPaged[] = {
    {"one_token", 4, 2, 32, 1, 1, 64, {0}, {37}},
    {"first_token", 2, 2, 16, 1, 2, 4, {0}, {0}},
    {"batch_of_decodes", 6, 2, 24, 5, 3, 11, {3, 0, 4, 1}, {32, 7, 0, 19}},
    {"prefill", 4, 4, 16, 2, 4, 4, {1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6}},
    {"ragged", 3, 1, 10, 3, 4, 5, {2, 2, 2, 0, 1, 1}, {4, 5, 6, 11, 0, 1}},
    {"long", 2, 1, 64, 1, 11, 64, {0}, {650}},
    {"large_page", 2, 1, 64, 1, 1, 700, {0}, {650}},
    {"many_heads", 40, 2, 80, 1, 3, 64, {0}, {127}},
    deep("deep_decodes", 18),
    mixed("prefill_and_decodes", 4, 1, 140, 12),
    // Short sequences: the decomposition gathers as many pages for every token as a sequence has.
    mixed("many_tokens", 2, 13, 40, 8),
};

}  // namespace

std::vector<OpCase> attention_cases() {
  std::vector<OpCase> cases;
  for (const AttentionCase& c : kAttention) {
    for (OpCase& op_case : attention_pair(c)) cases.push_back(std::move(op_case));
    if (c.rate > 0) continue;
    for (OpCase& op_case : packed_pair(c)) cases.push_back(std::move(op_case));
  }
  for (const PagedCase& c : kPaged) {
    cases.push_back(paged(c));
    cases.push_back(turned(paged(c)));
  }
  return cases;
}

}  // namespace lmos::test
