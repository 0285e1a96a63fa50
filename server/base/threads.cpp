#include "server/base/threads.hpp"

#include <pthread.h>
#include <sched.h>

#include <utility>

namespace base {
SignalsBlocked::SignalsBlocked() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) {
    sigdelset(&blocked, fault);
  }
  pthread_sigmask(SIG_BLOCK, &blocked, &before_);
}

SignalsBlocked::~SignalsBlocked() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void yield_to_others() noexcept {
  const sched_param none{};
  (void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);  // when it wakes up it interrupts nobody
}

ThreadGroup::ThreadGroup() : count_(std::make_shared<Count>()) {}

ThreadGroup::~ThreadGroup() {
  join();
}

void ThreadGroup::start(const std::string& name, std::function<void()> body) {
  const SignalsBlocked inherited_by_the_thread;
  {
    const std::lock_guard lock(count_->mutex);
    ++count_->running;
  }
  threads_.emplace_back([body = std::move(body), count = count_]() mutable {
    body();
    body = nullptr;  // what it owns goes before the thread counts as ended
    const std::lock_guard lock(count->mutex);
    --count->running;
    count->changed.notify_all();
  });
  pthread_setname_np(threads_.back().native_handle(), name.c_str());
}

void ThreadGroup::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool ThreadGroup::join(std::chrono::milliseconds limit) {
  std::unique_lock lock(count_->mutex);
  const bool ended = count_->changed.wait_for(lock, limit, [this] { return count_->running == 0; });
  lock.unlock();
  for (auto& thread : threads_) {
    if (ended) {
      thread.join();
    } else {
      thread.detach();
    }
  }
  threads_.clear();
  return ended;
}

}  // namespace base
