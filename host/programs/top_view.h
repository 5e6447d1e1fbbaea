// What `llmasos top` shows.
#pragma once

#include <string>
#include <vector>

#include "client/server_figures.h"
#include "formats/json.h"

namespace lmos {

// What happened between two moments, as people read it; each line fits into `width` columns.
std::vector<std::string> top_lines(const std::string& server, const client::ServerFigures& before,
                                   const client::ServerFigures& now, int width);

// The same for programs.
Json top_json(const client::ServerFigures& before, const client::ServerFigures& now);

}  // namespace lmos
