#include "worker/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors/error.h"

namespace lmos::worker {

Connection::Connection(FileDescriptor socket)
    : socket_(std::move(socket)), sender_([this] { run_sender(); }) {}

Connection::~Connection() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  sender_.join();
}

std::optional<wire::Message> Connection::receive() {
  for (;;) {
    if (const auto frame = frames_.next())
      return wire::read_message(frame->type, frame->payload, "llmasosd");
    char buffer[65'536];
    const ssize_t count = ::read(socket_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    frames_.push({buffer, static_cast<size_t>(count)});
  }
}

void Connection::end_receiving() { ::shutdown(socket_.get(), SHUT_RD); }

void Connection::send(const wire::Message& message) {
  bool idle;
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    idle = unsent_.empty();
    wire::append_message(message, unsent_);
  }
  if (idle) changed_.notify_one();
}

void Connection::start_heartbeat(std::chrono::milliseconds interval,
                                 std::function<wire::Heartbeat()> beat) {
  {
    const std::lock_guard lock(mutex_);
    interval_ = interval;
    beat_ = std::move(beat);
  }
  changed_.notify_one();
}

void Connection::run_sender() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point next_beat{};
  std::string sending;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (unsent_.empty() && !closing_) {
      if (interval_.count() == 0)
        changed_.wait(lock);
      else
        changed_.wait_until(lock, next_beat);
    }
    if (interval_.count() > 0 && Clock::now() >= next_beat) {
      next_beat = Clock::now() + interval_;
      const auto beat = beat_;
      lock.unlock();
      const wire::Heartbeat heartbeat = beat();
      lock.lock();
      wire::append_message(heartbeat, unsent_);
    }
    const bool last = closing_;
    std::swap(sending, unsent_);
    lock.unlock();
    const bool sent = write_all(sending);
    sending.clear();
    lock.lock();
    if (!sent) closing_ = true;
    if (!sent || (last && unsent_.empty())) return;
  }
}

bool Connection::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace lmos::worker
