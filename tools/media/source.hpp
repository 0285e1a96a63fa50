// A media file on this machine, and the worker that looks at it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "server/base/result.hpp"
#include "storage/formats/format.hpp"
#include "transcode/worker/descriptor.hpp"
#include "transcode/worker/worker_process.hpp"

namespace media {

struct Source {
  std::string path;  // as it was given
  transcode::Descriptor descriptor;
  std::uint64_t size = 0;
  storage::Format format = storage::Format::unknown;  // by its first bytes
};

base::Result<Source> open_source(const std::string& path);

// The worker, and how long it may take when a person waits for it and can press Ctrl-C.
struct Bench {
  std::filesystem::path program;  // empty: the one that is installed
  transcode::WorkerLimits limits{.memory_bytes = 4ULL << 30,
                                 .cpu = std::chrono::hours(24),
                                 .wall = std::chrono::hours(24),
                                 .output_bytes = 64ULL << 30,
                                 .niceness = 0};
};

base::Result<std::filesystem::path> program_of(const Bench& bench);

}  // namespace media
