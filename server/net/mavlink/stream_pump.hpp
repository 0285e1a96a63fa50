// Bytes in and out of one open stream, a connection or a serial line, every wait bounded.
// Belongs to the thread of its io_context.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/net/deadline.hpp"

namespace net::mavlink {

struct PumpLimits {
  std::size_t most_queued = 0;
  std::chrono::milliseconds idle{0};  // 0: it may be silent
  std::chrono::milliseconds write{0};
};

enum class PumpEnd : std::uint8_t { closed, silent, stuck };

template <class Stream>
class StreamPump : public std::enable_shared_from_this<StreamPump<Stream>> {
 public:
  using Came = std::function<void(base::ByteView bytes)>;
  // Once, and nothing after it: the other end closed, or the system's error (errno); or a deadline passed.
  using Ended = std::function<void(PumpEnd how, int os_error)>;

  StreamPump(asio::io_context& context, Stream stream, PumpLimits limits, Came came, Ended ended)
      : stream_(std::move(stream)),
        limits_(limits),
        came_(std::move(came)),
        ended_(std::move(ended)),
        idle_(context, [this] { end(PumpEnd::silent, 0); }),
        write_(context, [this] { end(PumpEnd::stuck, 0); }) {}

  void start() {
    watch_idle();
    read();
  }

  // False: so much waits already that no more is taken.
  bool send(base::ByteView bytes) {
    if (closed_ || writing_.size() + waiting_.size() + bytes.size() > limits_.most_queued) return false;
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    if (writing_.empty()) write();
    return true;
  }

  // Without a call of `ended`.
  void close() {
    if (std::exchange(closed_, true)) return;
    idle_.cancel();
    write_.cancel();
    std::error_code ignored;
    stream_.close(ignored);
  }

 private:
  void read() {
    stream_.async_read_some(asio::buffer(buffer_),
                            [this, self = this->shared_from_this()](const std::error_code& error, std::size_t size) {
                              if (closed_) return;
                              if (error) return end(PumpEnd::closed, error == asio::error::eof ? 0 : error.value());
                              watch_idle();
                              came_(base::ByteView(buffer_).first(size));
                              if (!closed_) read();
                            });
  }

  void write() {
    std::swap(writing_, waiting_);
    write_.set(base::steady_now() + limits_.write, this->shared_from_this());
    asio::async_write(stream_, asio::buffer(writing_),
                      [this, self = this->shared_from_this()](const std::error_code& error, std::size_t) {
                        if (closed_) return;
                        if (error) return end(PumpEnd::closed, error.value());
                        writing_.clear();
                        write_.cancel();
                        if (!waiting_.empty()) write();
                      });
  }

  void watch_idle() {
    if (limits_.idle.count() > 0) idle_.set(base::steady_now() + limits_.idle, this->shared_from_this());
  }

  void end(PumpEnd how, int os_error) {
    if (closed_) return;
    close();
    ended_(how, os_error);
  }

  Stream stream_;
  const PumpLimits limits_;
  const Came came_;
  const Ended ended_;
  LazyDeadline idle_;
  LazyDeadline write_;
  std::array<std::uint8_t, 4096> buffer_;
  base::Bytes writing_;
  base::Bytes waiting_;
  bool closed_ = false;
};

}  // namespace net::mavlink
