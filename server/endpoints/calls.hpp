// Calls of other threads to the relay's: each waits for what it says, a bounded time, and has its answer at once when
// the relay ends.
#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "server/base/result.hpp"

namespace endpoints {

// Thread-safe.
class Calls {
 public:
  // The thread never blocks: what it has not answered by then has met a fault.
  static constexpr std::chrono::seconds patience{5};

  // The context outlives it.
  explicit Calls(asio::io_context& context) : context_(context) {}

  template <class T>
  struct AnswerOf {
    using Type = base::Result<T>;
  };
  template <class T>
  struct AnswerOf<base::Result<T>> {
    using Type = base::Result<T>;
  };

  // What `call` says on the context's thread. `unavailable`: the relay has ended, or does not answer in time; then the
  // call is not made any more, unless it was under way.
  template <class Call>
  auto ask(Call call) -> typename AnswerOf<decltype(call())>::Type {
    using Answer = typename AnswerOf<decltype(call())>::Type;
    struct Asked {
      explicit Asked(Call what) : call(std::move(what)) {}
      ~Asked() {  // unanswered: nobody will
        if (!taken.exchange(true)) promise.set_value(base::fail(base::Errc::unavailable, "The relay has ended."));
      }
      Call call;
      std::promise<Answer> promise;
      std::atomic<bool> taken = false;
    };
    auto asked = std::make_shared<Asked>(std::move(call));
    auto answer = asked->promise.get_future();
    const std::weak_ptr<Asked> waiting = asked;
    post([asked = std::move(asked)] {
      if (asked->taken.exchange(true)) return;
      if constexpr (std::is_void_v<decltype(asked->call())>) {
        asked->call();
        asked->promise.set_value({});
      } else {
        asked->promise.set_value(asked->call());
      }
    });
    if (answer.wait_for(patience) == std::future_status::ready) return answer.get();
    if (const auto late = waiting.lock()) late->taken = true;
    return base::fail(base::Errc::unavailable, "The relay does not answer.");
  }

  // Without an answer. Destroyed uncalled once the relay has ended.
  void post(std::move_only_function<void()> call);
  // Nothing is called any more, and whoever waits is told so. Called when the thread has ended.
  void close();

 private:
  void run_next();
  asio::io_context& context_;
  std::mutex mutex_;
  std::deque<std::move_only_function<void()>> waiting_;
  bool closed_ = false;
};

}  // namespace endpoints
