#include "wire/message.h"

#include <array>
#include <concepts>
#include <span>
#include <type_traits>

#include "errors/error.h"
#include "formats/byte_reader.h"
#include "formats/little_endian.h"
#include "wire/frame.h"

namespace lmos::wire {
namespace {

// The fields of each message in the order of the payload, for writing and reading alike.
template <class M, class Archive>
void fields(M& m, Archive& archive) {
  using T = std::remove_const_t<M>;
  if constexpr (std::same_as<T, Configure>) {
    archive(m.version, m.model, m.folder, m.model_plugin, m.tokenizer_plugin, m.tokenizer_path,
            m.chat_template, m.adapter, m.weights, m.backend, m.pool_first_token, m.normalize,
            m.context, m.slots, m.chunk, m.prompt_lookup, m.cache_tokens, m.queue_tokens,
            m.heartbeat_ms, m.plugin_folders);
  } else if constexpr (std::same_as<T, BackendKey>) {
    archive(m.key, m.value, m.source, m.line, m.column);
  } else if constexpr (std::same_as<T, EncodeInput>) {
    archive(m.text, m.second_text, m.is_pair, m.ids, m.as_tokens);
  } else if constexpr (std::same_as<T, Encode>) {
    archive(m.request, m.task, m.inputs, m.truncate, m.tenant);
  } else if constexpr (std::same_as<T, PromptTokens>) {
    archive(m.request, m.index, m.text, m.chosen, m.likeliest);
  } else if constexpr (std::same_as<T, EncodeAnswer>) {
    archive(m.request, m.index, m.values, m.queue_seconds);
  } else if constexpr (std::same_as<T, Sampling>) {
    archive(m.temperature, m.top_p, m.min_p, m.top_k, m.repetition_penalty, m.frequency_penalty,
            m.presence_penalty, m.seed, m.logprobs);
  } else if constexpr (std::same_as<T, Submit>) {
    archive(m.request, m.kind, m.text, m.prompt_ids, m.echo, m.count, m.max_tokens, m.sampling,
            m.stop, m.logit_bias, m.tenant);
  } else if constexpr (std::same_as<T, Cancel>) {
    archive(m.request);
  } else if constexpr (std::same_as<T, Tokenize>) {
    archive(m.request, m.kind, m.text, m.special);
  } else if constexpr (std::same_as<T, Detokenize> || std::same_as<T, TokenizeAnswer>) {
    archive(m.request, m.ids);
  } else if constexpr (std::same_as<T, Ready>) {
    archive(m.chats, m.tool_calls, m.context, m.vocab_size, m.load_seconds, m.generates, m.embed,
            m.labels);
  } else if constexpr (std::same_as<T, Heartbeat>) {
    archive(m.steps, m.waiting, m.running, m.queued_tokens, m.cache_tokens, m.cache_used,
            m.prompt_tokens, m.cached_tokens, m.new_tokens, m.batch_tokens, m.drafted_tokens,
            m.accepted_tokens);
  } else if constexpr (std::same_as<T, Accepted>) {
    archive(m.request, m.prompt_tokens, m.prompt_text);
  } else if constexpr (std::same_as<T, Refused>) {
    archive(m.request, m.kind, m.parameter, m.message);
  } else if constexpr (std::same_as<T, AlternativeToken>) {
    archive(m.id, m.logprob, m.text);
  } else if constexpr (std::same_as<T, NewToken>) {
    archive(m.request, m.index, m.text, m.chosen, m.likeliest);
  } else if constexpr (std::same_as<T, Finished>) {
    archive(m.request, m.index, m.kind, m.text, m.cached_tokens, m.new_tokens, m.queue_seconds,
            m.message);
  } else if constexpr (std::same_as<T, ConfigureJob>) {
    archive(m.version, m.pipeline, m.settings, m.check_only, m.resume, m.readable, m.writable,
            m.excluded, m.cache_folder, m.heartbeat_ms);
  } else if constexpr (std::same_as<T, StopJob>) {
    archive(m.reserved);
  } else if constexpr (std::same_as<T, JobChecked>) {
    archive(m.kind, m.pipeline, m.folder, m.steps);
  } else if constexpr (std::same_as<T, JobProgress>) {
    archive(m.step, m.steps, m.loss, m.tokens_per_second, m.seconds_left, m.resumed, m.saved);
  } else if constexpr (std::same_as<T, JobFailed>) {
    archive(m.exit_code, m.message);
  } else {
    static_assert(std::same_as<T, DetokenizeAnswer>);
    archive(m.request, m.text);
  }
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (write(values), ...);
  }

