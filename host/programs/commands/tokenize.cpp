#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "errors/error.h"
#include "formats/json_text.h"
#include "programs/commands/command.h"

namespace lmos {
namespace {

using components::EncodeOptions;
using components::Encoding;
using components::Tokenizer;

// Lines are read and answered in batches: enough for every thread, little in memory.
constexpr size_t kBatchLines = 4096;
constexpr size_t kBatchBytes = size_t{4} << 20;

void append_number(std::string& text, int64_t number) { text += std::to_string(number); }

template <class Element, class Append>
void append_list(std::string& text, const std::vector<Element>& elements, Append&& append) {
  text += '[';
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) text += ',';
    append(text, elements[i]);
  }
  text += ']';
}

void append_range(std::string& text, const lmos_text_range& range) {
  text += '[';
  append_number(text, static_cast<int64_t>(range.begin));
  text += ',';
  append_number(text, static_cast<int64_t>(range.end));
  text += ']';
}

struct TokenizeOptions {
  EncodeOptions encode;
  bool details = false;
  bool decode = false, skip_special = false;
};

class Answers {
 public:
  Answers(const Tokenizer& tokenizer, const TokenizeOptions& options)
      : tokenizer_(tokenizer), options_(options) {}

  // The answer to one line of input, without the end of the line. [any-thread]
  std::string answer(const std::string& line, const std::string& where) const {
    const Json request = parse_json(line, where);
    if (options_.decode) return decoded(request, where);
    const std::string& text = request.at("text", where).as_string(where + ": \"text\"");
    const Json* pair = request.find("pair");
    const bool ids_suffice =
        pair == nullptr && !options_.details && options_.encode.max_length == 0;
    if (ids_suffice) {
      std::string answer = "{\"ids\":";
      append_list(answer, tokenizer_.encode(text, options_.encode.special), append_number);
      return answer + '}';
    }
    std::optional<std::string_view> second;
    if (pair != nullptr) second = pair->as_string(where + ": \"pair\"");
    const std::vector<Encoding> encodings = tokenizer_.encode_texts(text, second, options_.encode);
    std::string answer = "{";
    append_encoding(answer, encodings.front());
    if (encodings.size() > 1) {
      answer += ",\"overflow\":";
      append_list(answer, std::vector(encodings.begin() + 1, encodings.end()),
                  [&](std::string& to, const Encoding& encoding) {
                    to += '{';
                    append_encoding(to, encoding);
                    to += '}';
                  });
    }
    return answer + '}';
  }

 private:
  std::string decoded(const Json& request, const std::string& where) const {
    std::vector<int32_t> ids;
    for (const Json& id : request.at("ids", where).as_array(where + ": \"ids\"")) {
      const int64_t value = id.as_int64(where + ": \"ids\"");
      if (value < INT32_MIN || value > INT32_MAX)
        throw Error(ErrorKind::kInput,
                    where + ": id " + std::to_string(value) + " is out of range");
      ids.push_back(static_cast<int32_t>(value));
    }
    Json answer = Json::Object();
    answer.set("text", tokenizer_.decode(ids, options_.skip_special));
    return compact_json(answer);
  }

  void append_encoding(std::string& answer, const Encoding& encoding) const {
    answer += "\"ids\":";
    append_list(answer, encoding.ids, append_number);
    answer += ",\"type_ids\":";
    append_list(answer, encoding.type_ids, append_number);
    if (!options_.details) return;
    answer += ",\"tokens\":";
    append_list(answer, encoding.ids, [&](std::string& to, int32_t id) {
      to += compact_json(Json(tokenizer_.id_to_token(id)));
    });
    answer += ",\"offsets\":";
    append_list(answer, encoding.character_offsets, append_range);
    answer += ",\"byte_offsets\":";
    append_list(answer, encoding.byte_offsets, append_range);
    answer += ",\"texts\":";
    append_list(answer, encoding.texts, append_number);
    answer += ",\"words\":";
    append_list(answer, encoding.words, append_number);
    answer += ",\"special\":";
    append_list(answer, encoding.special, append_number);
  }

  const Tokenizer& tokenizer_;
  const TokenizeOptions& options_;
};

struct Line {
  std::string text;
  int64_t number;
};

// The next lines that are not blank; none at the end.
std::vector<Line> read_batch(int64_t& number) {
  std::vector<Line> lines;
  size_t bytes = 0;
  for (std::string line; lines.size() < kBatchLines && bytes < kBatchBytes;) {
    if (!std::getline(std::cin, line)) break;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    bytes += line.size();
    lines.push_back({std::move(line), number});
  }
  return lines;
}

