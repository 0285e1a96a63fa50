// libcurl's multi handle on an io_context: Asio tells it which sockets are ready and when time is up.
// Belongs to the thread of its io_context. No member may be called from within a callback of libcurl's; from `Ended`
// all of them may, the end of this object included.
#pragma once

#include <curl/curl.h>

#include <asio/io_context.hpp>
#include <functional>
#include <memory>

namespace curl {

class Multi {
 public:
  // curl is done with the handle, which has left. Never called within add() and remove().
  using Ended = std::function<void(CURL* easy, CURLcode code)>;

  // `kept_connections`: how many may wait for their next request.
  Multi(asio::io_context& context, long kept_connections, Ended ended);
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;
  ~Multi();  // no handle is in it any more; what the io_context still has of it comes to nothing

  bool usable() const noexcept;
  bool add(CURL* easy);
  void remove(CURL* easy);  // Ended is not called for it
  void resume(CURL* easy);  // one that was paused

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace curl
