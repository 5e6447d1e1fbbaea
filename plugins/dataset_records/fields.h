// Fields of the pipeline's `dataset` section; options.cpp reads them.
#pragma once

#include "llmasos/field.hpp"

namespace lmos::records {

inline constexpr lmos_string kFormatChoices[] = {sdk::borrow("auto"), sdk::borrow("tsv"),
                                                 sdk::borrow("csv"), sdk::borrow("jsonl"),
                                                 sdk::borrow("json")};
inline constexpr lmos_string kInvalidChoices[] = {sdk::borrow("error"), sdk::borrow("skip")};

inline constexpr lmos_field kFields[] = {
    sdk::Field::any("path", "A file, a pattern such as `glue/*.tsv`, or a list of these.")
        .required()
        .path(LMOS_PATH_READ),
    sdk::Field::any("validation", "Files of the validation split, given as `path` is.")
        .path(LMOS_PATH_READ),
    sdk::Field::number("validation_fraction",
                       "Share of the records, at their end, that becomes the validation split.")
        .otherwise("0")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::string(
        "format",
        "`tsv`: a record a line, fields between tabs, quotes without meaning. `csv`: fields "
        "between "
        "commas, quoted as RFC 4180 says. `jsonl`: a JSON object a line. `json`: an array of "
        "objects. `auto` goes by the file's name.")
        .otherwise("auto")
        .choices(kFormatChoices),
    sdk::Field::list("columns",
                     "Names of the columns of TSV and CSV files without a line of names; `_` drops "
                     "a column. Unless given, the first line of each file names them.",
                     LMOS_FIELD_STRING),
    sdk::Field::string("each",
                       "The records inside a JSON document, as member names that lead to them, for "
                       "instance `data.paragraphs.qas`; arrays on the way are walked through, and "
                       "a record has the other members of what encloses it, too. Unless given, the "
                       "document is an array of records."),
    sdk::Field::string("text", "The field that holds the text, where plain documents are wanted.")
        .otherwise("text"),
    sdk::Field::string(
        "invalid",
        "What to do with a line that is no record: stop with an `error` that names it, or `skip` "
        "it and report how many there were.")
        .otherwise("error")
        .choices(kInvalidChoices),
};

}  // namespace lmos::records
