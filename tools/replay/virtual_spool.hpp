// What an offline replay has of the files that cameras bring: as the server's spool and object store together, in
// memory. It decides as they do what is kept, which end of it a camera sends again as proof, and whether a file is
// whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "server/dualcam/session.hpp"

namespace replay {

class VirtualSpool {
 public:
  struct File {
    base::Bytes bytes;
    base::Bytes overlap;                  // what kept() lends
    bool stored = false;                  // acknowledged before
    bool gaps = false;                    // what a capture has not, is zero in here: not to be looked into
    std::optional<std::string> rejected;  // of the bytes that came complete and not whole
  };

  // The same one for the same file of the same device; a fresh one where nothing tells files apart (no time of
  // capture). Stays where it is until the spool ends.
  File& open(const base::Imei& imei, const dualcam::FileOffer& offer);

  // What is kept, as the session is told; trimmed as the server's spool does. Borrows from `file`.
  static dualcam::KeptFile kept(File& file, const dualcam::FileOffer& offer);
  static void write(File& file, std::uint64_t offset, base::ByteView bytes);
  static void start_over(File& file);
  // Complete: what is wrong with it; nothing where it is whole, or came the same again. Then it is stored.
  static std::optional<std::string> finish(File& file);

  const std::map<std::string, File>& files() const noexcept { return files_; }

 private:
  std::map<std::string, File> files_;
  std::uint64_t nameless_ = 0;
};

}  // namespace replay
