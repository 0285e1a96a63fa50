// Who holds which arriving file. A camera whose link broke comes back while its old connection still looks alive:
// the newest connection that claims a file gets it, the holder is asked to leave, and the two never write together.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace net {

class Claims;

// Held as long as the file is in use; its end hands the file to the newest one waiting.
class Claim {
 public:
  Claim() = default;
  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&& other) noexcept;
  ~Claim() { release(); }
  void release() noexcept;

 private:
  friend class Claims;
  Claim(Claims& owner, std::string key) : owner_(&owner), key_(std::move(key)) {}
  Claims* owner_ = nullptr;
  std::string key_;
};

class Claims {
 public:
  // `granted` is called once, at once or when the holder has left; `yield` at most once, when somebody newer wants the
  // file. Both on any thread, never under the lock. Thread-safe; outlives its claims.
  void acquire(const std::string& key, std::function<void()> yield, std::function<void(Claim)> granted);
  // Only when nobody holds it: disturbs no one. Whoever wants it meanwhile waits.
  std::optional<Claim> acquire_idle(const std::string& key);
  // Somebody elsewhere wants the file: its holder is asked to leave, if it was not yet. Any thread.
  void ask(const std::string& key);

 private:
  friend class Claim;
  struct Claimant {
    std::function<void()> yield;
    std::function<void(Claim)> granted;
  };
  struct Entry {
    std::function<void()> holder_yield;
    std::list<Claimant> waiting;  // oldest first
  };
  void release(const std::string& key) noexcept;

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace net
