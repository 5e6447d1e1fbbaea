#include "evaluate/perplexity.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "errors/error.h"
#include "evaluate/continuation_scorer.h"
#include "formats/utf8.h"

namespace lmos::evaluate {
namespace {

// The windows of a document; its first `given` tokens are not scored.
std::vector<Continuation> windows(const std::vector<int32_t>& ids, size_t given,
                                  const PerplexityOptions& options) {
  const auto context = static_cast<size_t>(options.context);
  std::vector<Continuation> result;
  for (size_t scored = given; scored < ids.size();) {
    const size_t width = result.empty() ? context + 1 - given : static_cast<size_t>(options.stride);
    const size_t end = std::min(scored + width, ids.size());
    // The last token is predicted and not read.
    const size_t begin = end - std::min(end, context + 1);
    result.push_back(
        {{ids.begin() + static_cast<ptrdiff_t>(begin), ids.begin() + static_cast<ptrdiff_t>(end)},
         scored - begin});
    scored = end;
  }
  return result;
}

// Sums over windows of unequal numbers of tokens: the loss is a ratio of two of them, and its
// standard error that of a ratio estimator (Cochran 1977, 6.3).
class WindowSums {
 public:
  void add(double loss, double tokens) {
    ++windows_;
    loss_ += loss;
    tokens_ += tokens;
    loss_loss_ += loss * loss;
    loss_tokens_ += loss * tokens;
    tokens_tokens_ += tokens * tokens;
  }
  double tokens() const { return tokens_; }
  double mean() const { return loss_ / tokens_; }
  double standard_error() const {
    if (windows_ < 2) return 0;
    const double ratio = mean();
    const double squares = loss_loss_ - 2 * ratio * loss_tokens_ + ratio * ratio * tokens_tokens_;
    return std::sqrt(std::max(0.0, squares) * windows_ / (windows_ - 1)) / tokens_;
  }

 private:
  double windows_ = 0;
  double loss_ = 0, tokens_ = 0;
  double loss_loss_ = 0, loss_tokens_ = 0, tokens_tokens_ = 0;
};

}  // namespace

double Perplexity::perplexity() const { return std::exp(loss); }

double Perplexity::bits_per_byte() const {
  return loss * static_cast<double>(tokens) / std::numbers::ln2 / static_cast<double>(bytes);
}

double Perplexity::bits_per_character() const {
  return loss * static_cast<double>(tokens) / std::numbers::ln2 / static_cast<double>(characters);
}

Perplexity measure_perplexity(infer::TextModel& model, runtime::ThreadPool& threads,
                              const std::function<bool(std::string&)>& next,
                              const PerplexityOptions& options,
                              const std::function<bool(uint64_t)>& progress) {
  std::vector<int32_t> before = model.tokenizer().encode("", true);
  if (before.empty() && !model.end_ids().empty()) before = {model.end_ids().front()};
  infer::CachedModel& cached =
      model.prepare(scoring_cache(SIZE_MAX, static_cast<size_t>(options.context) + 1));
  Perplexity result;
  WindowSums sums;
  bool going = true;
  for (std::string document; going && next(document);) {
    std::vector<int32_t> ids = model.tokenizer().encode(document, false);
    ids.insert(ids.begin(), before.begin(), before.end());
    const auto parts = windows(ids, std::max<size_t>(1, before.size()), options);
    const auto bytes = static_cast<double>(document.size());
    const auto done_bytes = [&](size_t done) {
      return static_cast<uint64_t>(result.bytes) +
             static_cast<uint64_t>(bytes * static_cast<double>(done) /
                                   static_cast<double>(parts.size()));
    };
    const auto scores = score(cached, threads, parts, [&](size_t done) {
      going = progress(done_bytes(done));
      return going;
    });
    if (!going)
      throw Error(ErrorKind::kInterrupted, "interrupted before all was evaluated: no figures");
    for (size_t i = 0; i < scores.size(); ++i)
      sums.add(-scores[i].logprob, static_cast<double>(parts[i].ids.size() - parts[i].scored));
    ++result.documents;
    result.bytes += std::ssize(document);
    result.characters += static_cast<int64_t>(count_characters(document));
  }
  if (sums.tokens() == 0) throw Error(ErrorKind::kInput, "the text has no token to predict");
  result.tokens = static_cast<int64_t>(sums.tokens());
  result.loss = sums.mean();
  result.standard_error = sums.standard_error();
  return result;
}

}  // namespace lmos::evaluate
