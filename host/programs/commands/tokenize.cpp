#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
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
constexpr size_t kBatchBytes = size_t{16} << 20;

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

// One line of input on its way to its answer.
struct Line {
  std::string text;  // the line; then what it asks for
  int64_t number;
  std::optional<std::string> pair;
  std::vector<int32_t> ids;  // to decode, or the answer
  std::vector<Encoding> encodings;
  std::string answer;
  std::exception_ptr failure;

  std::string where() const { return "standard input, line " + std::to_string(number); }
};

// The three steps of an answer, each for one line. [any-thread]
class Answers {
 public:
  Answers(const Tokenizer& tokenizer, const TokenizeOptions& options)
      : tokenizer_(tokenizer), options_(options) {}

  void read(Line& line) const {
    const std::string where = line.where();
    const Json request = parse_json(line.text, where);
    if (options_.decode) {
      for (const Json& id : request.at("ids", where).as_array(where + ": \"ids\"")) {
        const int64_t value = id.as_int64(where + ": \"ids\"");
        if (value < INT32_MIN || value > INT32_MAX) {
          throw Error(ErrorKind::kInput,
                      where + ": id " + std::to_string(value) + " is out of range");
        }
        line.ids.push_back(static_cast<int32_t>(value));
      }
      return;
    }
    line.text = request.at("text", where).as_string(where + ": \"text\"");
    if (const Json* pair = request.find("pair")) line.pair = pair->as_string(where + ": \"pair\"");
  }

  void tokenize(Line& line) const {
    if (options_.decode) {
      line.text = tokenizer_.decode(line.ids, options_.skip_special);
    } else if (line.pair || options_.details || options_.encode.max_length > 0) {
      line.encodings = tokenizer_.encode_texts(line.text, line.pair, options_.encode);
    } else {
      line.ids = tokenizer_.encode(line.text, options_.encode.special);
    }
  }

  void write(Line& line) const {
    std::string& answer = line.answer;
    if (options_.decode) {
      answer = "{\"text\":" + compact_json(Json(line.text)) + "}";
      return;
    }
    answer = "{";
    if (line.encodings.empty()) {
      answer += "\"ids\":";
      append_list(answer, line.ids, append_number);
    } else {
      append_encoding(answer, line.encodings.front());
    }
    if (line.encodings.size() > 1) {
      line.encodings.erase(line.encodings.begin());
      answer += ",\"overflow\":";
      append_list(answer, line.encodings, [&](std::string& to, const Encoding& encoding) {
        to += '{';
        append_encoding(to, encoding);
        to += '}';
      });
    }
    answer += '}';
  }

 private:
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

// The next lines that are not blank; none at the end.
std::vector<Line> read_batch(int64_t& number) {
  std::vector<Line> lines;
  size_t bytes = 0;
  for (std::string line; lines.size() < kBatchLines && bytes < kBatchBytes;) {
    if (!std::getline(std::cin, line)) break;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    bytes += line.size();
    lines.push_back({.text = std::move(line), .number = number});
  }
  return lines;
}

using Step = void (Answers::*)(Line& line) const;

// Failed lines are left alone. Threads take the next line when they are done with one, the longest
// lines first, so that none has much left to do when the others have finished.
void run(const Answers& answers, Step step, std::vector<Line>& lines,
         runtime::ThreadPool& threads) {
  std::vector<Line*> order;
  for (Line& line : lines)
    if (!line.failure) order.push_back(&line);
  std::stable_sort(order.begin(), order.end(),
                   [](const Line* a, const Line* b) { return a->text.size() > b->text.size(); });
  std::atomic<size_t> next{0};
  threads.parallel_for(threads.thread_count(), 1, [&](int64_t, int64_t, int32_t) {
    for (size_t i = 0; (i = next.fetch_add(1, std::memory_order_relaxed)) < order.size();) {
      try {
        (answers.*step)(*order[i]);
      } catch (...) {
        order[i]->failure = std::current_exception();
      }
    }
  });
}

struct Speed {
  double seconds = 0;
  uint64_t bytes = 0;
};

// Lines before the first one that fails are answered.
void write(const std::vector<Line>& lines, Speed& speed) {
  for (const Line& line : lines) {
    if (line.failure) {
      std::cout.flush();
      std::rethrow_exception(line.failure);
    }
    std::cout << line.answer << '\n';
    speed.bytes += line.text.size() + line.pair.value_or("").size();
  }
  if (!std::cout) throw Error(ErrorKind::kResource, "standard output can't be written");
}

Speed answer_all(const Answers& answers, runtime::ThreadPool& threads) {
  using Clock = std::chrono::steady_clock;
  std::ios::sync_with_stdio(false);
  int64_t number = 0;
  Speed speed;
  for (std::vector<Line> lines; !(lines = read_batch(number)).empty();) {
    run(answers, &Answers::read, lines, threads);
    const Clock::time_point begin = Clock::now();
    run(answers, &Answers::tokenize, lines, threads);
    speed.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
    run(answers, &Answers::write, lines, threads);
    write(lines, speed);
  }
  std::cout.flush();
  if (!std::cout) throw Error(ErrorKind::kResource, "standard output can't be written");
  return speed;
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
  options.encode.overflow = true;
  options.encode.max_length = static_cast<uint64_t>(arguments.integer("max-length", 1).value_or(0));
  options.encode.stride = static_cast<uint64_t>(arguments.integer("stride", 0).value_or(0));
  options.encode.strategy = strategy_of(arguments.text_or("truncate", "longest_first"));
  options.details = arguments.flag("details");
  options.decode = arguments.flag("decode");
  options.skip_special = arguments.flag("skip-special");
  const Speed speed =
      answer_all(Answers(*tokenizer, options), session.catalogue().services().threads());
  if (arguments.flag("timing")) {
    std::fprintf(stderr, "%.6f seconds for %llu bytes of text, without reading and writing JSON\n",
                 speed.seconds, static_cast<unsigned long long>(speed.bytes));
  }
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
            {.name = "timing",
             .value = {},
             .doc = "At the end, write to standard error how long it took."},
            threads_option()}},
      tokenize};
}

}  // namespace lmos