void answer_all(const Answers& answers, runtime::ThreadPool& threads) {
  std::ios::sync_with_stdio(false);
  int64_t number = 0;
  for (std::vector<Line> lines; !(lines = read_batch(number)).empty();) {
    std::vector<std::string> texts(lines.size());
    std::vector<std::exception_ptr> failures(lines.size());
    const auto answer_some = [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t i = begin; i < end; ++i) {
        try {
          const std::string where = "standard input, line " + std::to_string(lines[i].number);
          texts[i] = answers.answer(lines[i].text, where);
        } catch (...) {
          failures[i] = std::current_exception();
        }
      }
    };
    threads.parallel_for(std::ssize(lines), 1, answer_some);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (failures[i]) {
        std::cout.flush();
        std::rethrow_exception(failures[i]);
      }
      std::cout << texts[i] << '\n';
    }
    if (!std::cout) throw Error(ErrorKind::kResource, "standard output can't be written");
  }
  std::cout.flush();
  if (!std::cout) throw Error(ErrorKind::kResource, "standard output can't be written");
}

int32_t strategy_of(std::string_view name) {
  if (name == "only_first") return LMOS_TRUNCATE_ONLY_FIRST;
  if (name == "only_second") return LMOS_TRUNCATE_ONLY_SECOND;
  return LMOS_TRUNCATE_LONGEST_FIRST;
}

int tokenize(const Arguments& arguments, Session& session) {
  session.catalogue().services().set_threads(
      static_cast<uint32_t>(arguments.integer("threads", 1).value_or(0)));
  const std::string path = arguments.text("tokenizer").value();
  const auto tokenizer = session.catalogue().open_tokenizer(arguments.text_or("plugin", ""), path);
  TokenizeOptions options;
  options.encode.special = arguments.flag("special");
  options.encode.max_length = static_cast<uint64_t>(arguments.integer("max-length", 1).value_or(0));
  options.encode.stride = static_cast<uint64_t>(arguments.integer("stride", 0).value_or(0));
  options.encode.strategy = strategy_of(arguments.text_or("truncate", "longest_first"));
  options.details = arguments.flag("details");
  options.decode = arguments.flag("decode");
  options.skip_special = arguments.flag("skip-special");
  answer_all(Answers(*tokenizer, options), session.catalogue().services().threads());
  return 0;
}

}  // namespace

Command tokenize_command() {
  return {
      {.name = "tokenize",
       .summary = "Turn text into token ids, or ids into text, line by line.",
       .detail =
           "Reads JSON lines from standard input and answers each with a line:\n"
           "  {\"text\": \"…\"} with {\"ids\": […]},\n"
           "  {\"text\": \"…\", \"pair\": \"…\"}, two texts for one sequence, with {\"ids\": […], "
           "\"type_ids\": […]},\n"
           "  with --decode, {\"ids\": […]} with {\"text\": \"…\"}.\n",
       .positionals = {},
       .options =
           {{.name = "tokenizer",
             .value = "PATH",
             .doc = "A tokenizer.json or another tokenizer's file, or a folder that holds one.",
             .required = true},
            {.name = "plugin",
             .value = "NAME",
             .doc = "Tokenizer plugin.",
             .default_text = "the one that reads the file"},
            {.name = "special",
             .value = {},
             .doc = "Add special tokens, such as the begin of text."},
            {.name = "details",
             .value = {},
             .doc = "Answer also with tokens, type_ids, offsets (in code points), byte_offsets, "
                    "texts (0 or 1, -1: neither), words (indices, -1: none) and special (1: put "
                    "there by --special)."},
            {.name = "max-length",
             .value = "N",
             .doc = "Cut sequences to N tokens; what is cut off follows as \"overflow\"."},
            {.name = "stride",
             .value = "N",
             .doc = "Tokens that a sequence and the overflow after it share.",
             .default_text = "0"},
            {.name = "truncate",
             .value = "HOW",
             .doc = "Which text of a pair is cut: longest_first, only_first or only_second.",
             .default_text = "longest_first"},
            {.name = "decode", .value = {}, .doc = "Turn ids into text."},
            {.name = "skip-special",
             .value = {},
             .doc = "With --decode, leave special tokens out."},
            threads_option()}},
      tokenize};
}

}  // namespace lmos
