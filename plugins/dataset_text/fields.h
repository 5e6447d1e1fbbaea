// Fields of the pipeline's `dataset` section; options.cpp reads them.
#pragma once

#include "llmasos/field.hpp"

namespace lmos::text {

inline constexpr lmos_string kInvalidChoices[] = {sdk::borrow("error"), sdk::borrow("replace")};

inline constexpr lmos_field kFields[] = {
    sdk::Field::any("path",
                    "A file, a pattern such as `books/*.txt`, or a list of these. Files named "
                    "`.jsonl` hold a JSON object a line, all others text.")
        .required()
        .path(LMOS_PATH_READ),
    sdk::Field::any("validation", "Files of the validation split, given as `path` is.")
        .path(LMOS_PATH_READ),
    sdk::Field::number("validation_fraction",
                       "Share of the text, at its end, that becomes the validation split.")
        .otherwise("0")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::string("separator",
                       "Text between documents, such as `<|endoftext|>` or `\"\\n\\n\"`; without "
                       "one, each file is a document. Line breaks beside it are dropped."),
    sdk::Field::string("json_field",
                       "The member of each object of a `.jsonl` file that holds text.")
        .otherwise("text"),
    sdk::Field::string(
        "invalid",
        "What to do with bytes that are no UTF-8: stop with an `error`, or `replace` "
        "them by U+FFFD.")
        .otherwise("error")
        .choices(kInvalidChoices),
};

}  // namespace lmos::text
