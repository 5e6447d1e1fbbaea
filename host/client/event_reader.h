// Server-sent events out of the bytes of a stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lmos::client {

// As the HTML standard reads text/event-stream; only `data` is kept.
class EventReader {
 public:
  // Calls `take` with the data of each event that is complete. Returns false, and reads no further,
  // once `take` has. Error(kResource) for an event of more than 64 MiB.
  bool push(std::string_view bytes, const std::function<bool(std::string_view data)>& take);

 private:
  // Returns false if the event that ended with this line was not wanted.
  bool end_line(const std::function<bool(std::string_view data)>& take);

  std::string line_, data_;
  bool has_data_ = false;
  bool after_return_ = false;  // the last byte was a carriage return
};

}  // namespace lmos::client
