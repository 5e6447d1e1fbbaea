// What goes with the tokenizer of a pipeline, so that its model can chat.
#pragma once

#include "components/tokenizer.h"
#include "formats/tokenizer_settings.h"
#include "pipeline/pipeline.h"

namespace lmos::tasks {

// The files beside the tokenizer that the pipeline loads, with task.chat_template in place of its
// own template. Where there are none, such as for a tokenizer that is learned, a template comes
// with a configuration that names the end of text.
TokenizerSettings chat_settings(const Pipeline& pipeline, const components::Tokenizer& tokenizer);

}  // namespace lmos::tasks
