// The spool keeps files that are still arriving, so that a broken link, a restart or kill -9 costs less than one block.
//
// A partial is two files in the spool directory, named by the partial's id:
//   ID.part  the bytes, in order, without gaps
//   ID.sums  the identity of the file and, per block of `block_size` bytes, a checksum and its own check
// Growing needs no fsync: after a crash the longest prefix whose blocks still verify is what is kept (invariant I1).
// Once published, ID.part is linked into the object store; a data file with two links is sealed and is never written
// again, only removed. "Starting over" always makes a new file and never truncates an old one.
//
// Every call blocks on the disk: not for I/O threads. Spool is thread-safe; a Partial belongs to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "storage/files/file_system.hpp"

namespace storage {

// Bytes that share a checksum: the most that a crash of the machine costs, as long as the disk kept what lies before.
constexpr std::size_t block_size = 64 * 1024;

// A device offers a handful of files at a time; the bound keeps one that invents new ones from filling the disk.
constexpr std::size_t max_partials_per_device = 64;

enum class SizeUnit : std::uint8_t { packets, bytes };  // of 1024 bytes, the last one shorter; or bytes

// What makes two uploads the same file. Two identities are the same file only if every member is equal.
struct FileIdentity {
  base::Imei imei;
  std::string name;  // "%photof" … or the path as the device gave it, NUL stripped. Never used as a file name here
  std::uint32_t declared_size = 0;
  SizeUnit unit = SizeUnit::packets;
  std::uint16_t declared_crc = 0;           // of START; 0 on every device seen
  std::optional<std::int64_t> captured_ms;  // unix milliseconds of META
  std::string metadata;                     // META as received, may be empty

  // Without a time of capture nothing proves that two uploads are the same file: such a partial is never resumed.
  bool provable() const noexcept { return captured_ms.has_value() && *captured_ms != 0; }
  // Largest number of bytes the file can have.
  std::uint64_t max_bytes() const noexcept {
    return unit == SizeUnit::packets ? std::uint64_t{declared_size} * 1024 : declared_size;
  }
  // The same for equal identities only: SHA-256 over every member, 64 hexadecimal digits.
  std::string fingerprint() const;
  bool operator==(const FileIdentity&) const = default;
};

class Partial {
 public:
  Partial(Partial&&) noexcept;
  Partial& operator=(Partial&&) noexcept;
  // Closes. The files stay for the next acquire(), unless the identity is not provable: nobody could ask for them
  // again.
  ~Partial();

  const base::Uuid& id() const noexcept;  // becomes the id of the stored media, so that publishing twice is one object
  const FileIdentity& identity() const noexcept;
  const std::filesystem::path& data_path() const noexcept;

  // Bytes kept: every one of them verified by open() or written since.
  std::uint64_t size() const noexcept;

  // Adds 1 to block_size bytes at the end. From then on a kill of the process does not lose them. Errors leave the
  // partial as it was, as far as anybody can tell. `corrupt`: what is kept turns out to be damaged, or the data file is
  // sealed and holds other bytes; drop it. On a sealed file equal bytes succeed, unwritten.
  base::Result<> append(base::ByteView bytes);

  // Forgets the bytes from `size` on, for this owner: a device resumes at whole packets only. The files keep them until
  // something else is written there. Precondition: size <= size().
  base::Result<> trim(std::uint64_t size);

  // The bytes [offset, size()) read back and verified against their checksums.
  base::Result<base::Bytes> read_from(std::uint64_t offset) const;

  // Reads the whole file back, block by block, verifying every checksum; `sink` sees each block in order.
  // `corrupt` names the first bad block: the partial then ends before it.
  template <class Sink>
  base::Result<> for_each_block(Sink&& sink) const {
    for (std::uint64_t index = 0; index * block_size < size(); ++index) {
      const auto block = read_block(index);
      if (!block) return std::unexpected(block.error());
      sink(base::ByteView(*block));
    }
    return {};
  }

  // fsync of the data. A failure must be answered with discard(): a second fsync would lie (invariant I7).
  base::Result<> sync();

  // The SHA-256 of a complete upload of this file that failed validation, remembered across connections: if the device
  // sends exactly the same bytes again, that is what the camera holds. Empty when there was none.
  const std::string& rejected_sha256() const noexcept;

  // Removes both files.
  void discard() noexcept;

 private:
  friend class Spool;
  struct State;
  explicit Partial(std::unique_ptr<State> state);
  base::Result<base::Bytes> read_block(std::uint64_t index) const;
  std::unique_ptr<State> state_;
};

struct SpoolUsage {
  std::uint64_t partials = 0;
  std::uint64_t bytes = 0;
};

class Spool {
 public:
  // Creates the directory. Reads the identity of every partial in it, removes what cannot be read or never be resumed.
  // `files` must outlive the spool and its partials. One Spool owns a directory.
  static base::Result<std::unique_ptr<Spool>> open(std::filesystem::path directory,
                                                   FileSystem& files = posix_file_system());
  ~Spool();

  // The kept partial of this very file, verified up to size(), or a fresh one with size() == 0. The caller sees to it
  // that no two Partials of one identity are open at a time. An identity that is not provable() always gets a fresh
  // one. Beyond max_partials_per_device the device's oldest one that nobody has open makes room; else `exhausted`.
  base::Result<Partial> acquire(const FileIdentity& identity);

  // A fresh one beside whatever is kept: at the next acquire() the longest of them stays.
  base::Result<Partial> create(const FileIdentity& identity, std::string rejected_sha256 = {});

  // A fresh partial that takes the place of one whose bytes cannot be trusted. A given sha256 becomes its
  // rejected_sha256(), else it inherits the old one's. On an error the old one is gone, as far as it could be removed.
  base::Result<Partial> start_over(Partial&& old, std::string rejected_sha256 = {});

  // Removes partials that nobody has open and that were last written before `before`. Returns how many.
  std::size_t expire(base::UtcTime before);

  // Removes those of them that were last written longest ago until so many bytes are free. None where all together are
  // fewer: what fills the disk is then something else, and devices would lose their progress for nothing.
  SpoolUsage expire_oldest(std::uint64_t bytes);

  // The files of which something is kept and that nobody has open.
  std::vector<FileIdentity> idle() const;

  SpoolUsage usage() const;

  // A new, empty file beside the partials for a copy that is soon removed; what a crash leaves of it goes at open().
  base::Result<File> scratch();
  base::Result<> remove_scratch(const std::filesystem::path& path);

  // Writes, syncs, reads back and deletes a small file; the error says what is wrong with the spool.
  base::Result<> probe();

 private:
  struct State;
  explicit Spool(std::shared_ptr<State> state);
  base::Result<std::vector<Partial>> load_kept(const FileIdentity& identity);
  std::shared_ptr<State> state_;
};

}  // namespace storage
