#include "pipeline/compute_type.h"
#include "programs/commands/command.h"

namespace lmos {

std::vector<Command> all_commands() {
  return {run_command(),     train_command(),   generate_command(), chat_command(),
          embed_command(),   predict_command(), evaluate_command(), merge_command(),
          convert_command(), info_command(),    validate_command(), tokenize_command(),
          plugins_command(), graph_command(),   schema_command(),   verify_command(),
          bench_command(),   models_command(),  load_command(),     unload_command(),
          top_command(),     job_command(),     submit_command(),   jobs_command(),
          logs_command(),    cancel_command(),  resume_command()};
}

OptionSpec set_option() {
  return {.name = "set",
          .value = "KEY=VALUE",
          .doc = "Override a key of the file, e.g. train.steps=100; may be given again.",
          .repeated = true};
}

OptionSpec json_option() { return {.name = "json", .value = {}, .doc = "Print JSON."}; }

OptionSpec plugins_option() {
  return {.name = "plugins",
          .value = "FOLDER",
          .doc = "Look for plugins here first; may be given again.",
          .repeated = true};
}

OptionSpec adapter_option() {
  return {.name = "adapter", .value = "DIR", .doc = "A LoRA adapter beside the model's weights."};
}

OptionSpec tokenizer_option() {
  return {.name = "tokenizer",
          .value = "PATH",
          .doc = "Tokenizer file.",
          .default_text = "in the model folder"};
}

OptionSpec backend_option() {
  return {.name = "backend", .value = "NAME", .doc = "Backend plugin.", .default_text = "cpu"};
}

OptionSpec compute_option() {
  return {.name = "compute",
          .value = "TYPE",
          .doc = "Type of products and activations.",
          .default_text = "float32",
          .choices = compute_type_names()};
}

lmos_dtype compute_of(const Arguments& arguments) {
  return compute_type_from(arguments.text_or("compute", "float32"));
}

OptionSpec weights_option() {
  return {
      .name = "weights",
      .value = "TYPE",
      .doc =
          "How matrices are held; compact takes 13 bits of bfloat16's 16, without loss, int8 and "
          "float8 take one byte a weight.",
      .default_text = "compute",
      .choices = {"compute", "compact", "int8", "float8"}};
}

OptionSpec threads_option() {
  return {.name = "threads", .value = "N", .doc = "Threads to use.", .default_text = "one a core"};
}

}  // namespace lmos
