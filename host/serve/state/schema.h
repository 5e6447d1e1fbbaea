// The tables of the daemon's state, as a list of changes.
#pragma once

#include <span>

namespace lmos::serve {

// Written into the file, so that no other program's database is taken for it: "LMOS".
inline constexpr int kStateApplication = 0x4c4d4f53;

// The file's user_version is how many of them it has seen. Append only: a released one never
// changes.
std::span<const char* const> state_migrations();

}  // namespace lmos::serve
