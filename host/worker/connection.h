// The worker's end of the socket to llmasosd.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "formats/file_descriptor.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace lmos::worker {

class Connection {
 public:
  explicit Connection(FileDescriptor socket);
  // Sends what is left, then closes.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The next message of the daemon; waits. None once it has closed. Error(kInput) for what is no
  // message. One thread at a time.
  std::optional<wire::Message> receive();

  // From now on receive() gives none, also where it waits. [any-thread]
  void end_receiving();

  // Never waits for the daemon: a thread of its own sends. Nothing once the daemon has closed.
  // [any-thread]
  void send(const wire::Message& message);

  // From now on `beat` is sent that often, whatever other threads do. Once.
  void start_heartbeat(std::chrono::milliseconds interval, std::function<wire::Heartbeat()> beat);

 private:
  void run_sender();
  bool write_all(std::string_view bytes);

  FileDescriptor socket_;
  wire::FrameReader frames_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::string unsent_;
  bool closing_ = false;
  std::chrono::milliseconds interval_{0};  // 0: no heartbeat yet
  std::function<wire::Heartbeat()> beat_;

  std::thread sender_;
};

}  // namespace lmos::worker
