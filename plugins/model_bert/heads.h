// What follows the encoder, by task.
#pragma once

#include "architecture.h"
#include "llmasos/encoder_tasks.hpp"

namespace lmos::bert {

// Emits the outputs of the task. hidden [tokens, embed]: the last layer's output.
void add_head(const Architecture& architecture, sdk::GraphBuilder& graph,
              const sdk::EncoderTask& task, sdk::EncoderInputs& inputs,
              sdk::nn::DropoutSites& sites, sdk::Value hidden);

// The table of word embeddings, which a tied decoder of masked tokens uses too.
sdk::nn::Embedding word_embeddings(const Architecture& architecture);

}  // namespace lmos::bert
