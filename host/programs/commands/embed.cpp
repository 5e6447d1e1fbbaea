#include "components/batch_invariance.h"
#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_lines.h"
#include "formats/json_text.h"
#include "infer/encoder_batch.h"
#include "infer/encoder_model.h"
#include "programs/commands/command.h"

namespace lmos {
namespace {

// A line, with the embedding that it gets.
struct Line {
  std::string text;
  Json id;  // given back with the answer; null if it has none
};

std::vector<Line> read_lines(const std::string& path) {
  std::vector<Line> lines;
  read_json_lines(path, [&](const Json& json, const std::string& where) {
    const Json* id = json.find("id");
    lines.push_back(
        {json.at("text", where).as_string(where + ": \"text\""), id != nullptr ? *id : Json()});
  });
  if (lines.empty())
    throw Error(ErrorKind::kInput, path + " holds no text; a line is {\"text\": \"…\"}");
  return lines;
}

// In the order of the lines. What is beyond the model's context is cut off.
std::vector<std::vector<float>> vectors_of(const std::vector<Line>& lines,
                                           infer::EncoderModel& model) {
  std::vector<components::Encoding> texts;
  std::vector<int64_t> lengths;
  for (const Line& line : lines) {
    texts.push_back(model.encode(line.text, std::nullopt, model.context()));
    lengths.push_back(static_cast<int64_t>(texts.back().size()));
  }
  std::vector<std::vector<float>> vectors(lines.size());
  for (const std::vector<size_t>& group : infer::group_by_length(
           lengths, {}, [&](int64_t longest) { return model.padded_length(longest); })) {
    std::vector<const components::Encoding*> rows;
    for (const size_t i : group) rows.push_back(&texts[i]);
    auto results = model.run(infer::EncoderTask::kEmbed, rows);
    for (size_t row = 0; row < group.size(); ++row) vectors[group[row]] = std::move(results[row]);
  }
  return vectors;
}

int embed(const Arguments& arguments, Session& session) {
  const std::vector<Line> lines = read_lines(arguments.text("input").value());
  BackendSection section;
  section.plugin = arguments.text_or("backend", "cpu");
  section.threads = arguments.integer("threads", 1).value_or(0);
  section.options = components::with_batch_invariance(ConfigTree::section({}), section.plugin,
                                                      session.catalogue().schemas());
  const auto device = session.catalogue().open_device(section);
  infer::EncoderOptions options;
  if (arguments.text_or("pooling", "mean") == "cls") options.pooling = infer::Pooling::kFirstToken;
  options.normalize = arguments.flag("normalize");
  options.compute = compute_of(arguments);
  infer::EncoderModel model(session.catalogue(), *device, arguments.text("model").value(), options);
  const auto vectors = vectors_of(lines, model);
  std::string output;
  for (size_t i = 0; i < lines.size(); ++i) {
    Json answer = Json::Object();
    if (!lines[i].id.is_null()) answer.set("id", lines[i].id);
    Json::Array values;
    for (const float value : vectors[i]) values.push_back(static_cast<double>(value));
    answer.set("embedding", std::move(values));
    output += compact_json(answer) + "\n";
  }
  write_file_atomically(arguments.text("output").value(), output);
  return 0;
}

}  // namespace

Command embed_command() {
  return {
      {.name = "embed",
       .summary = "Texts as vectors, by an encoder such as BERT.",
       .detail = "A line of the input is {\"text\": \"…\"}, with an \"id\" if wanted; the same "
                 "line of the output is {\"id\": …, \"embedding\": [...]}.",
       .positionals = {},
       .options =
           {{.name = "model",
             .value = "DIR",
             .doc = "A Hugging Face model folder.",
             .required = true},
            {.name = "input", .value = "FILE", .doc = "JSON lines to read.", .required = true},
            {.name = "output", .value = "FILE", .doc = "JSON lines to write.", .required = true},
            {.name = "pooling",
             .value = "KIND",
             .doc = "mean: over the tokens of a text; cls: its first token.",
             .default_text = "mean",
             .choices = {"mean", "cls"}},
            {.name = "normalize", .value = {}, .doc = "Scale each vector to length 1."},
            backend_option(),
            compute_option(),
            threads_option()}},
      embed};
}

}  // namespace lmos
