#include "components/merge_adapter.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "errors/error.h"
#include "llmasos/model.h"
#include "programs/commands/command.h"
#include "programs/merge_adapter.h"
#include "programs/progress.h"

namespace lmos {

bool write_merged_model(components::Catalogue& catalogue, const std::string& model,
                        const std::string& adapter, const std::filesystem::path& output) {
  constexpr int64_t kMegabyte = 1'000'000;
  const ModelFiles files(model);
  const auto architecture = catalogue.open_model("", files);
  const graph::Graph graph =
      architecture->graph(LMOS_TASK_CAUSAL_LM_LOGITS, false, LMOS_F32, LMOS_F32);
  const std::string tokenizer =
      files.has_tokenizer() ? catalogue.open_tokenizer("", files.tokenizer_path())->json() : "";
  ProgressOptions options = standard_error_progress();
  options.label = "merge";
  options.unit = "MB";
  std::optional<Progress> progress;
  const bool merged = components::merge_adapter(
      files, graph, components::PeftAdapter(adapter), tokenizer, output,
      [&](uint64_t done, uint64_t total) {
        options.total = std::max<int64_t>(1, static_cast<int64_t>(total) / kMegabyte);
        if (!progress) progress.emplace(options);
        progress->update(static_cast<int64_t>(done) / kMegabyte);
        return !Session::interrupted().load();
      });
  if (progress) progress->finish();
  return merged;
}

namespace {

int merge(const Arguments& arguments, Session& session) {
  Session::catch_signals();
  const std::string output = arguments.text("output").value();
  if (std::filesystem::exists(output))
    throw Error(ErrorKind::kUsage, output + " is there already; choose another folder");
  if (!write_merged_model(session.catalogue(), arguments.text("model").value(),
                          arguments.text("adapter").value(), output))
    return static_cast<int>(ErrorKind::kInterrupted);
  std::printf("%s: the model with its adapter\n", output.c_str());
  return 0;
}

OptionSpec required(OptionSpec option) {
  option.required = true;
  return option;
}

}  // namespace

Command merge_command() {
  return {
      {.name = "merge",
       .summary = "Fold a LoRA adapter into the weights of its model.",
       .detail = "The result is a Hugging Face folder, in the types in which the model holds "
                 "its weights.",
       .positionals = {},
       .options =
           {{.name = "model",
             .value = "DIR",
             .doc = "The model that was adapted.",
             .required = true},
            required(adapter_option()),
            {.name = "output", .value = "DIR", .doc = "The folder to write.", .required = true}}},
      merge};
}

}  // namespace lmos
