// How many bytes cameras sent a second time because their transfer was interrupted.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace tests {

// Thread-safe. Of each interrupted transfer that went on: the bytes from where the server wanted it to the last one
// that had left the camera, less those that were still on their way and never reached the server.
class SentAgain {
 public:
  // `bytes` of this camera had not been read when the server was killed.
  void unread(std::uint32_t camera, std::uint32_t bytes);
  // `offset`: what the camera answered RESUME with; `sent`: bytes that had left it before.
  void resumed(std::uint32_t camera, std::uint32_t offset, std::uint32_t sent);
  void acknowledged(std::uint32_t camera);

  std::size_t resumes() const;
  std::uint32_t quantile(double fraction) const;  // 0.5: median; 1: the largest. 0 without any
  std::string described() const;                  // a line of figures and a histogram

 private:
  std::vector<std::uint32_t> sorted() const;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> bytes_;
  std::unordered_map<std::uint32_t, std::uint32_t> unread_;  // by camera
  std::uint64_t never_arrived_ = 0;
};

}  // namespace tests
