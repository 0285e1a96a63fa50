// The files under way and those that are over: bytes by offset, from any number of connections.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/capture/camera_files.hpp"
#include "tools/capture/ranges.hpp"

namespace captures {

// Nothing beyond is taken: what dualcamd takes at most, unless told.
constexpr std::uint64_t largest_file = 256ULL << 20;
// Of zeros in all files together, in the place of what is missing: a capture that announces a thousand large files and
// brings a byte of each does not fill the memory.
constexpr std::uint64_t most_zeros = 1ULL << 30;

class FileTable {
 public:
  using Index = std::size_t;

  // What a START announces, or a SYNC whose START the capture has not: that has no `start.size`.
  struct Announced {
    CameraFile file;  // without bytes
    std::size_t conversation = 0;
    bool has_start = true;
  };
  // The same file where it is under way already. Without metadata it goes on in its own conversation only: nothing
  // else tells it from the next one.
  Index begin(Announced announced);
  // Behind its end nothing is taken. Bytes that are other ones than those that were here belong to another file, which
  // is begun with them: its index.
  Index write(Index at, std::uint64_t offset, base::ByteView bytes, std::size_t conversation, Time time);
  void acknowledge(Index at, Time time);
  void set_metadata(Index at, base::ByteView metadata);

  // 0: it is not known.
  std::uint64_t announced_bytes(Index at) const;
  const CameraFile& operator[](Index at) const { return files_[at].file; }
  void count_bad_crc(Index at) { ++files_[at].file.bad_crcs; }

  std::vector<CameraFile> finish() &&;

 private:
  struct Working {
    CameraFile file;
    Ranges<std::uint64_t> known;
    std::string key;
  };
  static bool contradicts(const Working& working, std::uint64_t offset, base::ByteView bytes);
  static void finish(Working& working);

  std::vector<Working> files_;
  std::map<std::string, Index> under_way_;
  std::uint64_t zeros_ = 0;
};

}  // namespace captures
