// Where a worker finds its end of the socket.
#pragma once

namespace lmos::wire {

inline constexpr int kWorkerSocket = 3;  // a file descriptor

}  // namespace lmos::wire
