// JSON text to values and back.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "formats/json.h"

namespace lmos {

// Bounds on what a parsed text may make this process allocate.
inline constexpr size_t kMaxJsonBytes = 256 << 20;
inline constexpr size_t kMaxJsonDepth = 64;
inline constexpr size_t kMaxJsonValues = 4'000'000;

// Strict RFC 8259: no comments, trailing commas, NaN or byte-order mark; UTF-8 and escapes are
// checked; a duplicate key, more than the limits above or a number beyond double's range is
// refused. Error(kInput) "WHERE:LINE:COLUMN: …", with columns counted in characters from 1.
Json parse_json(std::string_view text, std::string_view where);
Json read_json_file(const std::filesystem::path& path);

// One line without spaces.
std::string compact_json(const Json& value);
// Indented by two spaces, with a newline at the end; empty arrays and objects stay on one line.
// In both, members keep their order and doubles are the shortest text that reads back to the same
// value. A value that JSON cannot express (NaN, infinity) is an Error(kInternal).
std::string indented_json(const Json& value);

}  // namespace lmos
