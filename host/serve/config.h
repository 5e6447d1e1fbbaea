// The file that llmasosd is started with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/config_tree.h"
#include "pipeline/schema.h"
#include "serve/jobs/jobs_config.h"

namespace lmos::serve {

struct TlsConfig {
  std::filesystem::path certificate;  // PEM: the certificate and those between it and a root
  std::filesystem::path key;          // PEM, not encrypted
};

struct ListenConfig {
  std::string address;             // an IPv4 or IPv6 address
  uint16_t port = 0;               // 0: any free one
  std::optional<TlsConfig> tls;    // none: plain HTTP
  std::vector<std::string> names;  // hosts that requests may name where no keys are asked for
};

struct ModelConfig {
  std::string name;              // what requests call it
  std::filesystem::path path;    // a Hugging Face folder, canonical, inside one of `folders`
  std::string model_plugin;      // empty: by the folder's model type
  std::string tokenizer_plugin;  // empty: the first that reads the file
  std::filesystem::path tokenizer_path;  // canonical, inside one of `folders`; empty: in `path`
  std::filesystem::path chat_template;   // as tokenizer_path; empty: the model's own
  std::filesystem::path adapter;         // a PEFT LoRA adapter, as `path`; empty: none
  std::string weights;                   // "compute", "compact", "int8" or "float8"
  ConfigTree backend;                    // what `backend` says; only the worker can check it
  bool pool_first_token = false;         // an encoder's vectors: of the first token, not the mean
  bool normalize = false;                // an encoder's vectors: of length 1
  int64_t context = 0;                   // tokens; 0: the model's
  int64_t sequences = 0;                 // that decode at once
  int64_t chunk = 0;                     // most tokens in one step
  int64_t prompt_lookup = 0;             // most tokens guessed for a sequence in one step
  int64_t cache_tokens = 0;              // 0: sequences · context
  int64_t queue_tokens = 0;              // of unfinished requests; beyond it they are refused
};

struct LimitsConfig {
  int64_t connections = 0;
  int64_t header_bytes = 0;
  int64_t body_bytes = 0;
  double handshake_seconds = 0;  // of TLS
  double request_seconds = 0;    // to send a whole request
  double idle_seconds = 0;       // between two requests of a connection
  double write_seconds = 0;      // without any progress of a reader
  double event_seconds = 0;      // a stream that is silent for so long sends a comment
  int64_t prompts = 0;           // in one request
  int64_t inputs = 0;            // for an encoder, in one request
  int64_t n = 0;                 // continuations of a prompt
  int64_t logprobs = 0;          // likeliest tokens told with each token
  int64_t messages = 0;          // of a conversation
  int64_t tools = 0;             // of a conversation, and calls in a message
};

struct WorkersConfig {
  double heartbeat_seconds =
      0;                     // a worker that is silent, or makes no progress, for so long is killed
  double start_seconds = 0;  // to load a model
  double restart_seconds = 0;  // longest pause before a restart
  double drain_seconds = 0;    // for running requests when the daemon is told to end
};

struct Config {
  ListenConfig listen;
  std::vector<ModelConfig> models;
  std::vector<std::filesystem::path> folders;  // canonical; what is read lies inside one of them
  std::filesystem::path state_folder;
  bool require_keys = false;  // also on a loopback address
  LimitsConfig limits;
  WorkersConfig workers;
  JobsConfig jobs;
  std::vector<std::string> plugin_folders;
};

// The keys of the file, for messages and the reference.
std::vector<Field> config_fields();
// Those of an element of `models`.
std::vector<Field> model_fields();

// A model from an element of `models`, not yet validated, against the folders of `config`.
// Error(kConfiguration) that lists every problem with its place.
ModelConfig load_model_config(const ConfigTree& given, const Config& config);

// `overrides` as of load_pipeline. Relative paths start at the current folder, as in a pipeline.
// Error(kConfiguration) that lists every problem with its place, among them a model outside
// `folders`, also through a symbolic link.
Config load_config(const std::filesystem::path& file, const std::vector<std::string>& overrides);

}  // namespace lmos::serve
