// Calls from other threads to the thread of an io_context, which may be gone by then. A burst of them is one wake-up.
// Thread-safe.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace net {

class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Letter = std::move_only_function<void()>;

  explicit Mailbox(asio::io_context& context) : context_(&context) {}

  // `letter` runs on the io_context's thread, in the order of these calls. False, and it is destroyed unused, once the
  // box is closed.
  bool post(Letter letter);
  // Before the io_context goes. Letters that nobody has read are destroyed.
  void close();

 private:
  void read();

  std::mutex mutex_;
  asio::io_context* context_;  // null: closed
  std::vector<Letter> letters_;
};

}  // namespace net