 private:
  template <class T>
  void write(const T& value) {
    if constexpr (std::is_enum_v<T>)
      append_little_endian(static_cast<std::underlying_type_t<T>>(value), out_);
    else if constexpr (std::same_as<T, bool>)
      append_little_endian(static_cast<uint8_t>(value), out_);
    else if constexpr (std::is_arithmetic_v<T>)
      append_little_endian(value, out_);
    else
      fields(value, *this);
  }
  void write(const std::string& text) {
    write(static_cast<uint32_t>(text.size()));
    out_ += text;
  }
  template <class A, class B>
  void write(const std::pair<A, B>& pair) {
    write(pair.first);
    write(pair.second);
  }
  template <class T>
  void write(const std::vector<T>& items) {
    write(static_cast<uint32_t>(items.size()));
    for (const T& item : items) write(item);
  }

  std::string& out_;
};

class Reader {
 public:
  explicit Reader(ByteReader& bytes) : bytes_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorKind::kInput,
                bytes_.where() + ": " + what + " at byte " + std::to_string(bytes_.position()));
  }

  template <class T>
  void read(T& value) {
    if constexpr (std::is_enum_v<T>) {
      const auto number = bytes_.number<std::underlying_type_t<T>>("a choice");
      if (number > static_cast<std::underlying_type_t<T>>(last(value))) refuse("unknown choice");
      value = static_cast<T>(number);
    } else if constexpr (std::same_as<T, bool>) {
      const auto number = bytes_.number<uint8_t>("a flag");
      if (number > 1) refuse("a flag that is neither 0 nor 1");
      value = number == 1;
    } else if constexpr (std::is_arithmetic_v<T>) {
      value = bytes_.number<T>("a number");
    } else {
      fields(value, *this);
    }
  }
  void read(std::string& text) {
    text = bytes_.text(bytes_.number<uint32_t>("a text's size"), "a text");
  }
  template <class A, class B>
  void read(std::pair<A, B>& pair) {
    read(pair.first);
    read(pair.second);
  }
  template <class T>
  void read(std::vector<T>& items) {
    // Grows with what was read, whatever the count claims.
    const auto count = bytes_.number<uint32_t>("a count");
    items.clear();
    for (uint32_t i = 0; i < count; ++i) read(items.emplace_back());
  }

  static RefusalKind last(RefusalKind) { return RefusalKind::kFailed; }
  static EncodeTask last(EncodeTask) { return EncodeTask::kClassify; }
  static FinishKind last(FinishKind) { return FinishKind::kFailed; }
  static PromptKind last(PromptKind) { return PromptKind::kChat; }
  static ToolCalls last(ToolCalls) { return ToolCalls::kJson; }

  ByteReader& bytes_;
};

template <size_t type>
Message read_type(ByteReader& bytes) {
  std::variant_alternative_t<type, Message> message;
  Reader reader(bytes);
  fields(message, reader);
  return message;
}

template <size_t... types>
Message read_any(uint8_t type, ByteReader& bytes, std::index_sequence<types...>) {
  static constexpr std::array kReaders = {&read_type<types>...};
  return kReaders[type](bytes);
}

}  // namespace

void append_message(const Message& message, std::string& out) {
  std::string payload;
  std::visit(
      [&](const auto& fixed) {
        Writer writer(payload);
        fields(fixed, writer);
      },
      message);
  append_frame(static_cast<uint8_t>(message.index()), payload, out);
}

Message read_message(uint8_t type, std::string_view payload, const std::string& where) {
  constexpr size_t kTypes = std::variant_size_v<Message>;
  if (type >= kTypes)
    throw Error(ErrorKind::kInput, where + ": unknown message type " + std::to_string(type));
  ByteReader bytes(std::as_bytes(std::span(payload)), where);
  Message message = read_any(type, bytes, std::make_index_sequence<kTypes>());
  if (bytes.left() > 0)
    throw Error(ErrorKind::kInput,
                where + ": " + std::to_string(bytes.left()) + " bytes too many in a message");
  return message;
}

}  // namespace lmos::wire
