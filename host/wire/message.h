// What llmasosd and a worker say to each other.
//
// The daemon begins with Configure. The worker answers Ready once its model is loaded, or ends with
// an exit code and a line on its standard error. It sends a Heartbeat now and then from its start
// on, and ends when the daemon closes the socket. A request is known by an id that the daemon
// chose; each of its `count` continuations by an index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wire/job_message.h"

namespace lmos::wire {

inline constexpr uint32_t kProtocolVersion = 3;

// ---- from the daemon ----

// One key of a `backend` section, with where it was written, for messages.
struct BackendKey {
  std::string key;
  std::string value;  // YAML
  std::string source;
  int32_t line = 0, column = 0;  // 0: the source as a whole
};

struct Configure {
  uint32_t version = kProtocolVersion;  // first in every version of this protocol
  std::string model;                    // its name, for messages
  std::string folder;                   // a Hugging Face folder
  std::string model_plugin;             // empty: by the folder's model type
  std::string tokenizer_plugin;         // empty: the first that reads the file
  std::string tokenizer_path;           // empty: in the model folder
  std::string chat_template;            // a file; empty: the model's own template
  std::string adapter;                  // a LoRA adapter's folder; empty: none
  std::string weights;                  // how matrices are held, as `model.weights` of a pipeline
  std::vector<BackendKey> backend;      // what the `backend` section says
  bool pool_first_token = false;        // an encoder's vectors: of the first token, not the mean
  bool normalize = false;               // an encoder's vectors: of length 1
  int64_t context = 0;                  // tokens of a sequence; 0: the model's
  int64_t slots = 0;                    // sequences that decode, or texts that are read, at once
  int64_t chunk = 0;                    // most tokens in one step
  int64_t prompt_lookup = 0;            // most tokens guessed for a sequence in one step
  int64_t cache_tokens = 0;             // places in the cache of keys and values; 0: chosen
  int64_t queue_tokens = 0;  // most tokens, of prompts and to be made, of unfinished requests
  int64_t heartbeat_ms = 0;  // between heartbeats
  std::vector<std::string> plugin_folders;
};

struct Sampling {
  double temperature = 1, top_p = 1, min_p = 0;
  int64_t top_k = 0;
  double repetition_penalty = 1, frequency_penalty = 0, presence_penalty = 0;
  uint64_t seed = 0;
  int64_t logprobs = -1;  // as of infer::SamplingOptions
};

enum class PromptKind : uint8_t {
  kText,
  kTokens,
  // A JSON object with messages, tools, variables and add_generation_prompt, as of
  // conversation::Conversation.
  kChat,
};

struct Submit {
  uint64_t request = 0;
  PromptKind kind = PromptKind::kText;
  std::string text;                 // the prompt, or a chat
  std::vector<int32_t> prompt_ids;  // the prompt as tokens
  // Accepted tells the prompt's text; with logprobs, PromptTokens does, of each continuation.
  bool echo = false;
  uint32_t count = 1;      // continuations
  int64_t max_tokens = 0;  // -1: as many as the context allows
  Sampling sampling;
  std::vector<std::string> stop;
  std::vector<std::pair<int32_t, double>> logit_bias;
  std::string tenant;  // whose caches and share of the machine it uses
};

struct Cancel {
  uint64_t request = 0;
};

struct Tokenize {
  uint64_t request = 0;
  PromptKind kind = PromptKind::kText;  // not kTokens
  std::string text;
  bool special = true;  // with the tokens that begin or end a text
};

struct Detokenize {
  uint64_t request = 0;
  std::vector<int32_t> ids;
};

enum class EncodeTask : uint8_t { kEmbed, kClassify };

struct EncodeInput {
  std::string text;         // not used when there are ids
  std::string second_text;  // of a pair
  bool is_pair = false;
  std::vector<int32_t> ids;  // the input as tokens, taken as they are
  bool as_tokens = false;    // the input is ids
};

// Texts for an encoder. Accepted follows, then an EncodeAnswer for each, in any order.
struct Encode {
  uint64_t request = 0;
  EncodeTask task = EncodeTask::kEmbed;
  std::vector<EncodeInput> inputs;  // at least one
  bool truncate = false;            // what is too long is cut, not refused
  std::string tenant;               // as of Submit
};

// ---- from the worker ----

// How a model writes calls of tools; as conversation::ToolCallStyle.
enum class ToolCalls : uint8_t { kNone, kOther, kTagged, kJson };

struct Ready {
  bool chats = false;  // there is a chat template to use
  ToolCalls tool_calls = ToolCalls::kNone;
  int64_t context = 0;  // tokens of a sequence
  int64_t vocab_size = 0;
  double load_seconds = 0;
  bool generates = true;            // takes Submit; else Encode
  int64_t embed = 0;                // of an encoder: length of its vectors
  std::vector<std::string> labels;  // of an encoder: classes; empty: it does not classify
};

struct Heartbeat {
  uint64_t steps = 0;          // that the engine finished, ever
  int64_t waiting = 0;         // sequences not yet begun
  int64_t running = 0;         // sequences in the batch
  int64_t queued_tokens = 0;   // of unfinished requests, as bounded by queue_tokens
  int64_t cache_tokens = 0;    // places in the cache
  int64_t cache_used = 0;      // of them
  uint64_t prompt_tokens = 0;  // ever
  uint64_t cached_tokens = 0;  // of them, found in the cache
  uint64_t new_tokens = 0;     // ever
  uint64_t batch_tokens = 0;   // of all steps together
  uint64_t drafted_tokens = 0, accepted_tokens = 0;  // guessed, ever, and of them right
};

struct Accepted {
  uint64_t request = 0;
  int64_t prompt_tokens = 0;
  std::string prompt_text;  // if asked for
};

enum class RefusalKind : uint8_t {
  kInvalid,  // the request can't be served by this model
  kBusy,     // the queue is full
  kFailed,   // a defect, or memory ran out
};

struct Refused {
  uint64_t request = 0;
  RefusalKind kind = RefusalKind::kInvalid;
  std::string parameter;  // that is at fault; empty: none in particular
  std::string message;
};

struct AlternativeToken {
  int32_t id = 0;
  double logprob = 0;
  std::string text;  // of the token alone; may end inside a character
};

struct NewToken {
  uint64_t request = 0;
  uint32_t index = 0;
  std::string text;         // that became certain
  AlternativeToken chosen;  // `text` and `logprob` only if logprobs were asked for
  std::vector<AlternativeToken> likeliest;
};

enum class FinishKind : uint8_t { kEndOfText, kStopString, kLength, kCancelled, kFailed };

struct Finished {
  uint64_t request = 0;
  uint32_t index = 0;
  FinishKind kind = FinishKind::kLength;
  std::string text;           // the rest
  int64_t cached_tokens = 0;  // of the prompt, found in the cache
  int64_t new_tokens = 0;
  double queue_seconds = 0;  // before its first step
  std::string message;       // of a failure
};

struct TokenizeAnswer {
  uint64_t request = 0;
  std::vector<int32_t> ids;
};

struct DetokenizeAnswer {
  uint64_t request = 0;
  std::string text;
};

struct EncodeAnswer {
  uint64_t request = 0;
  uint32_t index = 0;         // of the input
  std::vector<float> values;  // its vector, or the probability of each label
  double queue_seconds = 0;   // before its batch
};

// Before the first token of a continuation.
struct PromptTokens {
  uint64_t request = 0;
  uint32_t index = 0;
  std::string text;  // of the whole prompt
  // Each token of the prompt; the first has no `logprob` (NaN) and no `likeliest`.
  std::vector<AlternativeToken> chosen;
  std::vector<std::vector<AlternativeToken>> likeliest;
};

// The order is that of the frames' types; append only.
using Message = std::variant<Configure, Submit, Cancel, Tokenize, Detokenize, Ready, Heartbeat,
                             Accepted, Refused, NewToken, Finished, TokenizeAnswer,
                             DetokenizeAnswer, Encode, EncodeAnswer, PromptTokens, ConfigureJob,
                             StopJob, JobChecked, JobProgress, JobFailed>;

// Appends the message as a frame. Error(kInput) beyond the limit of a frame.
void append_message(const Message& message, std::string& out);

// From a frame. Error(kInput) for an unknown type, a payload that ends early or late, and sizes
// beyond it. `where` names the sender in messages.
Message read_message(uint8_t type, std::string_view payload, const std::string& where);

}  // namespace lmos::wire
