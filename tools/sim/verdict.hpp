// After a run: is each file the cameras delivered in the server's store, once, byte for byte, and nothing else?
// Asked through the HTTP API only: what a user can fetch is what counts.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "tools/sim/fleet.hpp"

namespace sim {

struct VerdictOptions {
  std::string api = "http://127.0.0.1:8080";
  std::string token;
  bool content = true;   // false: compare the size and SHA-256 of the listing instead of fetching the bytes
  unsigned threads = 8;  // requests at once
};

struct Problem {
  enum class Kind : std::uint8_t {
    missing,     // acknowledged to the camera, not in the listing
    different,   // as long as a missing file, other bytes
    duplicated,  // the same file twice
    partial,     // the beginning of a file, shown as if it were whole
    unexpected,  // bytes that no camera of this run sent
    unreadable,  // listed, and cannot be fetched, or its SHA-256 in the listing is not that of its bytes
  };
  Kind kind = Kind::missing;
  std::uint64_t imei = 0;
  std::string media_id;  // of the server's item, empty when missing
  std::string text;      // one sentence
};
std::string_view to_string(Problem::Kind kind) noexcept;

struct Verdict {
  std::uint32_t identical = 0;
  std::uint32_t early = 0;  // stored whole, the acknowledgement not (yet) received: no problem
  std::uint64_t bytes = 0;  // compared
  std::vector<Problem> problems;
};

// What the server had before the run: those items are nobody's fault.
using KnownMedia = std::set<std::string, std::less<>>;
base::Result<KnownMedia> list_known(const VerdictOptions& options, const std::vector<std::uint64_t>& imeis);

// An error when the API does not answer; everything it answers wrongly is a problem in the verdict.
base::Result<Verdict> judge(const VerdictOptions& options, const KnownMedia& known, const FileMaker& maker,
                            const std::vector<CameraReport>& reports);

}  // namespace sim
