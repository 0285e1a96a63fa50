// The one answer to one request. A Reply that is lost unanswered (its task thrown away at the end of the program, its
// probe cancelled) answers 503 by itself, so that no client waits for nothing.
#pragma once

#include <functional>
#include <utility>

#include "server/http/message.hpp"

namespace http {

class Reply {
 public:
  using Send = std::move_only_function<void(Response)>;  // from any thread

  explicit Reply(Send send) : send_(std::move(send)) {}
  Reply(Reply&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void operator()(Response response) {
    if (auto send = std::exchange(send_, nullptr)) send(std::move(response));
  }

 private:
  Send send_;
};

}  // namespace http
