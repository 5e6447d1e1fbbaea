#include "tasks/perplexity_scores.h"

#include <cmath>
#include <numbers>

namespace lmos::tasks {
namespace {

class Perplexity : public Scores {
 public:
  std::vector<Metric> results(const Losses& losses) const override {
    const LossSum& loss = losses.by_output.at("loss");
    std::vector<Metric> metrics = {{"perplexity", std::exp(loss.mean())}};
    if (losses.label_bytes > 0)
      metrics.push_back({"bits_per_byte", loss.sum / std::numbers::ln2 / losses.label_bytes});
    metrics.push_back({"tokens", static_cast<double>(loss.counted)});
    return metrics;
  }
};

}  // namespace

std::unique_ptr<Scores> perplexity_scores() { return std::make_unique<Perplexity>(); }

}  // namespace lmos::tasks
