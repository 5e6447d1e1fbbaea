#include "formats/convert/conversion.h"

#include <cstdio>

#include "errors/error.h"
#include "programs/commands/command.h"
#include "programs/progress.h"
#include "programs/sizes.h"

namespace lmos {
namespace {

constexpr uint64_t kMegabyte = 1'000'000;

// Rounded up, so that a small model's bar fills too.
int64_t megabytes(uint64_t bytes) {
  return static_cast<int64_t>((bytes + kMegabyte - 1) / kMegabyte);
}

// Counts megabytes, so that the rate is one that people know.
ProgressOptions progress_options() {
  ProgressOptions options = standard_error_progress();
  options.label = "convert";
  options.unit = options.units = "MB";
  return options;
}

int convert(const Arguments& arguments, Session&) {
  Session::catch_signals();
  ConversionOptions options;
  options.in = arguments.text("IN").value();
  options.out = arguments.text("OUT").value();
  if (const auto dtype = arguments.text("dtype")) options.encoding = encoding_of_option(*dtype);
  if (const auto size = arguments.integer("max-shard-mb", 1))
    options.max_shard_bytes = static_cast<uint64_t>(*size) * kMegabyte;
  options.overwrite = arguments.flag("overwrite");

  std::optional<Progress> progress;
  ConversionEvents events;
  events.on_progress = [&](uint64_t done, uint64_t total) {
    if (!progress) {
      ProgressOptions shown = progress_options();
      shown.total = megabytes(total);
      progress.emplace(std::move(shown));
    }
    progress->update(megabytes(done));
  };
  events.on_note = [](const std::string& line) {
    std::fprintf(stderr, "note: %s\n", line.c_str());
  };
  events.cancelled = [] { return Session::interrupted().load(); };
  const ConversionResult result = convert_model(options, events);
  if (progress) progress->finish();
  std::printf("%s: %s tensors, %s\n", options.out.c_str(),
              format_count(static_cast<int64_t>(result.tensors)).c_str(),
              format_bytes(result.bytes).c_str());
  return 0;
}

}  // namespace

Command convert_command() {
  return {
      {.name = "convert",
       .summary =
           "Convert a model between Hugging Face folders, GGUF, safetensors and PyTorch files.",
       .detail = "IN is told by its contents, OUT by its extension: .gguf, .safetensors, .pt, .pth "
                 "or .bin; a name without extension becomes a Hugging Face folder. OUT appears "
                 "when it is complete, or not at all.",
       .positionals = {{.name = "IN", .doc = "A model file or folder."},
                       {.name = "OUT", .doc = "What to write."}},
       .options = {{.name = "dtype",
                    .value = "TYPE",
                    .doc = "Of the weights; q8_0 in GGUF only.",
                    .default_text = "as stored, where OUT can hold it, else f32",
                    .choices = {"f32", "f16", "bf16", "q8_0"}},
                   {.name = "max-shard-mb",
                    .value = "N",
                    .doc = "Largest safetensors file of a folder, in megabytes.",
                    .default_text = "5000"},
                   {.name = "overwrite", .value = {}, .doc = "Replace a model that is at OUT."}}},
      convert};
}

}  // namespace lmos
