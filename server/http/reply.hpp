// The one answer to one request. A Reply that is lost unanswered (its task thrown away at the end of the program, its
// probe cancelled) answers 503 by itself, so that no client waits for nothing.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "server/http/message.hpp"

namespace http {

class Reply {
 public:
  using Send = std::move_only_function<void(Response)>;  // from any thread
  using Otherwise = std::move_only_function<Response()>;
  using Within = std::move_only_function<void(std::chrono::milliseconds, Otherwise)>;

  explicit Reply(Send send, Within within = nullptr) : send_(std::move(send)), within_(std::move(within)) {}
  Reply(Reply&& other) noexcept
      : send_(std::exchange(other.send_, nullptr)), within_(std::exchange(other.within_, nullptr)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void operator()(Response response) {
    if (auto send = std::exchange(send_, nullptr)) send(std::move(response));
  }

  // Where there is no answer by then, `otherwise` makes it, on the I/O thread; an answer that comes later goes nowhere.
  // `otherwise` is destroyed, called or not, when the answer is on its way or the server has stopped.
  void within(std::chrono::milliseconds limit, Otherwise otherwise) {
    if (within_) within_(limit, std::move(otherwise));
  }

 private:
  Send send_;
  Within within_;
};

}  // namespace http
