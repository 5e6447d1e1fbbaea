// What a daemon does at one moment: its models and jobs, in numbers.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"

namespace lmos::client {

struct ModelFigures {
  std::string name;
  std::string state;  // "ready", ...
  // Levels.
  double active = 0;        // prompts without an end yet
  double waiting = 0;       // sequences before their first step
  double running = 0;       // sequences in the batch
  double cache_tokens = 0;  // places for keys and values
  double cache_used = 0;    // of them
  double resident_bytes = 0;
  // Counted since the daemon's start.
  double prompt_tokens = 0, cached_tokens = 0, new_tokens = 0, restarts = 0;
  double first_token_seconds = 0, first_tokens = 0;  // sum and number
};

struct JobFigures {
  std::string id, name, kind, status;
  // None where it is not known.
  std::optional<double> step, steps, loss, tokens_per_second, seconds_left;
};

struct ServerFigures {
  std::chrono::steady_clock::time_point time;  // when they were read
  double resident_bytes = 0;                   // of the daemon itself
  std::vector<ModelFigures> models;
  std::vector<JobFigures> jobs;  // the latest ones; those that run among them
};

// Asks the server. Errors as of Client::ask, and kResource for answers of another kind.
ServerFigures read_figures(Client& client);

}  // namespace lmos::client
