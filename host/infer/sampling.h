// From logits to the next token.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "infer/likeliest.h"
#include "infer/token_history.h"

namespace lmos::infer {

// Applied in this order, which is that of transformers; each step sees what the one before left:
//   0. logit_bias           added to the logits of some ids
//   1. repetition_penalty   ids of the prompt or generated: logit / penalty if logit > 0, else
//   logit · penalty (Keskar et al. 2019)
//   2. frequency, presence  ids generated n > 0 times: logit − n · frequency_penalty −
//   presence_penalty (OpenAI)
//   3. temperature          0: the largest logit, ties to the lowest id, and nothing below applies;
//   else logit / temperature
//   4. top_k                the k largest, ties to the lowest ids
//   5. top_p                the fewest of the likeliest that together hold at least the share top_p
//   of what top_k left
//   6. min_p                those at least min_p times as likely as the likeliest
//   7. a draw from the softmax of the rest: a uniform number is a place in the sum of their
//   probabilities, in which the kLikeliest likeliest stand first
struct SamplingOptions {
  double temperature = 1;
  int64_t top_k = 0;  // 0: off
  double top_p = 1;   // in (0, 1]; 1: off
  double min_p = 0;   // in [0, 1]; 0: off
  double repetition_penalty = 1;
  double frequency_penalty = 0;
  double presence_penalty = 0;
  std::vector<std::pair<int32_t, double>> logit_bias;
  uint64_t seed = 0;
  int64_t logprobs =
      -1;  // likeliest tokens to report with their log-probability; 0: only the chosen; -1: none

  bool penalizes() const {
    return repetition_penalty != 1 || frequency_penalty != 0 || presence_penalty != 0;
  }
};

// Error(kConfiguration) that names the option and its range.
void check(const SamplingOptions& options);

struct TokenLogprob {
  int32_t id = 0;
  double logprob = 0;
};

struct SampledToken {
  int32_t id = 0;
  // Of the model itself, before penalties, temperature and filters: what training computes. Natural
  // logarithm.
  double logprob = 0;             // of `id`; 0 unless asked for
  std::vector<TokenLogprob> top;  // likeliest first, ties by id; empty unless asked for
};

// Which draw: the same place gets the same random number, whatever else is in the batch.
struct DrawPlace {
  uint64_t sequence = 0;  // index of the continuation within its request
  uint32_t position = 0;  // of the new token in the sequence, prompt included
};

// What a device is to multiply logits with for Likeliest::sum, so that draws can use it.
float draw_scale(const SamplingOptions& options);

// Scratch space for one vocabulary after another. One thread at a time; the result does not depend
// on earlier calls.
class Sampler {
 public:
  // `logits`: [vocab]; −∞ excludes a token. `options` passed check(). Error(kNumeric) for NaN, +∞
  // or no finite logit, Error(kConfiguration) for a logit_bias outside the vocabulary.
  SampledToken sample(std::span<const float> logits, const SamplingOptions& options,
                      const TokenHistory& history, DrawPlace place);
  // The same, but for the rounding of Likeliest::sum, from the likeliest tokens alone, with the
  // scale of draw_scale(options); nothing where they do not decide it.
  std::optional<SampledToken> sample(const Likeliest& likeliest, const SamplingOptions& options,
                                     DrawPlace place);

 private:
  struct Candidate {
    float logit;   // after penalties
    float weight;  // exp((logit − largest logit) / temperature); the likeliest weighs 1
    int32_t id;
  };
  static bool likelier(const Candidate& a, const Candidate& b);

  void apply_bias(const SamplingOptions& options);
  void apply_penalties(const SamplingOptions& options, const TokenHistory& history);
  void add_candidate(float logit, float largest, float scale, int32_t id);
  // Steps 4 to 7 over the candidates, of a vocabulary of `count` tokens that weigh `total`
  // together. Nothing if it takes candidates that are not there.
  std::optional<int32_t> draw(const SamplingOptions& options, DrawPlace place, size_t count,
                              double total);
  // Step 7 where nothing was cut: the token at `target` of the sum of all weights.
  int32_t draw_from_all(double target);
  // Leaves out those that together hold less than 1 − share.
  void drop_negligible(double share, double total);
  // The candidate of that rank, 0 the likeliest; null if it is not there.
  const Candidate* ranked(size_t rank);

  std::vector<float> logits_;  // [vocab], after penalties
  std::vector<Candidate>
      candidates_;  // likeliest first as far as ranked_, the others by id at first
  size_t ranked_ = 0;
  std::vector<Candidate> likeliest_;
};

}  // namespace lmos::infer
