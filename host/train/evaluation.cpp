#include "train/evaluation.h"

#include <cmath>
#include <numbers>

#include "errors/error.h"
#include "runtime/compile.h"
#include "train/training_graph.h"

namespace lmos::train {

std::unique_ptr<runtime::Executable> plan_evaluation(runtime::Device& device,
                                                     const graph::Graph& loss, int64_t batch,
                                                     int64_t sequence) {
  return runtime::compile(device, evaluation_graph(loss),
                          {{"tokens", batch * sequence}, {"sequence", sequence}});
}

Evaluator::Evaluator(runtime::Device& device, const graph::Graph& loss,
                     const data::BatchSource& source, runtime::TensorStore& tensors)
    : source_(source), stream_(device) {
  const data::DataOrderOptions& order = source.order().options();
  executable_ = plan_evaluation(device, loss, order.batch, order.sequence);
  inputs_ =
      std::make_unique<BatchBuffers>(device, executable_->graph(), order.batch, order.sequence);
  tensors.bind_to(*executable_);
  inputs_->bind(*executable_);
}

EvaluationResult Evaluator::run(int64_t batches,
                                const std::function<bool(int64_t, int64_t)>& progress) {
  const int64_t available = static_cast<int64_t>(source_.steps());
  const int64_t total = batches == 0 ? available : std::min(batches, available);
  EvaluationResult result;
  double loss_sum = 0, bytes = 0;
  for (int64_t step = 0; step < total; ++step) {
    inputs_->load(stream_, source_, static_cast<uint64_t>(step), 0);
    executable_->run(stream_);
    float batch_loss = 0;
    runtime::download_now(stream_, std::span(&batch_loss, 1), executable_->output("loss_sum"));
    loss_sum += batch_loss;
    result.tokens += source_.counted_labels(static_cast<uint64_t>(step));
    bytes += source_.label_bytes(static_cast<uint64_t>(step));
    if (progress && !progress(step + 1, total)) break;
  }
  if (result.tokens == 0)
    throw Error(ErrorKind::kInput, "the validation data has no token to predict");
  if (!std::isfinite(loss_sum))
    throw Error(ErrorKind::kNumeric,
                "the validation loss is not a finite number: the weights hold NaN or infinity");
  result.loss = loss_sum / static_cast<double>(result.tokens);
  result.perplexity = std::exp(result.loss);
  if (bytes > 0) result.bits_per_byte = loss_sum / std::numbers::ln2 / bytes;
  return result;
}

}  // namespace lmos::train
