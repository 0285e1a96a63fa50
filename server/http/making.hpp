// How far that is which is made of a file, found from its jobs: what /media says of every item, and what the address of
// a derived object answers while there is none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/base/media.hpp"
#include "storage/catalog/job_catalog.hpp"

namespace http {

enum class MakingState : std::uint8_t {
  none,  // the file has no such form
  ready,
  waiting,  // made when somebody asks
  queued,
  running,
  failed,
};
std::string_view to_string(MakingState state) noexcept;

struct Making {
  MakingState state = MakingState::none;
  const storage::Job* job = nullptr;  // that makes it or failed to; of waiting, queued, running and failed
};

// What is known of one file; it outlives the answer.
struct Makings {
  std::span<const storage::Job> jobs;
  // Where nobody asked for them, `ready` is what the jobs promise: a clip without a picture has no thumbnail.
  std::optional<std::span<const storage::DerivedObject>> objects;
};

// A video's playback is its preview's matter until that has found whether the file needs a job for it.
Making making_of(base::MediaKind kind, base::Derived derived, const Makings& known) noexcept;

// Of a running one.
std::optional<std::uint32_t> percent_of(const Making& making) noexcept;

// Jobs of many files, to be found by file.
class JobsByFile {
 public:
  explicit JobsByFile(std::vector<storage::Job> jobs);
  std::span<const storage::Job> of(const base::Uuid& media_id) const noexcept;

 private:
  std::vector<storage::Job> jobs_;  // by media id
};

}  // namespace http
