#include <algorithm>
#include <cmath>
#include <cstdio>

#include "errors/error.h"
#include "programs/commands/command.h"
#include "train/verification.h"

namespace lmos {
namespace {

constexpr double kTolerance = 1e-4;
// Gradient norms of a trajectory differ more than losses: each sums the rounding of every gradient.
constexpr double kNormFactor = 10;

double relative(double ours, double expected) {
  return std::abs(ours - expected) / std::max(std::abs(expected), 1e-30);
}

// Rows, and whether all are within the tolerance.
bool print_tensors(const std::vector<train::TensorComparison>& rows, double tolerance) {
  bool good = true, any_nearly_zero = false;
  std::printf("%-64s %14s %14s\n", "tensor", "relative L2", "maximum");
  for (const auto& row : rows) {
    const bool within = row.finite && row.relative_l2 <= tolerance;
    good = good && within;
    any_nearly_zero = any_nearly_zero || row.nearly_zero;
    std::printf("%-64s %14.3e %14.3e%s%s\n", row.name.c_str(), row.relative_l2, row.maximum,
                row.nearly_zero ? " *" : "",
                within       ? ""
                : row.finite ? "  too far"
                             : "  not finite");
  }
  if (any_nearly_zero)
    std::puts("* nearly zero: the error is over 1e-4 of the norm of all gradients together");
  return good;
}

bool print_trajectory(const std::vector<train::TrajectoryComparison>& rows, double tolerance) {
  bool good = true;
  std::printf("%-6s %12s %12s %12s %12s %12s %12s\n", "step", "loss", "expected", "relative",
              "norm", "expected", "relative");
  for (const auto& row : rows) {
    const double loss = relative(row.loss, row.expected_loss);
    const double norm = relative(row.grad_norm, row.expected_grad_norm);
    const bool within = loss <= tolerance && norm <= kNormFactor * tolerance;
    good = good && within;
    std::printf("%-6lld %12.6f %12.6f %12.3e %12.6f %12.6f %12.3e%s\n",
                static_cast<long long>(row.step), row.loss, row.expected_loss, loss, row.grad_norm,
                row.expected_grad_norm, norm, within ? "" : "  too far");
  }
  return good;
}

int verify(const Arguments& arguments, Session& session) {
  const double tolerance = arguments.number("tolerance", 0).value_or(kTolerance);
  BackendSection section;
  section.plugin = arguments.text_or("backend", "cpu");
  section.threads = arguments.integer("threads", 1).value_or(0);
  section.options = ConfigTree::section({});
  const lmos_dtype compute = compute_of(arguments);
  const ModelFiles folder(arguments.text("model").value());
  const SafetensorsFile expected(arguments.text("expected").value());
  const auto device = session.catalogue().open_device(section);
  const auto model = session.catalogue().open_model("", folder);
  const Weights weights = folder.open_weights();
  const std::string where = folder.path().string();

  if (arguments.flag("node-by-node")) {
    BackendSection trusted = section;
    trusted.plugin = "reference";
    const auto reference = session.catalogue().open_device(trusted);
    const auto rows =
        train::compare_nodes(*reference, *device, *model, weights, expected, compute, where);
    std::fputs(runtime::difference_table(rows, tolerance).c_str(), stdout);
    const bool within =
        std::ranges::all_of(rows, [&](const auto& row) { return row.relative_l2 <= tolerance; });
    return within ? 0 : static_cast<int>(ErrorKind::kInternal);
  }
  bool good = print_tensors(
      train::compare_outputs(*device, *model, weights, expected, compute, where), tolerance);
  if (const auto trajectory = arguments.text("trajectory"))
    good = print_trajectory(train::compare_trajectory(*device, *model, weights, expected,
                                                      *trajectory, compute, where),
                            tolerance) &&
           good;
  std::puts(good ? "all within the tolerance" : "NOT within the tolerance");
  return good ? 0 : static_cast<int>(ErrorKind::kInternal);
}

}  // namespace

Command verify_command() {
  return {
      {.name = "verify",
       .summary = "Compare a model's outputs, gradients and training with those of another "
                  "implementation.",
       .detail = "The expected file holds input.*, output.*, grad.* and train.STEP.* tensors. "
                 "Losses of a trajectory are held to the "
                 "tolerance, gradient norms to ten times as much. The error of a tensor is over "
                 "the expected tensor's norm; but that of a gradient which is smaller than 1e-4 "
                 "of all gradients together is over that, since it may be zero but for rounding "
                 "(as a key's bias is), and its row has a star. Exits with 1 past the tolerance.",
       .positionals = {},
       .options = {{.name = "model",
                    .value = "DIR",
                    .doc = "A Hugging Face folder or a GGUF file.",
                    .required = true},
                   {.name = "expected",
                    .value = "FILE",
                    .doc = "Reference results, safetensors.",
                    .required = true},
                   {.name = "trajectory",
                    .value = "FILE",
                    .doc = "Losses and gradient norms of 20 reference steps, JSON."},
                   {.name = "tolerance",
                    .value = "X",
                    .doc = "Largest relative L2 error.",
                    .default_text = "1e-4"},
                   {.name = "node-by-node",
                    .value = {},
                    .doc = "Compare each operation with the reference backend instead, to find "
                           "the one that is wrong."},
                   backend_option(),
                   compute_option(),
                   threads_option()}},
      verify};
}

}  // namespace lmos
