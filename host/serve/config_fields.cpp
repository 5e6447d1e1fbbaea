// The schema of llmasosd's file.
#include <algorithm>
#include <iterator>

#include "pipeline/pipeline_sections.h"
#include "serve/config.h"
#include "serve/count_field.h"

namespace lmos::serve {
namespace {

ConfigTree empty_section() { return ConfigTree::section({}, Place::in("default")); }
ConfigTree empty_list() { return ConfigTree::list({}, Place::in("default")); }

Field seconds(const char* name, double absent, const char* doc) {
  return {.name = name,
          .type = FieldType::kFloat,
          .default_value = default_of(absent),
          .minimum = 0,
          .maximum = 86'400,
          .above_minimum = true,
          .unit = "seconds",
          .doc = doc};
}

Field texts(const char* name, const char* doc) {
  return {.name = name,
          .type = FieldType::kList,
          .default_value = empty_list(),
          .doc = doc,
          .element = each({.non_empty = true})};
}

Field section(const char* name, const char* doc, std::vector<Field> fields) {
  return {.name = name,
          .type = FieldType::kSection,
          .default_value = empty_section(),
          .doc = doc,
          .fields = std::move(fields)};
}

Field tls_section() {
  return {.name = "tls",
          .type = FieldType::kSection,
          .doc = "Speak https. The files are read anew when they change, and on SIGHUP.",
          .fields = {{.name = "certificate",
                      .required = true,
                      .non_empty = true,
                      .doc = "PEM: the certificate, then those between it and a root."},
                     {.name = "key",
                      .required = true,
                      .non_empty = true,
                      .doc = "PEM: its private key, not encrypted."}}};
}

}  // namespace

std::vector<Field> model_fields() {
  return {
      {.name = "name",
       .required = true,
       .non_empty = true,
       .doc = "What requests call the model. Letters, digits and `._:/-`."},
      {.name = "path",
       .required = true,
       .non_empty = true,
       .doc = "A Hugging Face folder (`config.json`, safetensors, `tokenizer.json`)."},
      {.name = "plugin",
       .non_empty = true,
       .doc = "The architecture; unless given, the plugin that reads `config.json`."},
      section("tokenizer", "Text to tokens; unless given, as the folder says.",
              {{.name = "plugin", .non_empty = true, .doc = "The kind of tokenizer."},
               {.name = "path",
                .non_empty = true,
                .doc = "A `tokenizer.json`, or a folder that holds one."}}),
      {.name = "chat_template",
       .non_empty = true,
       .doc = "A file with a Jinja template, in place of the model's own."},
      {.name = "adapter",
       .non_empty = true,
       .doc = "A LoRA adapter in PEFT's layout, laid over the model."},
      {.name = "weights",
       .default_value = default_of("compute"),
       .choices = {"compute", "compact", "int8", "float8"},
       .doc =
           "How matrices are held: `compute`, as `backend.compute` says; `compact`, bfloat16 in 13 "
           "bits without loss; `int8` or `float8`, one byte a weight. For models that generate "
           "text."},
      section("embedding", "How an encoder makes one vector of a text.",
              {{.name = "pooling",
                .default_value = default_of("mean"),
                .choices = {"mean", "cls"},
                .doc = "`mean`: over the tokens of the text; `cls`: its first token."},
               {.name = "normalize",
                .type = FieldType::kBool,
                .default_value = default_of(false),
                .doc = "Scale each vector to length 1."}}),
      {.name = "backend",
       .type = FieldType::kAny,
       .default_value = empty_section(),
       .doc = "What computes: the `backend` section of a pipeline, checked by the worker. "
              "`batch_invariant` is true unless given."},
      count_field("context", 0, 0, kMostTokens, "tokens",
                  "Longest sequence, prompt included; 0: the model's own."),
      count_field("sequences", 16, 1, 4096, "sequences",
                  "That decode at once, or texts that an encoder reads at once."),
      count_field("chunk", 512, 1, kMostTokens, "tokens", "Most tokens in one step."),
      count_field(
          "prompt_lookup", 7, 0, 63, "tokens",
          "Most that a step guesses for each of few sequences, from what stood in the text "
          "before, and keeps where sampling agrees; answers are the same without. 0: none."),
      count_field("cache_tokens", 0, 0, kMostTokens, "tokens",
                  "Places for keys and values; 0: chosen from `sequences` and `context`."),
      count_field(
          "queue_tokens", 262'144, 1, 1e9, "tokens",
          "Of prompts and wished continuations of all unfinished requests; what goes beyond "
          "is refused with 429."),
  };
}

std::vector<Field> config_fields() {
  std::vector<Field> fields = {
      {.name = "version",
       .type = FieldType::kInt,
       .required = true,
       .minimum = 1,
       .maximum = 1,
       .doc = "Of this format."},
      section("listen", "Where to listen.",
              {{.name = "address",
                .default_value = default_of("127.0.0.1"),
                .non_empty = true,
                .doc = "An IP address. Beyond loopback, every route but `/healthz` and `/readyz` "
                       "needs an API key."},
               count_field("port", 8080, 0, 65'535, "", "0: any free one, which is printed."),
               tls_section(),
               texts("names",
                     "Hosts that requests may name, beside `localhost` and IP addresses, where no "
                     "keys are asked for.")}),
      {.name = "models",
       .type = FieldType::kList,
       .required = true,
       .doc = "Models to serve, each in a process of its own.",
       .element = each({.type = FieldType::kSection, .fields = model_fields()})},
      {.name = "folders",
       .type = FieldType::kList,
       .required = true,
       .doc = "Models and tokenizers must lie inside one of these, symbolic links resolved.",
       .element = each({.non_empty = true})},
      {.name = "state_folder",
       .required = true,
       .non_empty = true,
       .doc = "Holds `state.sqlite`: API keys, loaded models, jobs. Made if it does not exist."},
      {.name = "require_keys",
       .type = FieldType::kBool,
       .default_value = default_of(false),
       .doc = "Ask for API keys on a loopback address too."},
      texts("plugins", "Folders to look for plugins in first."),
      section(
          "limits", "What a client may ask for.",
          {count_field("connections", 1024, 1, 1'000'000, "connections", "At once."),
           count_field("header_bytes", 16'384, 1024, 1 << 20, "bytes", "Of a request's header."),
           count_field("body_bytes", 4 << 20, 1024, 32 << 20, "bytes", "Of a request's body."),
           seconds("handshake_seconds", 10, "To agree on TLS."),
           seconds("request_seconds", 30, "To send a whole request."),
           seconds("idle_seconds", 75, "Between two requests of a connection."),
           seconds("write_seconds", 30, "In which a reader must take something."),
           seconds("event_seconds", 15, "A stream that is silent for so long sends a comment."),
           count_field("prompts", 64, 1, 4096, "prompts", "In one request."),
           count_field("inputs", 2048, 1, 65'536, "texts", "For an encoder, in one request."),
           count_field("n", 16, 1, 1024, "continuations", "Of a prompt."),
           count_field("logprobs", 20, 0, 1000, "tokens", "Likeliest tokens told with each token."),
           count_field("messages", 1024, 1, 65'536, "messages", "Of a conversation."),
           count_field("tools", 128, 1, 4096, "tools", "Of a conversation.")}),
      section("workers", "The processes that models run in.",
              {seconds("heartbeat_seconds", 60,
                       "A worker that is silent, or makes no progress with work at hand, for so "
                       "long is killed and restarted."),
               seconds("start_seconds", 600, "To load a model."),
               seconds("restart_seconds", 30,
                       "Longest pause before a restart; the first is 0.1 s, and it doubles."),
               seconds("drain_seconds", 30,
                       "For running requests to finish, and jobs to save, when the daemon is told "
                       "to end.")}),
  };
  std::ranges::move(jobs_fields(), std::back_inserter(fields));
  return fields;
}

}  // namespace lmos::serve
