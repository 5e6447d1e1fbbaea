// Records in JSON text.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "record.h"

namespace lmos::records {

// Throws Error(LMOS_INVALID) that begins with `where` for text that is not one JSON value. With
// `lines`, where names the file and the message the line in it.
boost::json::value parse_json(std::string_view text, const std::string& where, bool lines);

// The object that a line of a .jsonl file holds.
boost::json::object parse_json_line(std::string_view line, const std::string& where);

// The elements of a document, each with its own members and those of the objects around it; where
// both have a member of the same name, the inner one counts. `each`: names of members that lead to
// the elements, divided by dots; empty: the document is the array of elements. The place of each is
// `where` and the way to it, such as "squad.json: data[3].paragraphs[0].qas[1]". Throws
// Error(LMOS_INVALID) for a document of another form.
std::vector<Record> find_records(const boost::json::value& document, const std::string& each,
                                 const std::string& where);

}  // namespace lmos::records
