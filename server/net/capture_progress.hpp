// Tells the capture requests in the catalog how the file that may answer one of them comes along. The I/O thread says
// what has happened, in the order in which it happens; a job on the notes' pool passes it on, one at a time for each
// file. What the pool cannot take is left out: the file is tied to its request when it is stored, whatever was said
// here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/base/clock.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace net {

class CaptureProgress : public std::enable_shared_from_this<CaptureProgress> {
 public:
  using Job = std::function<void()>;
  using Post = std::function<bool(Job)>;

  // Between two words on the same file: a person watches a bar, and the catalog is everybody's.
  static constexpr std::chrono::seconds interval{3};

  // Outlived by `catalog` and `patience`; `post` is called on the I/O thread only.
  CaptureProgress(storage::CaptureCatalog& catalog, const storage::CapturePatience& patience, Post post)
      : catalog_(catalog), patience_(patience), post_(std::move(post)) {}

  // Whether a file with this trigger may be somebody's request at all.
  static bool may_be_asked_for(std::string_view trigger) noexcept;

  // I/O thread.
  void begin(storage::OfferedFile file);
  void at(std::uint32_t percent, base::SteadyTime now);
  void broke_off(std::string reason);

 private:
  struct News {
    std::optional<storage::OfferedFile> begun;
    std::optional<std::uint32_t> percent;
    std::optional<std::string> ended;
    bool any() const noexcept { return begun || percent || ended; }
  };
  template <class Set>
  void tell(Set set);
  void pass_on();
  void pass_on(const News& news);

  storage::CaptureCatalog& catalog_;
  const storage::CapturePatience& patience_;
  const Post post_;
  base::SteadyTime last_told_{};  // I/O thread

  std::mutex mutex_;
  News news_;
  bool under_way_ = false;
  std::optional<base::Uuid> part_;  // of the job under way only
};

}  // namespace net
