#include <algorithm>
#include <cstdio>

#include "errors/error.h"
#include "formats/atomic_file.h"
#include "formats/json_lines.h"
#include "formats/json_text.h"
#include "infer/generator.h"
#include "infer/text_model.h"
#include "pipeline/load_pipeline.h"
#include "programs/commands/command.h"
#include "programs/commands/pipeline_kinds.h"
#include "programs/options_pipeline.h"
#include "programs/progress.h"

namespace lmos {
namespace {

using infer::GenerationRequest;
using infer::GenerationResult;

struct Prompt {
  std::string text;
  Json id;  // of the line, given back with the answer; null if it has none
};

std::vector<Prompt> read_prompts(const std::string& path) {
  std::vector<Prompt> prompts;
  read_json_lines(path, [&](const Json& json, const std::string& where) {
    const Json* id = json.find("id");
    prompts.push_back(
        {json.at("prompt", where).as_string(where + ": \"prompt\""), id ? *id : Json()});
  });
  if (prompts.empty())
    throw Error(ErrorKind::kInput, path + " holds no prompt; a line is {\"prompt\": \"…\"}");
  return prompts;
}

infer::SamplingOptions sampling(const GenerateSection& section) {
  infer::SamplingOptions options;
  options.temperature = section.temperature;
  options.top_k = section.top_k;
  options.top_p = section.top_p;
  options.min_p = section.min_p;
  options.repetition_penalty = section.repetition_penalty;
  options.frequency_penalty = section.frequency_penalty;
  options.presence_penalty = section.presence_penalty;
  options.seed = static_cast<uint64_t>(section.seed);
  infer::check(options);
  return options;
}

std::vector<GenerationRequest> make_requests(const std::vector<Prompt>& prompts,
                                             const GenerateSection& section,
                                             const components::Tokenizer& tokenizer) {
  std::vector<GenerationRequest> requests;
  for (const Prompt& prompt : prompts) {
    GenerationRequest request;
    request.prompt_ids = tokenizer.encode(prompt.text, true);
    request.max_tokens = section.max_tokens;
    request.sampling = sampling(section);
    request.stop = section.stop;
    for (int64_t i = 0; i < section.count; ++i) {
      request.sequence = static_cast<uint64_t>(i);
      requests.push_back(request);
    }
  }
  return requests;
}

Json as_json(const GenerationRequest& request, const GenerationResult& result) {
  Json json = Json::Object();
  json.set("prompt_ids", Json::Array(request.prompt_ids.begin(), request.prompt_ids.end()));
  json.set("ids", Json::Array(result.ids.begin(), result.ids.end()));
  json.set("text", result.text);
  json.set("finish_reason", std::string(infer::finish_reason_text(result.reason)));
  return json;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (std::fflush(stdout) != 0)
    throw Error(ErrorKind::kResource, "standard output can't be written");
}

bool was_cancelled(const std::vector<GenerationResult>& results) {
  return std::ranges::any_of(results, [](const GenerationResult& result) {
    return result.reason == infer::FinishReason::kCancelled;
  });
}

void answer_one(infer::Generator& generator, const std::vector<GenerationRequest>& requests,
                const std::string& prompt, bool json, std::vector<GenerationResult>& results) {
  generator.check(requests);
  infer::Generator::Events events;
  const bool stream = !json && requests.size() == 1;
  if (stream) {
    print(prompt);
    events.on_text = [](size_t, std::string_view text) { print(std::string(text)); };
  }
  results = generator.run(requests, &Session::interrupted(), events);
  for (size_t i = 0; i < requests.size(); ++i) {
    if (json)
      print(compact_json(as_json(requests[i], results[i])) + "\n");
    else if (stream)
      print("\n");
    else
      print(prompt + results[i].text + "\n");
  }
}

void answer_file(infer::Generator& generator, const std::vector<GenerationRequest>& requests,
                 const std::vector<Prompt>& prompts, int64_t count, const std::string& output,
                 RunListener* listener, std::vector<GenerationResult>& results) {
  AtomicFile file(output);  // first: what can't be written is told before the work
  ProgressOptions options = standard_error_progress();
  options.label = "generate";
  options.unit = "text";
  options.total = static_cast<int64_t>(requests.size());
  Progress progress(std::move(options));
  int64_t done = 0;
  results = generator.run(requests, &Session::interrupted(),
                          {.on_text = {}, .on_done = [&](size_t) {
                             progress.update(++done);
                             if (listener != nullptr)
                               listener->on_work("generate", static_cast<uint64_t>(done),
                                                 requests.size());
                           }});
  progress.finish();
  for (size_t i = 0; i < requests.size(); ++i) {
    const Prompt& prompt = prompts[i / static_cast<size_t>(count)];
    Json json = Json::Object();
    if (!prompt.id.is_null()) json.set("id", prompt.id);
    json.set("prompt", prompt.text);
    const Json answer = as_json(requests[i], results[i]);
    for (const JsonMember& member : answer.as_object("answer")) json.set(member.key, member.value);
    file.write(compact_json(json) + "\n");
  }
  file.commit();
}

void print_speed(const infer::SchedulerStatistics& speed) {
  const auto rate = [](int64_t tokens, double seconds) {
    return seconds > 0 ? format_rate(static_cast<double>(tokens) / seconds) : std::string("-");
  };
  std::fprintf(stderr, "%s prompt tokens at %s tok/s, %s new ones at %s tok/s\n",
               format_count(speed.prompt_tokens).c_str(),
               rate(speed.prompt_tokens, speed.prefill_seconds).c_str(),
               format_count(speed.new_tokens).c_str(),
               rate(speed.new_tokens, speed.decode_seconds).c_str());
}

}  // namespace

int run_generation(const Pipeline& pipeline, Session& session, bool json) {
  Session::catch_signals();
  const GenerateSection& section = pipeline.generate.value();
  const auto device = session.catalogue().open_device(pipeline.backend);
  infer::TextModelOptions options;
  options.adapter = pipeline.model.adapter;
  options.model_plugin = pipeline.model.plugin;
  options.weights = pipeline.model.weights;
  options.compute = pipeline.backend.compute;
  if (pipeline.tokenizer) {
    options.tokenizer_plugin = pipeline.tokenizer->plugin;
    options.tokenizer_path = pipeline.tokenizer->path;
  }
  infer::TextModel model(session.catalogue(), *device, pipeline.model.path, options);
  const std::vector<Prompt> prompts = section.prompt
                                          ? std::vector<Prompt>{{*section.prompt, Json()}}
                                          : read_prompts(section.prompts);
  const std::vector<GenerationRequest> requests =
      make_requests(prompts, section, model.tokenizer());
  infer::Generator generator(model.prepare(infer::cache_for(requests, model.context())),
                             model.tokenizer(), model.end_ids());
  std::vector<GenerationResult> results;
  if (section.prompt)
    answer_one(generator, requests, *section.prompt, json, results);
  else
    answer_file(generator, requests, prompts, section.count, section.output, session.listener(),
                results);
  if (!json) print_speed(generator.statistics());
  return was_cancelled(results) ? static_cast<int>(ErrorKind::kInterrupted) : 0;
}

namespace {

// Options that set a key of the `generate` section, with the option's name.
struct NumberOption {
  const char* option;
  const char* key;
  bool integer;
};
constexpr NumberOption kNumbers[] = {
    {"temperature", "temperature", false},
    {"top-k", "top_k", true},
    {"top-p", "top_p", false},
    {"min-p", "min_p", false},
    {"repetition-penalty", "repetition_penalty", false},
    {"frequency-penalty", "frequency_penalty", false},
    {"presence-penalty", "presence_penalty", false},
    {"seed", "seed", true},
    {"count", "count", true},
};

ConfigTree pipeline_from_options(const Arguments& arguments) {
  OptionsPipeline pipeline("generate", arguments);
  const std::string section = "generate.";
  for (const char* name : {"prompt", "prompts", "output"})
    if (const auto value = arguments.text(name)) pipeline.put(section + name, *value);
  for (const NumberOption& number : kNumbers) {
    if (number.integer) {
      if (const auto value = arguments.integer(number.option))
        pipeline.put(section + number.key, *value);
    } else if (const auto value = arguments.number(number.option)) {
      pipeline.put(section + number.key, *value);
    }
  }
  pipeline.put_text_limits("generate", arguments);
  return pipeline.tree();
}

int generate(const Arguments& arguments, Session& session) {
  const Pipeline pipeline = make_pipeline(pipeline_from_options(arguments), arguments.texts("set"),
                                          session.catalogue().schemas());
  return run_generation(pipeline, session, arguments.flag("json"));
}

}  // namespace

Command generate_command() {
  return {{.name = "generate",
           .summary = "Continue a prompt, or each prompt of a JSON-lines file.",
           .detail = "The text streams to standard output. With --json, one object: prompt_ids, "
                     "ids (the new tokens), text (the new text).",
           .positionals = {},
           .options =
               {{.name = "model",
                 .value = "DIR",
                 .doc = "A Hugging Face folder or a GGUF file.",
                 .required = true},
                adapter_option(),
                tokenizer_option(),
                {.name = "prompt", .value = "TEXT", .doc = "Text to continue."},
                {.name = "prompts",
                 .value = "FILE",
                 .doc = "JSON lines {\"prompt\": …, \"id\": …} to continue."},
                {.name = "output", .value = "FILE", .doc = "JSON lines to write, with --prompts."},
                {.name = "max-tokens", .value = "N", .doc = "Most new tokens."},
                {.name = "temperature", .value = "T", .doc = "0: always the likeliest token."},
                {.name = "top-k", .value = "K", .doc = "Draw from the K likeliest tokens."},
                {.name = "top-p",
                 .value = "P",
                 .doc = "Draw from the likeliest tokens that hold this share."},
                {.name = "min-p",
                 .value = "P",
                 .doc = "Leave out tokens below this share of the likeliest one's probability."},
                {.name = "repetition-penalty",
                 .value = "R",
                 .doc = "Above 1: against tokens that have occurred."},
                {.name = "frequency-penalty",
                 .value = "F",
                 .doc = "Off a token's logit for each time it was generated."},
                {.name = "presence-penalty",
                 .value = "F",
                 .doc = "Off a token's logit once it was generated."},
                {.name = "stop",
                 .value = "TEXT",
                 .doc = "Ends a text; may be given again.",
                 .repeated = true},
                {.name = "seed", .value = "N", .doc = "Of the sampling."},
                {.name = "count", .value = "N", .doc = "Continuations of each prompt."},
                backend_option(),
                compute_option(),
                weights_option(),
                threads_option(),
                set_option(),
                json_option()}},
          generate};
}

}  // namespace lmos
