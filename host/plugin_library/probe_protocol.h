// What llmasos-plugin-probe writes to its pipe, in this order: kLoading, kQuerying, then kRecord
// and a record; or kNotLoaded and the reason, when the loader refuses the library. A pipe that ends
// earlier says what the library was doing when it ended the process.
#pragma once

namespace lmos::registry::probe_protocol {

inline constexpr int kPipe = 3;  // file descriptor in the child

inline constexpr char kLoading = 'l';
inline constexpr char kQuerying = 'q';
inline constexpr char kNotLoaded = 'n';
inline constexpr char kRecord = 'r';

}  // namespace lmos::registry::probe_protocol
