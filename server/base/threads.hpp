// Threads that can be left behind: a call that hangs in the kernel must not hang the end of the program as well.
#pragma once

#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace base {

// Blocks every signal but those that tell of a fault of the thread itself: for the threads made meanwhile, which
// inherit it.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// What the calling thread does can wait: it interrupts nobody who is at work. Best effort.
void yield_to_others() noexcept;

// Threads take no signals: they belong to main, and SIGPIPE (which sendfile raises when a client has left, and which
// cannot be switched off per call) is then only an error code.
class ThreadGroup {
 public:
  ThreadGroup();
  ~ThreadGroup();  // joins without a bound
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  // `name` has at most 15 characters. `body` owns whatever it uses.
  void start(const std::string& name, std::function<void()> body);

  // Waits for all of them.
  void join();
  // The same, `limit` at most. False when some still ran: they are let go and end on their own.
  bool join(std::chrono::milliseconds limit);

 private:
  struct Count {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;
  };
  std::shared_ptr<Count> count_;
  std::vector<std::thread> threads_;
};

}  // namespace base
