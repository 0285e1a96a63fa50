// The same bytes of the same device, found twice, are not stored by two threads at once: the later one waits, and then
// finds them in the catalog.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace importing {

class ContentClaims {
 public:
  class Claim {
   public:
    Claim(ContentClaims& owner, std::string key) : owner_(owner), key_(std::move(key)) { owner_.take(key_); }
    ~Claim() { owner_.give_back(key_); }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    ContentClaims& owner_;
    const std::string key_;
  };

 private:
  void take(const std::string& key) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !taken_.contains(key); });
    taken_.insert(key);
  }
  void give_back(const std::string& key) {
    {
      const std::scoped_lock lock(mutex_);
      taken_.erase(key);
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> taken_;  // one for each thread at most
};

}  // namespace importing
