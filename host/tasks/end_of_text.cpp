#include "tasks/end_of_text.h"

namespace lmos::tasks {

int32_t end_of_text_id(const components::Tokenizer& tokenizer) {
  for (const char* token : {"<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"})
    if (const int32_t id = tokenizer.token_to_id(token); id >= 0) return id;
  return -1;
}

}  // namespace lmos::tasks
